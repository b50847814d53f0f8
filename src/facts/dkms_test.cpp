// Goal: the states that `dkms status` prints, and failed builds, are read from the tree alone.
#include "facts/dkms.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"
#include "host/recording_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

const std::string kVersion = "/var/lib/dkms/nvidia/580.95.05/";

host::FakeHost with_source() {
  host::FakeHost host;
  host.directory("/usr/src/nvidia-580.95.05").link(kVersion + "source", "/usr/src/nvidia-580.95.05");
  return host;
}

}  // namespace

TEST_CASE("no tree, an empty tree, a tree that is denied") {
  CHECK(!read_dkms(host::FakeHost(), {})->present);
  host::FakeHost host;
  host.file("/var/lib/dkms/mok.key", "").directory("/var/lib/dkms/zfs/2.1");
  CHECK(read_dkms(host, {})->present);
  CHECK(read_dkms(host, {})->modules.empty());
  host::FakeHost denied;
  denied.error("/var/lib/dkms", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_dkms(denied, {}).error().code == ErrorCode::kDenied);
}

TEST_CASE("added, built, installed") {
  host::FakeHost host = with_source();
  REQUIRE(read_dkms(host, {})->modules.size() == 1);
  CHECK(read_dkms(host, {})->modules[0].state == DkmsState::kAdded);
  CHECK(read_dkms(host, {})->modules[0].kernel.empty());
  host.file(kVersion + "6.1/x86_64/module/nvidia.ko.xz", "");
  const auto built = read_dkms(host, {});
  REQUIRE(built->modules.size() == 1);
  CHECK(built->modules[0].state == DkmsState::kBuilt);
  CHECK(built->modules[0].kernel == "6.1");
  CHECK(built->modules[0].arch == "x86_64");
  host.file("/lib/modules/6.1/updates/dkms/nvidia.ko", "");
  CHECK(read_dkms(host, {})->modules[0].state == DkmsState::kInstalled);
  host.link("/var/lib/dkms/nvidia/kernel-6.1-x86_64", "575.1/6.1/x86_64");
  CHECK(read_dkms(host, {})->modules[0].state == DkmsState::kBuilt);
  host.link("/var/lib/dkms/nvidia/kernel-6.1-x86_64", "580.95.05/6.1/x86_64");
  CHECK(read_dkms(host, {})->modules[0].state == DkmsState::kInstalled);
}

TEST_CASE("a broken source is told beside what still works") {
  host::FakeHost host;
  host.link(kVersion + "source", "/usr/src/nvidia-580.95.05")
      .file(kVersion + "6.1/x86_64/module/nvidia.ko", "");
  const auto dkms = read_dkms(host, {});
  REQUIRE(dkms->modules.size() == 2);
  CHECK(dkms->modules[0].state == DkmsState::kBuilt);
  CHECK(dkms->modules[1].state == DkmsState::kBroken);
  CHECK(dkms->modules[1].detail.find("leads to /usr/src/nvidia-580.95.05") != std::string::npos);
  host::FakeHost bare;
  bare.directory("/var/lib/dkms/nvidia-open/1.2").directory("/var/lib/dkms/nvidia-open/original_module/6.1");
  REQUIRE(read_dkms(bare, {})->modules.size() == 1);
  CHECK(read_dkms(bare, {})->modules[0].detail.find("is missing") != std::string::npos);
}

TEST_CASE("failed builds keep the end of their log") {
  host::FakeHost host = with_source();
  const std::string head = "DKMS make.log for nvidia-580.95.05 for kernel 6.5.2-arch1-1 (x86_64)\n";
  host.file(kVersion + "build/make.log", head + std::string(100'000, 'x') + "\nerror: the end\n");
  auto dkms = read_dkms(host, {});
  REQUIRE(dkms->failures.size() == 1);
  CHECK(dkms->failures[0].kernel == "6.5.2-arch1-1");
  CHECK(dkms->failures[0].log.size() == 64u << 10);
  CHECK(dkms->failures[0].log.ends_with("error: the end\n"));
  CHECK(dkms->modules[0].state == DkmsState::kAdded);
  host.file(kVersion + "6.5.2-arch1-1/x86_64/module/nvidia.ko", "");
  CHECK(read_dkms(host, {})->failures.empty());
  host.file(kVersion + "6.6/x86_64/log/make.log", "\0\xff"s);
  REQUIRE(read_dkms(host, {})->failures.size() == 1);
  CHECK(read_dkms(host, {})->failures[0].kernel == "6.6");
}

TEST_CASE("the head of a make.log") {
  CHECK(parse_make_log_kernel("DKMS (dkms-3.2.0) make.log for nvidia/1 for kernel 6.1-x (x86_64)\n") ==
        "6.1-x");
  CHECK(parse_make_log_kernel("make.log for kernel ").empty());
  CHECK(parse_make_log_kernel("gcc: error for kernel 6.1").empty());
  CHECK(parse_make_log_kernel("").empty());
}

TEST_CASE("kernels without headers") {
  host::FakeHost host;
  host.directory("/usr/src/linux-headers-A").link("/lib/modules/A/build", "/usr/src/linux-headers-A");
  host.link("/lib/modules/B/build", "/usr/src/linux-headers-B").directory("/lib/modules/C");
  CHECK(read_dkms(host, {"A", "B", "C"})->kernels_without_headers == std::vector<std::string>{"B", "C"});
}

TEST_CASE("a captured tree answers as the machine did") {
  host::FakeHost live = with_source();
  live.link("/var/lib/dkms/nvidia/570.1/source", "/gone").file(kVersion + "6.1/x86_64/module/nvidia.ko", "");
  live.file("/lib/modules/6.1/updates/dkms/nvidia.ko", "").directory("/lib/modules/6.1/build");
  host::RecordingHost recording(live);
  const auto first = read_dkms(recording, {"6.1", "6.2"});
  const auto again = read_dkms(host::MemoryHost(recording.image()), {"6.1", "6.2"});
  REQUIRE(again);
  REQUIRE(again->modules.size() == 2);
  CHECK(again->modules[0].state == DkmsState::kBroken);
  CHECK(again->modules[0].detail == first->modules[0].detail);
  CHECK(again->modules[1].state == DkmsState::kInstalled);
  CHECK(again->kernels_without_headers == std::vector<std::string>{"6.2"});
}
