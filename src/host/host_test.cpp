// Goal: LiveHost stays beneath its root on both resolution paths; limits hold; MemoryHost answers alike.
#include "host/host.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/live_host.hpp"
#include "host/memory_host.hpp"
#include "host/recording_host.hpp"

using namespace nvstack;
using namespace nvstack::host;
namespace fs = std::filesystem;

namespace {

/// A small machine on disk, removed at the end.
struct Tree {
  std::string path = fs::temp_directory_path() / ("nvstack-host-" + std::to_string(::getpid()));
  Tree() {
    fs::remove_all(path);
    fs::create_directories(path + "/root/sys/devices/gpu0");
    fs::create_directories(path + "/root/etc");
    std::ofstream(path + "/secret") << "outside";
    std::ofstream(path + "/root/etc/name") << "inside\nsecond\n";
    std::ofstream(path + "/root/sys/devices/gpu0/vendor") << "0x10de\n";
    fs::create_symlink("/sys/devices/gpu0", path + "/root/absolute");
    fs::create_symlink("../../../../../../etc/name", path + "/root/etc/climb");
    fs::create_symlink(path + "/secret", path + "/root/etc/outside");
    fs::create_symlink("loop", path + "/root/loop");
    ::mkfifo((path + "/root/etc/fifo").c_str(), 0600);
  }
  ~Tree() { fs::remove_all(path); }
};

void check_reads(const Host& host) {
  CHECK(*host.read("/etc/name") == "inside\nsecond\n");
  CHECK(*read_line(host, "/absolute/vendor") == "0x10de");
  CHECK(*host.read("/etc/climb") == "inside\nsecond\n");
  CHECK(host.read("/../../etc/name").has_value());
  CHECK(host.read("/etc/outside").error().code == ErrorCode::kNotFound);
  CHECK(host.read("/loop").error().code == ErrorCode::kMalformed);
  CHECK(host.read("/etc").error().code == ErrorCode::kMalformed);
  CHECK(host.read("/etc/none").error().code == ErrorCode::kNotFound);
  CHECK(*host.readlink("/absolute") == "/sys/devices/gpu0");
  CHECK(*host.resolve("/absolute/vendor") == "/sys/devices/gpu0/vendor");
  CHECK(host.status("/absolute")->type == FileType::kDirectory);
  CHECK(host.read("/etc/name", {.bytes_max = 3}).error().code == ErrorCode::kTooLarge);
  CHECK(*host.read("/etc/name", {3, ReadLimits::Excess::kKeepStart}) == "ins");
  CHECK(*host.read("/etc/name", {3, ReadLimits::Excess::kKeepEnd}) == "nd\n");
  CHECK(*host.read("/etc/name", {14}) == "inside\nsecond\n");
}

}  // namespace

TEST_CASE("reads stay beneath the root, with openat2 and without") {
  const Tree tree;
  for (const auto way : {LiveHost::Resolution::kAutomatic, LiveHost::Resolution::kUserSpace}) {
    const auto host = LiveHost::open(tree.path + "/root", way);
    REQUIRE(host);
    check_reads(**host);
    CHECK((*host)->read("/etc/fifo", {}).error().code == ErrorCode::kMalformed);
    CHECK((*host)->list("/")->size() == 4);
    CHECK((*host)->query({{"true"}}).error().code == ErrorCode::kNotAvailable);
  }
}

TEST_CASE("what was recorded answers as the machine did") {
  const Tree tree;
  const auto live = LiveHost::open(tree.path + "/root");
  REQUIRE(live);
  RecordingHost recording(**live);
  check_reads(recording);
  const auto listed = recording.list("/etc");
  const MemoryHost memory(recording.image());
  check_reads(memory);
  CHECK(*memory.list("/etc") == *listed);
  CHECK(memory.read("/etc/fifo").error().code == ErrorCode::kMalformed);
}

TEST_CASE("a file that was seen but not read is not answered as empty") {
  const Tree tree;
  const auto live = LiveHost::open(tree.path + "/root");
  RecordingHost recording(**live);
  CHECK(recording.list("/sys/devices/gpu0")->size() == 1);
  const MemoryHost memory(recording.image());
  CHECK(memory.read("/sys/devices/gpu0/vendor").error().code == ErrorCode::kNotAvailable);
}

TEST_CASE("the running machine answers commands and variables") {
  const auto host = LiveHost::open("/");
  REQUIRE(host);
  CHECK((*host)->query({{"echo", "a b"}})->out == "a b\n");
  CHECK((*host)->environment("PATH").has_value());
  CHECK((*host)->environment("NVSTACK_NO_SUCH_VARIABLE").error().code == ErrorCode::kNotFound);
  CHECK((*host)->read("/proc/self/status", {}).has_value());
  CHECK((*host)->read("/dev/zero", {}).error().code == ErrorCode::kMalformed);
}

TEST_CASE("a listing finds names by pattern, also where one name begins another") {
  FakeHost host;
  host.file("/a/x", "1").file("/a/x-y", "2").file("/a/x/z", "3").file("/a.b", "4");
  CHECK(host.list("/a")->size() == 2);
  CHECK(list_matching(host, "/a", "x*") == std::vector<std::string>{"x", "x-y"});
  CHECK(list_matching(host, "/none", "*").empty());
  CHECK(exists(host, "/a.b"));
  CHECK(!exists(host, "/b"));
}
