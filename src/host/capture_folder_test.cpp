// Goal: a capture unpacked to a folder reads as its tar; links, depth and size on a disk are bounded.
#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "host/capture.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;
namespace fs = std::filesystem;

namespace {

struct Folder {
  std::string top = fs::temp_directory_path() / ("nvstack-folder-" + std::to_string(::getpid()));
  std::string path = top + "/machine";
  Folder() {
    fs::remove_all(top);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(top); }
  void put(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
};

}  // namespace

TEST_CASE("a folder with root/ and side files is a machine") {
  const Folder folder;
  folder.put("root/etc/os-release", "ID=debian\n"), folder.put("nvml.json", "{}");
  folder.put("index.json", R"({"format":1,"entries":[{"path":"/etc/os-release","mode":384,"uid":7},
    {"path":"/dev/nvidia0","type":"char","major":195,"minor":3}],"environment":{"A":"b","C":1}})");
  folder.put("commands.json", R"([{"argv":["uname","-r"],"exit":2,"out":"6.1\n"}])");
  fs::create_directory_symlink("etc", folder.path + "/root/conf");
  const auto image = load_capture(folder.path);
  REQUIRE_MESSAGE(image, image.error().text());
  const MemoryHost host(*image);
  CHECK(*host.read("/conf/os-release") == "ID=debian\n");
  CHECK(host.status("/etc/os-release")->mode == 0600);
  CHECK(host.status("/etc/os-release")->uid == 7);
  CHECK(host.status("/dev/nvidia0")->device_minor == 3);
  CHECK(host.query({{"uname", "-r"}})->exit_code == 2);
  CHECK(*host.environment("A") == "b");
  CHECK(!host.environment("C"));
  CHECK(image->attachments.size() == 1);
}

TEST_CASE("a folder that is no capture says what to do") {
  const Folder folder;
  folder.put("etc/os-release", "x");
  const auto image = load_capture(folder.path);
  REQUIRE(!image);
  CHECK(contains(image.error().message, folder.path + " holds neither machine.txt nor root/"));
  CHECK(contains(image.error().hint, "--root"));
}

TEST_CASE("links in the folder are kept as links, also those that loop or lead out") {
  const Folder folder;
  folder.put("root/etc/a", "inside");
  std::ofstream(folder.top + "/secret") << "outside";
  fs::create_symlink("../../secret", folder.path + "/root/out");
  fs::create_symlink(".", folder.path + "/root/here");
  fs::create_symlink("loop", folder.path + "/root/loop");
  ::mkfifo((folder.path + "/root/pipe").c_str(), 0600);
  const auto image = load_capture(folder.path);
  REQUIRE(image);
  const MemoryHost host(*image);
  CHECK(host.read("/out").error().code == ErrorCode::kNotFound);
  CHECK(*host.read("/here/here/etc/a") == "inside");
  CHECK(host.read("/loop").error().code == ErrorCode::kMalformed);
  CHECK(!exists(host, "/pipe"));
}

TEST_CASE("a file over 16 MiB keeps its error, in the machine's words") {
  const Folder folder;
  folder.put("root/home/root/big", "");
  fs::resize_file(folder.path + "/root/home/root/big", (16u << 20) + 1);
  folder.put("root/small", "x");
  const auto image = load_capture(folder.path);
  REQUIRE(image);
  const MemoryHost host(*image);
  const auto big = host.read("/home/root/big", {.bytes_max = 64u << 20});
  REQUIRE(!big);
  CHECK(big.error().code == ErrorCode::kTooLarge);
  CHECK(big.error().message == "/home/root/big is larger than the 16777216 bytes that belong there");
  CHECK(*host.read("/small") == "x");
}

TEST_CASE("deep trees are read, and end with an error where paths end") {
  const Folder folder;
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "/d";
  folder.put("root" + deep + "/file", "bottom");
  const auto image = load_capture(folder.path);
  REQUIRE_MESSAGE(image, image.error().text());
  CHECK(*MemoryHost(*image).read(deep + "/file") == "bottom");
  const std::string before = fs::current_path();
  fs::current_path(folder.path + "/root" + deep);
  const std::string name(200, 'n');
  for (int i = 0; i < 25; ++i) REQUIRE((::mkdir(name.c_str(), 0755) == 0 && ::chdir(name.c_str()) == 0));
  fs::current_path(before);
  const auto too_deep = load_capture(folder.path);
  REQUIRE(!too_deep);
  CHECK(contains(too_deep.error().text(), "File name too long"));
}

TEST_CASE("machine.txt comes before root/, its parts lie beside the folder") {
  const Folder folder;
  folder.put("root/etc/a", "from root"), folder.put("../parts/base.txt", "file /etc/a = from part\n");
  folder.put("machine.txt", "include base.txt\n");
  const auto image = load_capture(folder.path);
  REQUIRE_MESSAGE(image, image.error().text());
  CHECK(*MemoryHost(*image).read("/etc/a") == "from part\n");
  folder.put("machine.txt", "\ninclude none.txt\n");
  const auto missing = load_capture(folder.path);
  REQUIRE(!missing);
  CHECK(contains(missing.error().text(), folder.path + "/machine.txt: line 2: "));
  fs::remove_all(folder.top + "/parts");
  CHECK(load_capture(folder.path).error().code == ErrorCode::kNotFound);
}

TEST_CASE("broken side files of a folder are named") {
  const Folder folder;
  folder.put("root/a", "1"), folder.put("index.json", "{\"format\":1,");
  CHECK(contains(load_capture(folder.path).error().text(), "index.json"));
  folder.put("index.json", R"({"format":"1"})");
  CHECK(contains(load_capture(folder.path).error().hint, "capture the machine again"));
  folder.put("index.json", R"({"format":1})");
  CHECK(load_capture(folder.path).has_value());
}
