// Goal: the stack's packages are found whichever manager keeps them, and a topic without a database says so.
#include "facts/packages.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

namespace {

Os os_with(PackageManager manager) {
  Os os;
  os.manager = manager;
  return os;
}

}  // namespace

TEST_CASE("names that belong to the stack, and names that do not") {
  for (const char* name : {"nvidia-open",
                           "nvidia-driver-580-server-open",
                           "libnvidia-compute-580",
                           "libglx-nvidia0",
                           "cuda-keyring",
                           "cuda-toolkit-12-4",
                           "libcuda1",
                           "libcudnn9-cuda-12",
                           "xserver-xorg-video-nouveau",
                           "linux-headers-6.8.0-45-generic",
                           "linux-lts-headers",
                           "linux-modules-nvidia-580-open-6.8.0-45-generic",
                           "linux-image-amd64",
                           "kernel",
                           "kernel-core",
                           "kernel-devel-matched",
                           "kernel-64k-devel",
                           "kernel-uek-devel",
                           "kernel-default-devel",
                           "kmod-nvidia-open-dkms",
                           "akmod-nvidia",
                           "dkms",
                           "gcc-12",
                           "nvidia-container-toolkit",
                           "libnvidia-container1",
                           "docker-ce",
                           "python3-dnf-plugin-versionlock",
                           "nvidia-driver-pinning-580",
                           "firmware-nvidia-gsp",
                           "xorg-x11-drv-nvidia-libs",
                           "lib32-nvidia-utils"})
    CHECK_MESSAGE(belongs_to_stack(name), name);
  for (const char* name : {"bash", "", "kernelshark", "linuxdoc-tools", "barracuda", "makedev", "libc6"})
    CHECK_MESSAGE(!belongs_to_stack(name), name);
}

TEST_CASE("find and matching answer for what is installed, not for left configuration") {
  Packages packages;
  packages.packages = {{"nvidia-open", "580.95.05-1", "amd64", PackageState::kInstalled, false, ""},
                       {"nvidia-prime", "0.8", "all", PackageState::kConfigFiles, false, ""},
                       {"nvidia-dkms", "580.95.05-1", "amd64", PackageState::kHalfConfigured, false, ""}};
  REQUIRE(packages.find("nvidia-open"));
  CHECK(packages.find("nvidia-open")->version == "580.95.05-1");
  CHECK(!packages.find("nvidia-prime"));
  CHECK(packages.find("nvidia-dkms"));
  CHECK(packages.matching("nvidia-*").size() == 2);
  CHECK(packages.matching("cuda*").empty());
}

TEST_CASE("a Debian machine, with its repositories and keys") {
  FakeHost machine;
  machine.file("/var/lib/dpkg/status",
               "Package: nvidia-open\nStatus: hold ok installed\nVersion: 580.95.05-1\n\n"
               "Package: bash\nStatus: install ok half-configured\nVersion: 5\n");
  machine.file("/etc/apt/sources.list.d/cuda-debian12-x86_64.list",
               "deb [signed-by=/usr/share/keyrings/cuda-archive-keyring.gpg] "
               "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/ /\n");
  machine.file("/usr/share/keyrings/cuda-archive-keyring.gpg", "\x99");
  machine.file("/usr/share/keyrings/debian-archive-keyring.gpg", "\x99");
  const auto packages = read_packages(machine, os_with(PackageManager::kApt));
  REQUIRE(packages);
  REQUIRE(packages->find("nvidia-open"));
  CHECK(packages->find("nvidia-open")->held);
  CHECK(packages->other_broken == std::vector<std::string>{"bash"});
  REQUIRE(packages->repositories.size() == 1);
  CHECK(packages->repositories[0].nvidia);
  CHECK(packages->keys == std::vector<std::string>{"/usr/share/keyrings/cuda-archive-keyring.gpg"});
  CHECK(packages->unread.empty());
  // A distribution that nobody wrote down is known by its database.
  CHECK(read_packages(machine, Os{})->find("nvidia-open"));
}

TEST_CASE("a machine of the rpm family, with streams and locks") {
  FakeHost machine;
  machine.command(rpm_list_command(),
                  "nvidia-open\t3\t580.95.05-1.el9\tnoarch\tNVIDIA\nbash\t(none)\t5.1-9\tx86_64\tRocky\n");
  machine.file("/etc/dnf/modules.d/nvidia-driver.module",
               "[nvidia-driver]\nname=nvidia-driver\nprofiles=\nstate=enabled\nstream=open-dkms\n");
  machine.file("/etc/dnf/modules.d/php.module", "[php]\nname=php\nstate=enabled\nstream=8.1\n");
  machine.file("/etc/dnf/plugins/versionlock.list",
               "# added\nnvidia-open-3:580.95.05-*\n*nvidia*580*\nbash-0:5*\n");
  const auto packages = read_packages(machine, os_with(PackageManager::kDnf));
  REQUIRE(packages);
  REQUIRE(packages->packages.size() == 1);
  CHECK(packages->packages[0].version == "3:580.95.05-1.el9");
  CHECK(packages->packages[0].held);
  REQUIRE(packages->streams.size() == 1);
  CHECK(packages->streams[0].stream == "open-dkms");
  CHECK(packages->streams[0].state == "enabled");
  CHECK(packages->locks.size() == 2);
}

TEST_CASE("an Arch machine") {
  FakeHost machine;
  machine.file("/var/lib/pacman/local/nvidia-open-595.45.04-2/desc",
               "%NAME%\nnvidia-open\n\n%VERSION%\n595.45.04-2\n\n%ARCH%\nx86_64\n");
  machine.directory("/var/lib/pacman/local/bash-5.2-1");
  machine.directory("/var/lib/pacman/local/nvidia-utils-595.45.04-2");
  machine.file("/etc/pacman.conf", "[options]\nIgnorePkg = linux nvidia*\n");
  machine.file("/var/lib/pacman/db.lck", "");
  const auto packages = read_packages(machine, os_with(PackageManager::kPacman));
  REQUIRE(packages);
  REQUIRE(packages->packages.size() == 1);
  CHECK(packages->packages[0].held);
  CHECK(packages->other_broken == std::vector<std::string>{"nvidia-utils"});
  CHECK(packages->lock_files == std::vector<std::string>{"/var/lib/pacman/db.lck"});
}

TEST_CASE("no database, a denied one and a failing rpm are errors of the topic") {
  CHECK(read_packages(FakeHost(), Os{}).error().code == ErrorCode::kNotFound);
  CHECK(read_packages(FakeHost(), os_with(PackageManager::kZypper)).error().code == ErrorCode::kNotFound);
  FakeHost denied;
  denied.error("/var/lib/dpkg/status", {ErrorCode::kDenied, "cannot open /var/lib/dpkg/status", "", {}});
  CHECK(read_packages(denied, os_with(PackageManager::kApt)).error().code == ErrorCode::kDenied);
  FakeHost failing;
  failing.command(rpm_list_command(), "", 1);
  CHECK(read_packages(failing, os_with(PackageManager::kTdnf)).error().code == ErrorCode::kIo);
}

TEST_CASE("a repository file that cannot be read does not hide the packages") {
  FakeHost machine;
  machine.file("/var/lib/dpkg/status", "Package: dkms\nStatus: install ok installed\n");
  machine.error("/etc/apt/sources.list.d/a.list", {ErrorCode::kDenied, "cannot open a.list", "", {}});
  const auto packages = read_packages(machine, os_with(PackageManager::kApt));
  REQUIRE(packages);
  CHECK(packages->find("dkms"));
  REQUIRE(packages->unread.size() == 1);
  CHECK(packages->unread[0].code == ErrorCode::kDenied);
}
