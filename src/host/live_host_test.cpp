// Goal: LiveHost answers alike with openat2 and without, keeps its limits, and never leaves its root.
#include "host/live_host.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::host;
namespace fs = std::filesystem;

namespace {

constexpr std::array kWays = {LiveHost::Resolution::kAutomatic, LiveHost::Resolution::kUserSpace};

struct Tree {
  std::string path = fs::temp_directory_path() / ("nvstack-live-" + std::to_string(::getpid()));
  Tree() {
    fs::remove_all(path);
    fs::create_directories(path + "/root/a/b/c");
    std::ofstream(path + "/outside") << "secret";
    file("/a/file", "0123456789");
    file("/a/empty", "");
  }
  ~Tree() { fs::remove_all(path); }
  void file(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/root" + name, std::ios::binary) << text;
  }
  void link(const std::string& name, const std::string& target) const {
    fs::create_symlink(target, path + "/root" + name);
  }
  std::unique_ptr<LiveHost> host(LiveHost::Resolution way) const {
    return std::move(*LiveHost::open(path + "/root", way));
  }
};

}  // namespace

TEST_CASE("every cut of a read, both ways") {
  const Tree tree;
  const std::string whole = "0123456789";
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    for (std::size_t max = 0; max < 12; ++max) {
      const std::size_t kept = std::min<std::size_t>(max, 10);
      CHECK(host->read("/a/file", {max}).has_value() == (max >= 10));
      CHECK(*host->read("/a/file", {max, ReadLimits::Excess::kKeepStart}) == whole.substr(0, kept));
      CHECK(*host->read("/a/file", {max, ReadLimits::Excess::kKeepEnd}) == whole.substr(10 - kept));
    }
    CHECK(host->read("/a/file", {SIZE_MAX}) == whole);
    CHECK(host->read("/a/empty", {0})->empty());
  }
}

TEST_CASE("the end of a file whose size the kernel does not tell") {
  const auto host = LiveHost::open("/");
  REQUIRE(host);
  const std::string whole = *(*host)->read("/proc/version", {});
  REQUIRE(whole.size() > 20);
  CHECK(*(*host)->read("/proc/version", {7, ReadLimits::Excess::kKeepEnd}) == whole.substr(whole.size() - 7));
  CHECK(*(*host)->read("/proc/version", {7, ReadLimits::Excess::kKeepStart}) == whole.substr(0, 7));
  CHECK((*host)->read("/proc/version", {0, ReadLimits::Excess::kKeepEnd})->empty());
}

TEST_CASE("a large file keeps its end, and its refusal names it") {
  const Tree tree;
  tree.file("/large", std::string(3'000'000, 'a') + "end");
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    CHECK(host->read("/large", {5'000'000})->size() == 3'000'003);
    CHECK(*host->read("/large", {5, ReadLimits::Excess::kKeepEnd}) == "aaend");
    const auto refused = host->read("/large", {2'000'000});
    REQUIRE(!refused);
    CHECK(refused.error().message == "/large is larger than the 2000000 bytes that belong there");
  }
}

TEST_CASE("links lead where they would beneath a chroot") {
  const Tree tree;
  tree.link("/up", "../outside"), tree.link("/up2", "../../../../outside");
  tree.link("/host", tree.path + "/outside"), tree.link("/a/b/file", "/a/file");
  tree.link("/dir", "a/b"), tree.link("/dangling", "nowhere"), tree.link("/self", "self/x");
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    for (const char* out : {"/up", "/up2", "/host", "/../outside", "/a/../../outside", "/dangling"})
      CHECK_MESSAGE(host->read(out, {}).error().code == ErrorCode::kNotFound, out);
    CHECK(*host->read("/dir/file", {}) == "0123456789");
    CHECK(*host->resolve("/dir/file") == "/a/file");
    CHECK(*host->resolve("/dir/../b/.") == "/a/b");
    CHECK(*host->readlink("/dir") == "a/b");
    CHECK(!host->readlink("/a/file"));
    CHECK(*host->readlink("/dangling") == "nowhere");
    CHECK(host->resolve("/dangling").error().code == ErrorCode::kNotFound);
    CHECK(host->status("/self").error().code == ErrorCode::kMalformed);
    CHECK(host->status("/dir")->type == FileType::kDirectory);
  }
}

TEST_CASE("lists are in byte order and show links as links") {
  const Tree tree;
  tree.link("/a/b/z", "nowhere"), tree.file("/a/b/B", ""), tree.file("/a/b/\xff", ""),
      tree.file("/a/b/a", "");
  const std::vector<DirectoryEntry> expected = {{"B", FileType::kFile},
                                                {"a", FileType::kFile},
                                                {"c", FileType::kDirectory},
                                                {"z", FileType::kLink},
                                                {"\xff", FileType::kFile}};
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    CHECK(*host->list("/a/b") == expected);
    CHECK(host->list("/a/b/c")->empty());
    CHECK(host->list("/a/file").error().code == ErrorCode::kNotFound);
    CHECK(host->list("/none").error().code == ErrorCode::kNotFound);
    CHECK(host->list("")->size() == 1);
  }
}

TEST_CASE("status tells type, mode, owner and device") {
  const Tree tree;
  ::chmod((tree.path + "/root/a/file").c_str(), 04751);
  const bool node = ::mknod((tree.path + "/root/a/node").c_str(), S_IFCHR | 0600, makedev(195, 255)) == 0;
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    const auto status = host->status("/a/file");
    REQUIRE(status);
    CHECK(status->mode == 04751);
    CHECK(status->uid == ::getuid());
    CHECK(status->size_bytes == 10);
    CHECK(host->status("/")->type == FileType::kDirectory);
    if (node) CHECK(host->status("/a/node")->device_minor == 255);
    if (node) CHECK(host->status("/a/node")->device_major == 195);
  }
}

TEST_CASE("hostile paths are errors, not crashes") {
  const Tree tree;
  for (const auto way : kWays) {
    const auto host = tree.host(way);
    CHECK(host->read(std::string("/a/file\0x", 9), {}).error().message == "a path with a NUL byte");
    CHECK(!host->read("/" + std::string(300, 'n'), {}));
    CHECK(!host->read(std::string(100'000, '/') + "a/none", {}));
    CHECK(!host->status(std::string(5000, '.')));
    CHECK(host->read("/a/file/x", {}).error().code == ErrorCode::kNotFound);
    CHECK(host->read("", {}).error().code == ErrorCode::kMalformed);
  }
  CHECK(LiveHost::open(tree.path + "/none").error().code == ErrorCode::kNotFound);
  CHECK(LiveHost::open(tree.path + "/outside").error().code == ErrorCode::kNotFound);
}

TEST_CASE("under a root that is not running neither commands nor variables are asked") {
  const Tree tree;
  const auto host = tree.host(LiveHost::Resolution::kAutomatic);
  CHECK(contains(host->query({{"uname", "-r"}}).error().message, "uname was not asked"));
  CHECK(host->environment("PATH").error().code == ErrorCode::kNotFound);
}
