// Goal: each row of the transition article, the guides and the course (S7 to S29) gives exactly its commands,
// then and now, and the table keeps its own promises.
#include "plan/commands.hpp"

#include <doctest.h>

#include <set>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using facts::KernelFlavor;

namespace {

struct Golden {
  const char* distribution;
  const char* action;
  const char* flavor;
  int branch;
  KernelFlavor kernel;
  const char* commands;
};

constexpr KernelFlavor kGeneric = KernelFlavor::kGeneric;

// The table of the brief's documents, one line for each cell: distribution, action, flavor, branch, commands.
constexpr Golden kGoldens[] = {
    // S12, S16, Debian and Ubuntu THEN.
    {"debian:12", "install", "open", 560, kGeneric, "apt-get install nvidia-open"},
    {"ubuntu:22.04", "install", "open", 560, kGeneric, "apt-get install nvidia-open"},
    {"ubuntu:24.04", "install-branch", "open", 560, kGeneric, "apt-get install nvidia-open-560"},
    {"debian:12", "install-branch", "open", 565, kGeneric, "apt-get install nvidia-open-565"},
    {"debian:12", "install", "proprietary", 560, kGeneric, "apt-get install cuda-drivers"},
    {"ubuntu:24.04", "install-branch", "proprietary", 560, kGeneric, "apt-get install cuda-drivers-560"},
    // NOW.
    {"debian:13", "install", "open", 620, kGeneric, "apt install nvidia-open"},
    {"ubuntu:26.04", "install", "open", 590, kGeneric, "apt install nvidia-open"},
    {"debian:12", "pin", "open", 580, kGeneric, "apt install nvidia-driver-pinning-580"},
    {"ubuntu:24.04", "pin", "", 610, kGeneric, "apt install nvidia-driver-pinning-610"},
    {"debian:12", "install-branch", "proprietary", 580, kGeneric, "apt install cuda-drivers"},
    {"debian:12", "switch", "open", 590, kGeneric, "apt install --autoremove --purge nvidia-open"},
    {"debian:12", "switch", "proprietary", 590, kGeneric, "apt install --autoremove --purge cuda-drivers"},
    {"ubuntu:24.04", "switch", "open", 590, kGeneric,
     "apt install --autoremove --purge nvidia-open nvidia-driver-open"},
    {"ubuntu:24.04", "switch", "proprietary", 590, kGeneric,
     "apt install --autoremove --purge cuda-drivers nvidia-driver"},
    // S13, S16: RHEL and its kin, Amazon, Kylin, Fedora with modules.
    {"rhel:9", "install", "open", 560, kGeneric, "dnf module install nvidia-driver:open-dkms"},
    {"rocky:8", "install-branch", "open", 560, kGeneric, "dnf module install nvidia-driver:560-open"},
    {"almalinux:9.4", "install", "proprietary", 560, kGeneric,
     "dnf module install nvidia-driver:latest-dkms"},
    {"ol:9", "install-branch", "proprietary", 560, kGeneric, "dnf module install nvidia-driver:560-dkms"},
    {"amzn:2023", "install", "open", 560, kGeneric, "dnf module install nvidia-driver:open-dkms"},
    {"amzn:2023", "install-branch", "open", 560, kGeneric, "dnf module install nvidia-driver:560-open"},
    {"fedora:40", "install-branch", "open", 560, kGeneric, "dnf module install nvidia-driver:560-open"},
    {"kylin:10", "install", "open", 560, kGeneric, "dnf module install nvidia-driver:open-dkms"},
    {"kylin:10", "install-branch", "open", 560, kGeneric, "dnf module install nvidia-driver:560-open"},
    {"kylin:11", "install", "open", 620, kGeneric, "dnf module install nvidia-driver:open-dkms"},
    // NOW.
    {"rhel:9", "install", "open", 620, kGeneric,
     "dnf module enable nvidia-driver:open-dkms\ndnf install nvidia-open"},
    {"rocky:9", "install-branch", "open", 580, kGeneric,
     "dnf module enable nvidia-driver:580-open\ndnf install nvidia-open"},
    {"amzn:2023", "install", "open", 620, kGeneric,
     "dnf module enable nvidia-driver:open-dkms\ndnf install nvidia-open"},
    {"rhel:10", "install", "open", 620, kGeneric, "dnf install nvidia-open"},
    {"rhel:10", "pin", "open", 580, kGeneric,
     "dnf install python3-dnf-plugin-versionlock\ndnf versionlock \\*nvidia\\*580\\*"},
    {"rhel:10", "switch", "open", 595, kGeneric, "dnf install --allowerasing nvidia-open"},
    {"rhel:10", "switch", "proprietary", 595, kGeneric, "dnf install --allowerasing cuda-drivers"},
    {"rhel:10", "compute-only", "open", 620, kGeneric,
     "dnf install nvidia-driver-cuda kmod-nvidia-open-dkms"},
    {"fedora:44", "install", "open", 620, kGeneric, "dnf install nvidia-open"},
    {"fedora:44", "pin", "open", 580, kGeneric, "dnf versionlock add \\*nvidia\\*580\\*"},
    {"fedora:41", "install-branch", "open", 560, kGeneric, "dnf install nvidia-open-560"},
    {"azurelinux:4", "install", "open", 620, kGeneric, "dnf install nvidia-open"},
    {"azurelinux:4", "pin", "open", 580, kGeneric, "dnf versionlock add \\*nvidia\\*580\\*"},
    {"azurelinux:3", "install", "open", 620, kGeneric, "tdnf install nvidia-open"},
    {"azurelinux:3", "install", "proprietary", 580, kGeneric, ""},
    // S15, S16: SUSE.
    {"sles:15", "install", "open", 560, kGeneric, "zypper install nvidia-open"},
    {"sles:15", "install", "open", 560, KernelFlavor::kAzure, "zypper install nvidia-open-azure"},
    {"sles:15", "install", "open", 560, KernelFlavor::k64k, "zypper install nvidia-open-64k"},
    {"opensuse-leap:15", "install-branch", "open", 560, kGeneric, "zypper install nvidia-open-560"},
    {"sles:15", "install-branch", "open", 560, KernelFlavor::kAzure, "zypper install nvidia-open-560-azure"},
    {"sles:15", "install-branch", "open", 560, KernelFlavor::k64k, "zypper install nvidia-open-560-64k"},
    {"sles:16", "install", "open", 620, kGeneric, "zypper install nvidia-open"},
    {"sles:15", "install", "proprietary", 580, kGeneric, "zypper install cuda-drivers"},
    // Arch, with and without proprietary.
    {"arch", "install", "open", 580, kGeneric, "pacman -S nvidia-open-dkms"},
    {"arch", "install", "proprietary", 580, kGeneric, "pacman -S nvidia-dkms"},
    {"arch", "install", "open", 590, kGeneric, "pacman -S nvidia-open"},
    {"arch", "install", "proprietary", 590, kGeneric, ""},
    // S8: before 560.
    {"debian:12", "install", "proprietary", 555, kGeneric, "apt-get install cuda-drivers"},
    {"ubuntu:22.04", "install-branch", "open", 550, kGeneric,
     "apt-get install nvidia-driver-550-open\napt-get install cuda-drivers-550"},
    {"rhel:9", "metapackage", "", 0, kGeneric, "dnf install cuda"},
    // S12, S14: upgrades of the metapackage era.
    {"ubuntu:20.04", "upgrade-metapackage", "open", 560, kGeneric,
     "apt-get install -V nvidia-kernel-source-open\napt-get install nvidia-open"},
    {"rhel:9", "upgrade-metapackage", "open", 560, kGeneric,
     "echo \"module_hotfixes=1\" | tee -a /etc/yum.repos.d/cuda*.repo\n"
     "dnf install --allowerasing nvidia-open\ndnf module reset nvidia-driver"},
    // S18.
    {"debian:12", "toolkit", "", 0, kGeneric, "apt-get install cuda-toolkit"},
    {"rhel:9", "toolkit", "", 0, kGeneric, "dnf install cuda-toolkit"},
    {"sles:15", "toolkit", "", 0, kGeneric, "zypper install cuda-toolkit"},
    // S7, S10, S11, S19, S23, S25, S26, S29.
    {"debian:12", "assistant-package", "", 0, kGeneric, "apt-get install nvidia-driver-assistant"},
    {"debian:12", "runfile-cuda", "proprietary", 560, kGeneric,
     "sh ./cuda_12.6.0_560.22_linux.run --override --kernel-module-type=proprietary"},
    {"debian:12", "runfile", "proprietary", 560, kGeneric,
     "sh ./NVIDIA-Linux-x86_64-560.run --kernel-module-type=proprietary"},
    {"debian:12", "build", "", 0, kGeneric, "make modules -j$(nproc)\nmake modules_install -j$(nproc)"},
    {"debian:12", "build-verbose", "", 0, kGeneric, "make modules -j$(nproc) NV_VERBOSE=1"},
    {"debian:12", "build-debug", "", 0, kGeneric, "make modules -j$(nproc) DEBUG=1"},
    {"ubuntu:22.04", "nouveau-ubuntu", "", 0, kGeneric,
     "echo 'blacklist nouveau' | sudo tee -a /etc/modprobe.d/blacklist.conf\n"
     "sudo update-initramfs -u && reboot"},
    {"ubuntu:24.04", "ubuntu-drivers", "proprietary", 580, kGeneric,
     "ubuntu-drivers devices\napt-get install nvidia-driver-580"},
    {"ubuntu:24.04", "ubuntu-drivers", "open", 580, kGeneric,
     "ubuntu-drivers install\napt-get install nvidia-driver-580-open"},
    {"debian:12", "persistence-mode", "", 0, kGeneric, "nvidia-smi -pm 1"},
    {"debian:12", "topology", "", 0, kGeneric, "nvidia-smi topo -m"},
    // Headers.
    {"debian:12", "headers", "", 0, kGeneric, "apt-get install linux-headers-$(uname -r)"},
    {"rhel:9", "headers", "", 0, kGeneric, "dnf install kernel-devel-matched kernel-headers"},
    {"rhel:8", "headers", "", 0, kGeneric, "dnf install kernel-devel-$(uname -r) kernel-headers"},
    {"rhel:9", "headers", "", 0, KernelFlavor::k64k, "dnf install kernel-64k-devel-matched kernel-headers"},
    {"ol:9", "headers", "", 0, KernelFlavor::kUek, "dnf install kernel-uek-devel-$(uname -r)"},
};

std::vector<std::string> ask(const Target& target, const std::string& action, const std::string& flavor = "",
                             int branch = 0, std::map<std::string, std::string> values = {}) {
  return find_commands(make::catalog(), {action, &target, flavor, branch, std::move(values)});
}

}  // namespace

TEST_CASE("the rows then and now give their commands") {
  for (const Golden& golden : kGoldens) {
    Target target = make::target(golden.distribution, {});
    target.kernel_flavor = golden.kernel;
    CAPTURE(golden.distribution);
    CAPTURE(golden.branch);
    CHECK(join(ask(target, golden.action, golden.flavor, golden.branch), "\n") == golden.commands);
  }
}

TEST_CASE("S9, S20, S22, S28: menus, cross builds, parts and the toolkit installer carry their words") {
  const Target target = make::target("debian:12", {});
  const std::string menu = join(ask(target, "runfile-menu"), "\n");
  for (const char* word :
       {"- [X] Override kernel module type", "[X] proprietary", "[ ] open", "'A': Advanced options"})
    CHECK_MESSAGE(contains(menu, word), word);
  const std::string cross = join(ask(target, "build-cross"), "\n");
  for (const char* word :
       {"TARGET_ARCH=aarch64", "CC=aarch64-linux-gnu-gcc", "OBJCOPY=aarch64-linux-gnu-objcopy"})
    CHECK_MESSAGE(contains(cross, word), word);
  CHECK(ask(target, "build-parts").size() == 8);
  CHECK(ask(target, "build-user-space", "", 0, {{"version", "595.45.04"}}) ==
        std::vector<std::string>{"sh ./NVIDIA-Linux-x86_64-595.45.04.run --no-kernel-modules"});
  const std::string runfile = join(ask(target, "toolkit-runfile"), "\n");
  for (const char* word : {"--toolkit", "LD_LIBRARY_PATH", "CUDA_HOME", "nvcc --version"})
    CHECK_MESSAGE(contains(runfile, word), word);
  CHECK(contains(join(ask(target, "toolkit-prerequisites"), "\n"),
                 "zlib1g gcc-11 g++-11 build-essential libgomp1"));
}

TEST_CASE("the repository is that of the distribution, its version and the architecture") {
  const auto first = [](const char* distribution, const char* arch) {
    Target target = make::target(distribution, {});
    target.arch = arch;
    const auto commands = ask(target, "repository");
    return commands.empty() ? std::string() : commands.front();
  };
  CHECK(first("ubuntu:24.04", "x86_64") ==
        "wget "
        "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/"
        "cuda-keyring_1.1-1_all.deb");
  CHECK(contains(first("debian:12", "aarch64"), "/debian12/sbsa/cuda-keyring"));
  CHECK(contains(first("rocky:9.4", "x86_64"), "/rhel9/x86_64/cuda-rhel9.repo"));
  CHECK(contains(first("opensuse-leap:15.6", "x86_64"), "/opensuse15/x86_64/cuda-opensuse15.repo"));
  CHECK(contains(first("fedora:44", "x86_64"), "addrepo --from-repofile="));
  CHECK(first("arch", "x86_64").empty());
}

TEST_CASE("a kernel release takes the place of $(uname -r)") {
  Target target = make::target("debian:12", {});
  target.kernel_release = "6.1.0-56-amd64";
  CHECK(ask(target, "headers").front() == "apt-get install linux-headers-6.1.0-56-amd64");
}

TEST_CASE("no command begins with sudo but those quoted from other programs, and no place stays open") {
  const catalog::Table& table = make::catalog().get("commands.rec");
  const std::set<std::string> open_places = {
      "branch", "kernel", "version",    "arch", "repository",   "repository_arch",
      "pin",    "stream", "old_stream", "cuda", "cuda_version", "dash_branch"};
  std::set<std::string> ids;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto row = table.row(i);
    CHECK_MESSAGE(ids.insert(std::string(row["id"])).second, row["id"]);
    CHECK_MESSAGE(!row["source"].empty(), row["id"]);
    const bool quoted = row["action"].starts_with("assistant") || row["action"] == "nouveau-ubuntu";
    for (const std::string_view command : row.values("command")) {
      if (!quoted) CHECK_MESSAGE(!contains(command, "sudo"), row["id"]);
      for (std::size_t at = command.find('{'); at != command.npos; at = command.find('{', at + 1)) {
        const std::string place(command.substr(at + 1, command.find('}', at) - at - 1));
        CHECK_MESSAGE(open_places.contains(place), row["id"]);
      }
    }
  }
}

TEST_CASE("every distribution and version installs open, then and now") {
  const catalog::Table& table = make::catalog().get("distributions.tsv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (const std::string_view version : split_words(table.row(i)["versions"])) {
      const std::string name =
          std::string(table.row(i)["id"]) + ":" + (version == "*" ? "99" : std::string(version));
      Target target = make::target(name, {});
      for (const char* action : {"install", "install-branch"}) {
        for (const int branch : {560, 580, 590, 620}) {
          const auto commands = ask(target, action, "open", branch);
          const bool rolling = target.os.manager == facts::PackageManager::kPacman;
          if (!rolling && target.os.known_as == "azurelinux" && branch < 580) continue;
          CHECK_MESSAGE(commands.empty() == (rolling && std::string(action) == "install-branch"), name, " ",
                        action, " ", branch);
        }
      }
    }
  }
}

TEST_CASE("an unknown action or distribution has no commands") {
  CHECK(ask(make::target("debian:12", {}), "fly").empty());
  CHECK(ask(make::target("plan9:4", {}), "install", "open", 580).empty());
}
