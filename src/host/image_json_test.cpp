// Goal: the JSON of a machine carries everything both ways, and lying JSON changes nothing that it should
// not.
#include <doctest.h>

#include "base/text.hpp"
#include "host/image.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

Status apply_text(MachineImage& image, const std::string& text) {
  return apply_index_json(image, *parse_json(text));
}

MachineImage with_entry(const std::string& entry) {
  MachineImage image;
  image.put_file("/etc/a", "stored");
  image.put_link("/l", "etc/a");
  REQUIRE(apply_text(image, R"({"format":1,"entries":[)" + entry + "]}"));
  return image;
}

}  // namespace

TEST_CASE("entries of all types, errors of all codes, go both ways") {
  MachineImage image;
  for (const FileType type : {FileType::kFile, FileType::kDirectory, FileType::kCharDevice,
                              FileType::kBlockDevice, FileType::kOther}) {
    ImageEntry entry;
    entry.status = {type, 04755, 1, 2, 3};
    if (type == FileType::kCharDevice || type == FileType::kBlockDevice) entry.status.device_minor = 9;
    entry.content_known = false;
    image.put("/type" + std::to_string(static_cast<int>(type)), entry);
  }
  for (const ErrorCode code : {ErrorCode::kDenied, ErrorCode::kMalformed, ErrorCode::kTooLarge,
                               ErrorCode::kTimedOut, ErrorCode::kNotAvailable, ErrorCode::kIo}) {
    ImageEntry entry;
    entry.content_known = false;
    entry.error = Error{code, "words", "hint", {"doing"}};
    image.put("/error" + std::string(error_code_name(code)), entry);
    image.commands.insert_or_assign({"c", std::string(error_code_name(code))}, fail(code, "no"));
  }
  MachineImage again;
  REQUIRE(apply_index_json(again, image_index_json(image)));
  REQUIRE(apply_commands_json(again, image_commands_json(image)));
  CHECK(image_index_json(again).dump(1) == image_index_json(image).dump(1));
  CHECK(image_commands_json(again).dump() == image_commands_json(image).dump());
  CHECK(again.find("/errordenied")->error->message == "doing: words");
  for (const auto& [path, entry] : image.entries)
    CHECK_MESSAGE(again.find(path)->status == entry.status, path);
}

TEST_CASE("a file that the index names but the capture lacks is not answered as empty") {
  const MemoryHost host(with_entry(R"({"path":"/etc/removed","type":"file","size":5})"));
  CHECK(host.read("/etc/removed").error().code == ErrorCode::kNotAvailable);
  CHECK(host.status("/etc/removed")->size_bytes == 5);
  CHECK(*host.read("/etc/a") == "stored");
}

TEST_CASE("numbers out of range are not believed") {
  const MachineImage image = with_entry(
      R"({"path":"/etc/a","mode":-1,"uid":4294967296,"gid":"root","size":-1,"major":1.5,"minor":99999999999})");
  const FileStatus& status = image.find("/etc/a")->status;
  CHECK(status.mode == 0644);
  CHECK(status.uid == 0);
  CHECK(status.gid == 0);
  CHECK(status.size_bytes == 6);
  CHECK(status.device_minor == 0);
  CHECK(with_entry(R"({"path":"/etc/a","mode":65535})").find("/etc/a")->status.mode == 07777);
}

TEST_CASE("a link stays a link, an unknown type what it was") {
  const MachineImage image = with_entry(R"({"path":"/l","type":"file","error":{"code":"denied"}},
    {"path":"/etc/a","type":"socket"},{"path":"/e","error":{"code":"odd","message":"m"}})");
  CHECK(image.find("/l")->status.type == FileType::kLink);
  CHECK(!image.find("/l")->error);
  CHECK(image.find("/etc/a")->status.type == FileType::kFile);
  CHECK(image.find("/e")->error->code == ErrorCode::kIo);
}

TEST_CASE("paths in the index are cleaned; those of nothing are refused") {
  CHECK(with_entry(R"({"path":"/x/../../y//z"})").find("/y/z") != nullptr);
  MachineImage image;
  for (const char* path : {"", "/", "/..", "."})
    CHECK_MESSAGE(!apply_text(image, R"({"format":1,"entries":[{"path":")" + std::string(path) + R"("}]})"),
                  path);
  CHECK(!apply_text(image, R"({"format":1,"entries":[7]})"));
  CHECK(apply_text(image, R"({"format":1,"entries":{},"views":7,"environment":[]})").has_value());
  CHECK(image.entries.empty());
}

TEST_CASE("views with unknown names are left out, known ones kept with text or error") {
  MachineImage image;
  REQUIRE(apply_text(image, R"({"format":1,"views":[{"path":"/a","view":"odd","text":"x"},
    {"path":"/a/../b","view":"elf","text":"t"},{"path":"/c","view":"module","error":{"code":"timed-out"}}]})"));
  CHECK(image.views.size() == 2);
  CHECK(*image.views.at({"/b", View::kElf}) == "t");
  CHECK(image.views.at({"/c", View::kModule}).error().code == ErrorCode::kTimedOut);
}

TEST_CASE("commands keep their exit code within a byte and only words in argv") {
  MachineImage image;
  REQUIRE(apply_commands_json(image, *parse_json(R"([{"argv":["a",1,"b"],"exit":511,"err":"e"}])")));
  const auto& answer = image.commands.at({"a", "b"});
  CHECK(answer->exit_code == 255);
  CHECK(answer->err == "e");
  CHECK(!apply_commands_json(image, *parse_json(R"([{"argv":"a"}])")));
  CHECK(!apply_commands_json(image, *parse_json(R"([{"argv":[1]}])")));
  CHECK(!apply_commands_json(image, Json()));
}
