// Goal: each directive of machine.txt does what its reference says, and each mistake is named with its line.
#include <doctest.h>

#include "base/text.hpp"
#include "host/capture.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

Result<MachineImage> parse(const std::string& text) {
  return parse_machine_text(text, [](const std::string& name) -> Result<std::string> {
    if (name == "good") return std::string("set WORD part\nfile /part = 1\n");
    if (name == "bad") return std::string("\n\nfils /x\n");
    return fail(ErrorCode::kNotFound, "no part " + name);
  });
}

MemoryHost host_of(const std::string& text) {
  auto image = parse(text);
  REQUIRE_MESSAGE(image, image.error().text());
  return MemoryHost(std::move(*image));
}

std::string mistake(const std::string& line) {
  const auto image = parse("# first\n" + line);
  REQUIRE_MESSAGE(!image, line);
  return image.error().text();
}

}  // namespace

TEST_CASE("files: content lines, one line, none, later ones win") {
  const MemoryHost host =
      host_of("file /a\n| 1\n|2\n|  3\n|\nfile /b = x = y\nfile /c\nfile /b = z\nfile  /d  = 1\r\n");
  CHECK(*host.read("/a") == "1\n2\n 3\n\n");
  CHECK(*host.read("/b") == "z\n");
  CHECK(host.read("/c")->empty());
  CHECK(*host.read("/d") == "1\n");
}

TEST_CASE("folders, links and nodes") {
  const MemoryHost host =
      host_of("dir /e\nlink /l -> e/../f\nfile /f = 1\nnode /c c 195:255\nnode /b b 8:1 0640 1:6\n");
  CHECK(host.list("/e")->empty());
  CHECK(*host.read("/l") == "1\n");
  CHECK(host.status("/c")->type == FileType::kCharDevice);
  CHECK(host.status("/c")->mode == 0666);
  CHECK(host.status("/b")->type == FileType::kBlockDevice);
  CHECK(host.status("/b")->mode == 0640);
  CHECK(host.status("/b")->gid == 6);
  CHECK(host.read("/c").error().code == ErrorCode::kMalformed);
}

TEST_CASE("commands by words and by list, the last answer wins") {
  const MemoryHost host = host_of("command a  b => 255\n| out\ncommand [\"a b\", \"\"]\ncommand a b => 2\n");
  CHECK(host.query({{"a", "b"}})->exit_code == 2);
  CHECK(host.query({{"a", "b"}})->out.empty());
  CHECK(host.query({{"a b", ""}}).has_value());
  CHECK(host.query({{"a"}}).error().message == "no program a");
}

TEST_CASE("variables, errors, views, nvml") {
  const MemoryHost host = host_of(
      "env A=b=c\nenv E=\nerror /x timed-out\nerror /y too-large\narchive /i\n| init\nelf /s\n"
      "| machine=62\nmodule /m\n| license=GPL\nnvml\n| {}\n");
  CHECK(*host.environment("A") == "b=c");
  CHECK(host.environment("E")->empty());
  CHECK(host.read("/x").error().code == ErrorCode::kTimedOut);
  CHECK(host.list("/y").error().code == ErrorCode::kTooLarge);
  CHECK(*host.view("/i", View::kArchive) == "init\n");
  CHECK(*host.view("/s", View::kElf) == "machine=62\n");
  CHECK(host.read("/m").error().code == ErrorCode::kNotAvailable);
  CHECK(host.image().attachments.at("nvml.json") == "{}\n");
}

TEST_CASE("a deleted tree is gone with its views, its neighbours stay") {
  const MemoryHost host = host_of(
      "module /k/6.8/n.ko\n| license=GPL\nmodule /k/6.8-b/n.ko\n| license=GPL\nfile /k/6.8/x = 1\n"
      "delete /k/6.8\n");
  CHECK(!exists(host, "/k/6.8"));
  CHECK(host.view("/k/6.8/n.ko", View::kModule).error().code == ErrorCode::kNotFound);
  CHECK(host.view("/k/6.8-b/n.ko", View::kModule).has_value());
  CHECK(host.list("/k")->size() == 1);
}

TEST_CASE("parts are included where they stand, with their words") {
  const MemoryHost host = host_of("file /part = 0\ninclude good\nfile /w = ${WORD}\n");
  CHECK(*host.read("/part") == "1\n");
  CHECK(*host.read("/w") == "part\n");
  CHECK(mistake("include bad") == "in bad: line 3: no directive \"fils\"");
  CHECK(mistake("include none") == "line 2: no part none");
  for (const char* name : {"include", "include ../good", "include a/b", "include .good"})
    CHECK(contains(mistake(name), "line 2: include takes the plain name"));
}

TEST_CASE("every mistake names its line") {
  for (const char* line : {"fils /a",
                           "| content of nothing",
                           "file",
                           "file a = 1",
                           "append",
                           "dir",
                           "dir etc",
                           "delete",
                           "link /a",
                           "link a -> b",
                           "node /x",
                           "node /x c 1",
                           "node /x p 1:2",
                           "node /x c 1:2 0999",
                           "node /x c 1:2 077777",
                           "node /x c 1:2 0660 root:video",
                           "node /x c 1:2 0660 7",
                           "command",
                           "command x => 256",
                           "command x => y",
                           "command []",
                           "command [1]",
                           "command [\"x\"",
                           "error /x",
                           "error /x odd",
                           "error x denied",
                           "env X",
                           "set K",
                           "efivar /x",
                           "efivar /x 256",
                           "module",
                           "archive i",
                           "elf",
                           "gpu",
                           "gpu 0000:01:00.0"}) {
    const std::string text = mistake(line);
    CHECK_MESSAGE(text.find("line 2: ") == 0, line, " gave ", text);
  }
}

TEST_CASE("words that double each other end at a limit") {
  std::string text = "set A xxxxxxxxxxxxxxxx\n";
  for (int i = 0; i < 60; ++i) text += "set A ${A}${A}\n";
  const auto image = parse(text);
  REQUIRE(!image);
  CHECK(image.error().code == ErrorCode::kTooLarge);
  std::string content = "set A " + std::string(100'000, 'x') + "\nfile /a\n";
  for (int i = 0; i < 1000; ++i) content += "| ${A}\n";
  CHECK(parse(content).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("braces without an end cost no more than their bytes") {
  std::string open;
  for (int i = 0; i < 1'000'000; ++i) open += "${";
  CHECK(host_of("file /a = " + open).read("/a", {.bytes_max = 4u << 20})->size() == 2'000'001);
  CHECK(host_of("file /a = " + open + "}").read("/a", {.bytes_max = 4u << 20})->size() == 2'000'002);
}

TEST_CASE("binary and NUL bytes in machine.txt are content or a mistake") {
  const MemoryHost host = host_of(std::string("file /a\n| x\0\xff\n", 14));
  CHECK(*host.read("/a") == std::string("x\0\xff\n", 4));
  CHECK(contains(mistake(std::string("\0\x1b", 2)), "\\x00\\x1b"));
  CHECK(parse("").value().entries.empty());
}
