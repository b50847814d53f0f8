// Goal: captures go to a tar and back unchanged; hostile archives and texts are refused by name.
#include "host/capture.hpp"

#include <doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/archive.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;
namespace fs = std::filesystem;

namespace {

const auto kNoParts = [](const std::string& name) -> Result<std::string> {
  if (name == "part.txt") return std::string("file /etc/part = yes\n");
  return fail(ErrorCode::kNotFound, "no part " + name);
};

struct File {
  std::string path;
  File(const std::string& name, const std::string& bytes)
      : path(fs::temp_directory_path() / (std::to_string(::getpid()) + name)) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~File() { fs::remove(path); }
};

Error load_error(std::vector<ArchiveEntry> entries) {
  const File file("evil.tar", *make_tar(entries, "evil.tar"));
  const auto image = load_capture(file.path);
  REQUIRE(!image);
  return image.error();
}

}  // namespace

TEST_CASE("a machine goes to a tar and back") {
  FakeHost host;
  host.file("/etc/os-release", "ID=debian\n").link("/lib", "usr/lib").node("/dev/nvidia0", 195, 0);
  host.module_file("/usr/lib/modules/6.1/nvidia.ko", "license=NVIDIA\n").directory("/empty");
  host.command({"uname", "-r"}, "6.1\n", 0)
      .variable("PATH", "/bin")
      .error("/etc/shadow", {ErrorCode::kDenied, "no", "be root", {}});
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.zst"}) {
    const auto bytes = render_capture(host.image(), name);
    REQUIRE(bytes);
    CHECK(*bytes == *render_capture(host.image(), name));
    const File file(name, *bytes);
    const auto image = load_capture(file.path);
    REQUIRE_MESSAGE(image, image.error().text());
    const MemoryHost again(*image);
    CHECK(*again.read("/etc/os-release") == "ID=debian\n");
    CHECK(*again.view("/lib/modules/6.1/nvidia.ko", View::kModule) == "license=NVIDIA\n");
    CHECK(again.status("/dev/nvidia0")->device_major == 195);
    CHECK(again.list("/empty")->empty());
    CHECK(again.query({{"uname", "-r"}})->out == "6.1\n");
    CHECK(again.query({{"uname", "-m"}}).error().code == ErrorCode::kNotFound);
    CHECK(*again.environment("PATH") == "/bin");
    CHECK(again.read("/etc/shadow").error().code == ErrorCode::kDenied);
    CHECK(again.read("/etc/shadow").error().hint == "be root");
  }
}

TEST_CASE("an archive that climbs, or holds nodes, is refused") {
  CHECK(load_error({{"root/../../etc/x", FileType::kFile, 0644, "", 1, "x"}})
            .message.find("leaves the capture") != std::string::npos);
  CHECK(load_error({{"/etc/x", FileType::kFile, 0644, "", 1, "x"}}).code == ErrorCode::kMalformed);
  CHECK(load_error({}).hint == "make one with nvstack capture");
}

TEST_CASE("garbage is no capture, and the message names the file") {
  const File file("garbage", "this is not an archive");
  const auto image = load_capture(file.path);
  REQUIRE(!image);
  CHECK(image.error().text().find(file.path) != std::string::npos);
  CHECK(load_capture("/no/such/capture").error().code == ErrorCode::kNotFound);
  CHECK(load_capture("/dev/null").error().code == ErrorCode::kMalformed);
}

TEST_CASE("links in a capture are followed beneath it, loops end") {
  MachineImage image;
  image.put_link("/a", "../../../../etc/passwd");
  image.put_link("/l", "m");
  image.put_link("/m", "l");
  const MemoryHost host(image);
  CHECK(host.read("/a").error().code == ErrorCode::kNotFound);
  CHECK(host.read("/l").error().code == ErrorCode::kMalformed);
}

TEST_CASE("machine.txt writes a whole machine") {
  const auto image = parse_machine_text(R"(# a machine
include part.txt
file /etc/os-release
| ID=ubuntu
|
| VERSION_ID=24.04
file /proc/x = one line
link /lib -> usr/lib
node /dev/nvidia0 c 195:0 0660 0:44
command uname -r => 1
| 6.8
command ["rpm", "-qa", "a b"]
env LD_LIBRARY_PATH=/opt
efivar /sys/firmware/efi/efivars/SecureBoot 1
error /etc/secret denied
gpu 0000:01:00.0 10de:2684:10de:16f3 driver=nouveau numa=1 iommu=7
module /usr/lib/modules/6.8/nvidia.ko
| license=NVIDIA
nvml
| {"init_code":9}
file /etc/gone = x
delete /etc/gone
)",
                                        kNoParts);
  REQUIRE(image);
  const MemoryHost host(*image);
  CHECK(*host.read("/etc/part") == "yes\n");
  CHECK(*host.read("/etc/os-release") == "ID=ubuntu\n\nVERSION_ID=24.04\n");
  CHECK(*read_line(host, "/sys/bus/pci/devices/0000:01:00.0/device") == "0x2684");
  CHECK(*host.resolve("/sys/bus/pci/devices/0000:01:00.0") == "/sys/devices/pci0000:01/0000:01:00.0");
  CHECK(host.readlink("/sys/bus/pci/devices/0000:01:00.0/driver")->ends_with("/nouveau"));
  CHECK(host.read("/sys/firmware/efi/efivars/SecureBoot") == std::string("\x06\0\0\0\x01", 5));
  CHECK(host.status("/dev/nvidia0")->mode == 0660);
  CHECK(host.query({{"uname", "-r"}})->exit_code == 1);
  CHECK(host.query({{"rpm", "-qa", "a b"}}).has_value());
  CHECK(*host.view("/lib/modules/6.8/nvidia.ko", View::kModule) == "license=NVIDIA\n");
  CHECK(host.read("/etc/secret").error().code == ErrorCode::kDenied);
  CHECK(image->attachments.at("nvml.json") == "{\"init_code\":9}\n");
  CHECK(!exists(host, "/etc/gone"));
}

TEST_CASE("set gives a word its value from there on, in directives and contents") {
  const auto image = parse_machine_text(
      "set K 6.8\nfile /lib/${K}/x\n| ${K} ${NONE} ${\nset K 6.9\nfile /y = ${K}\n", kNoParts);
  REQUIRE(image);
  CHECK(image->find("/lib/6.8/x")->content == "6.8 ${NONE} ${\n");
  CHECK(image->find("/y")->content == "6.9\n");
  CHECK(!parse_machine_text("set K", kNoParts));
}

TEST_CASE("append adds to a file, a gpu with a minor shows the loaded driver") {
  const auto image = parse_machine_text(
      "append /a\n| 1\nappend /a\n| 2\ngpu 0000:01:00.0 10de:2330 minor=3 model=NVIDIA_H100\n", kNoParts);
  REQUIRE(image);
  CHECK(image->find("/a")->content == "1\n2\n");
  CHECK(image->find("/dev/nvidia3")->status.device_minor == 3);
  CHECK(image->find("/proc/driver/nvidia/gpus/0000:01:00.0/information")
            ->content.find("Model: \t\t NVIDIA H100\n") == 0);
}

TEST_CASE("a mistake in machine.txt is named with its line") {
  for (const char* bad : {"fils /a", "include ../x", "include none.txt", "link /a", "node /dev/x c 1",
                          "gpu 01:00.0 10de:2684", "command", "error /a broken", "env X"}) {
    const auto image = parse_machine_text(std::string("\n") + bad, kNoParts);
    REQUIRE_MESSAGE(!image, bad);
  }
  CHECK(parse_machine_text("\nfils /a", kNoParts).error().message == "line 2: no directive \"fils\"");
  CHECK(!parse_machine_text("include part.txt\ninclude self", [](const std::string&) -> Result<std::string> {
    return std::string("include self\n");
  }));
}
