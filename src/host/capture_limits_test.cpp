// Goal: a hostile tar costs no more than the limits, and whatever no capture holds is refused by name.
#include <doctest.h>

#include <random>

#include "base/text.hpp"
#include "host/archive.hpp"
#include "host/capture.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

/// One entry of a ustar archive, written by hand: our own writer makes no hard links and no nodes.
std::string ustar(const std::string& name, char type, const std::string& target = "",
                  const std::string& bytes = "") {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", bytes.size());
  put(0, name), put(100, "0000644"), put(108, "0000000"), put(116, "0000000"), put(124, size),
      put(136, "00000000000");
  header[156] = type;
  put(157, target), put(257, "ustar"), put(263, "00"), put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  put(148, std::string(checksum, 6) + '\0' + ' ');
  return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

const std::string kEnd(1024, '\0');

Error refused(const std::string& tar) {
  const auto image = parse_capture(tar);
  REQUIRE(!image);
  return image.error();
}

ArchiveEntry file(const std::string& name, const std::string& text) {
  return {name, FileType::kFile, 0644, "", text.size(), text};
}

Error refused_entries(const std::vector<ArchiveEntry>& entries) {
  return refused(*make_tar(entries, "x.tar"));
}

}  // namespace

TEST_CASE("our hand-made tar is one that is read") {
  const auto image =
      parse_capture(ustar("root/etc/a", '0', "", "text\n") + ustar("./root/b", '2', "etc/a") + kEnd);
  REQUIRE_MESSAGE(image, image.error().text());
  CHECK(*MemoryHost(*image).read("/b") == "text\n");
}

TEST_CASE("hard links and nodes below root/ are refused by name, beside it they are nothing") {
  for (const auto& [type, target] : {std::pair{'1', "root/etc/shadow"}, {'3', ""}, {'4', ""}, {'6', ""}}) {
    const Error error = refused(ustar("root/dev/x", type, target) + kEnd);
    CHECK(error.message == "\"root/dev/x\" is a device node or a hard link");
    CHECK(error.code == ErrorCode::kMalformed);
  }
  const auto beside = parse_capture(ustar("expect/x", '3') + ustar("root/a", '0', "", "1") + kEnd);
  REQUIRE(beside);
  CHECK(beside->entries.size() == 1);
}

TEST_CASE("names that leave the capture are refused, odd ones inside are kept") {
  for (const char* name : {"../x", "root/../../x", "/root/x", "root/a/..", "./../x", "expect/../../x"})
    CHECK_MESSAGE(contains(refused(ustar(name, '0') + kEnd).message, "leaves the capture"), name);
  CHECK(contains(refused(ustar("../\x1b[31m", '0') + kEnd).message, "\\x1b"));
  const auto image =
      parse_capture(ustar("root/..a/b..", '0', "", "1") + ustar("root//c", '0', "", "2") + kEnd);
  REQUIRE(image);
  CHECK(image->find("/..a/b..")->content == "1");
  CHECK(image->find("/c")->content == "2");
}

TEST_CASE("links may say anything, they are followed beneath the capture") {
  const auto image = parse_capture(ustar("root/a", '2', "/etc/passwd") + ustar("root/l", '2', "l") +
                                   ustar("root/up", '2', "../../../proc/self/environ") + kEnd);
  REQUIRE(image);
  const MemoryHost host(*image);
  CHECK(host.read("/a").error().code == ErrorCode::kNotFound);
  CHECK(host.read("/up").error().code == ErrorCode::kNotFound);
  CHECK(host.read("/l/x").error().code == ErrorCode::kMalformed);
}

TEST_CASE("too many entries are refused") {
  std::vector<ArchiveEntry> entries(100'001, {"root/d", FileType::kDirectory, 0755, "", 0, ""});
  const Error error = refused_entries(entries);
  CHECK(error.code == ErrorCode::kTooLarge);
  CHECK(error.message == "the archive has too many entries");
  entries.resize(1000);
  CHECK(parse_capture(*make_tar(entries, "x.tar")).has_value());
}

TEST_CASE("a file over 16 MiB is refused and named, also when it is packed small") {
  const auto bomb = make_tar({file("root/big", std::string((16u << 20) + 1, '\0'))}, "x.tar.zst");
  REQUIRE(bomb);
  CHECK(bomb->size() < 100'000);
  const Error error = refused(*bomb);
  CHECK(error.code == ErrorCode::kTooLarge);
  CHECK(contains(error.text(), "root/big"));
  CHECK(parse_capture(*make_tar({file("root/big", std::string(16u << 20, '\0'))}, "x.tar.zst")).has_value());
}

TEST_CASE("many files within their limits are still bounded together") {
  std::vector<ArchiveEntry> entries(17, file("root/big", std::string(16u << 20, '\0')));
  const auto tar = make_tar(entries, "x.tar.zst");
  entries.clear();
  REQUIRE(tar);
  CHECK(refused(*tar).code == ErrorCode::kTooLarge);
}

TEST_CASE("every cut and many broken bytes of a capture are harmless") {
  FakeHost host;
  host.file("/etc/a", "text").link("/b", "etc/a").node("/dev/n", 1, 2).command({"x"}, "y");
  const std::string whole = *render_capture(host.image(), "x.tar.gz");
  int refusals = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    refusals += !parse_capture(std::string_view(whole).substr(0, size)).has_value();
  CHECK(refusals >= static_cast<int>(whole.size()) - 16);  // a gzip file without its trailer may pass
  const std::string plain = *render_capture(host.image(), "x.tar");
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::string broken = plain;
    for (int i = 0; i < 8; ++i) broken[random() % broken.size()] = static_cast<char>(random() & 255);
    const auto image = parse_capture(broken);
    if (!image) CHECK(!image.error().message.empty());
    if (image) CHECK(!image->entries.empty());
  }
}

TEST_CASE("the side files are read and their mistakes named") {
  const auto with = [](const std::string& name, const std::string& text) {
    return refused_entries({file("root/a", "1"), file(name, text)}).text();
  };
  CHECK(contains(with("index.json", "{"), "reading index.json: not JSON at byte"));
  CHECK(contains(with("index.json", "[]"), "not of format 1"));
  CHECK(contains(with("index.json", R"({"format":2})"), "not of format 1"));
  CHECK(contains(with("index.json", R"({"format":1,"entries":[{}]})"), "an entry without a path"));
  CHECK(contains(with("commands.json", "{}"), "commands.json is not a list"));
  CHECK(contains(with("commands.json", "[{}]"), "a command without argv"));
  const auto image = parse_capture(*make_tar({file("root/a", "1"), file("nvml.json", "{")}, "x.tar"));
  REQUIRE(image);
  CHECK(image->attachments.at("nvml.json") == "{");
}

TEST_CASE("names in any language and any bytes go to a tar and back") {
  FakeHost host;
  host.file("/etc/驱动.conf", "1").file("/etc/\xff\xfe", "2").link("/é", "/etc/驱动.conf");
  const auto tar = render_capture(host.image(), "x.tar.zst");
  REQUIRE_MESSAGE(tar, tar.error().text());
  const auto again = parse_capture(*tar);
  REQUIRE_MESSAGE(again, again.error().text());
  CHECK(*MemoryHost(*again).read("/é") == "1");
  CHECK(*MemoryHost(*again).read("/etc/\xff\xfe") == "2");
}
