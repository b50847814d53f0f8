// Goal: 32-bit and 64-bit files are read alike, and tables that lie about size or names cost nothing.
#include "host/elf.hpp"

#include <doctest.h>

#include <random>

#include "base/text.hpp"
#include "host/test_elf.hpp"
#include "host/view.hpp"

using namespace nvstack;
using namespace nvstack::host;
using test::make_elf;
using test::put_number;

namespace {

/// A 32-bit file: null section, .dynstr, .dynamic, .shstrtab.
std::string make_elf32(const std::string& dynstr, const std::string& dynamic) {
  const std::string names = std::string("\0.dynstr\0.dynamic\0.shstrtab\0", 28);
  std::string file = std::string(
      "\x7f"
      "ELF\x01\x01\x01",
      7);
  file.resize(16, '\0');
  const std::size_t table_at = 52 + dynstr.size() + dynamic.size() + names.size();
  put_number(file, 3, 2), put_number(file, 3, 2), put_number(file, 1, 4), put_number(file, 0, 4);
  put_number(file, 0, 4), put_number(file, table_at, 4), put_number(file, 0, 4), put_number(file, 52, 2);
  put_number(file, 0, 2), put_number(file, 0, 2), put_number(file, 40, 2), put_number(file, 4, 2);
  put_number(file, 3, 2);
  file += dynstr + dynamic + names;
  const auto section = [&](std::size_t name, std::size_t offset, std::size_t size, std::size_t link) {
    for (const std::size_t word : {name, std::size_t{1}, std::size_t{0}, std::size_t{0}, offset, size, link,
                                   std::size_t{0}, std::size_t{1}, std::size_t{0}})
      put_number(file, word, 4);
  };
  section(0, 0, 0, 0), section(1, 52, dynstr.size(), 0);
  section(9, 52 + dynstr.size(), dynamic.size(), 1);
  section(18, 52 + dynstr.size() + dynamic.size(), names.size(), 0);
  return file;
}

std::string needs(std::size_t count, std::size_t offset, std::size_t width) {
  std::string dynamic;
  for (std::size_t i = 0; i < count; ++i) put_number(dynamic, 1, width), put_number(dynamic, offset, width);
  return dynamic;
}

}  // namespace

TEST_CASE("a 32-bit library says what it needs") {
  std::string dynamic = needs(1, 1, 4);
  put_number(dynamic, 14, 4), put_number(dynamic, 6, 4);
  const std::string file = make_elf32(std::string("\0libc\0me.so\0", 12), dynamic);
  CHECK(*elf_view(file) == "machine=3\nclass=32\nneeded=libc\nsoname=me.so\n");
  const auto elf = read_elf(bytes_in_memory(file));
  REQUIRE(elf);
  CHECK(!elf->is_64_bit);
  CHECK(elf->find(".dynamic")->link == 1);
  CHECK(elf->find(".none") == nullptr);
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK_MESSAGE(elf_view(file.substr(0, size)).error().code == ErrorCode::kMalformed, size);
}

TEST_CASE("headers that are not ours are refused") {
  std::string big_endian = make_elf({});
  big_endian[5] = 2;
  CHECK(contains(elf_view(big_endian).error().message, "little-endian"));
  std::string no_sections = make_elf({});
  no_sections[60] = no_sections[61] = 0;
  CHECK(contains(elf_view(no_sections).error().message, "no section table"));
  std::string names_outside = make_elf({});
  names_outside[62] = 50;
  CHECK(contains(elf_view(names_outside).error().message, "no section table"));
  std::string far_table = make_elf({});
  for (int i = 40; i < 48; ++i) far_table[static_cast<std::size_t>(i)] = '\xff';
  CHECK(elf_view(far_table).error().code == ErrorCode::kMalformed);
}

TEST_CASE("names without an end are cut, names outside are empty") {
  const auto elf = read_elf(bytes_in_memory(make_elf({{std::string(5000, 'n'), "x"}})));
  REQUIRE(elf);
  CHECK(elf->sections[1].name == std::string(256, 'n'));
  CHECK(elf->find(".shstrtab") != nullptr);
  std::string file = make_elf({{".text", "x"}});
  const std::size_t first = file.size() - 2 * 64;  // the header of .text
  file[first + 2] = '\x7f';
  CHECK(read_elf(bytes_in_memory(file))->sections[1].name.empty());
}

TEST_CASE("a library that needs a hundred thousand others is refused, one with a few long names is cut") {
  const std::string names = std::string(1, '\0') + std::string(100'000, 'n');
  const auto refused = elf_view(make_elf({{".dynstr", names}, {".dynamic", needs(100'000, 1, 8), 1}}));
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kTooLarge);
  const auto text = elf_view(make_elf({{".dynstr", names}, {".dynamic", needs(2, 1, 8), 1}}));
  REQUIRE(text);
  CHECK(text->size() < 600);
}

TEST_CASE("sections beyond 4 MiB are not read") {
  const auto large = module_view(make_elf({{".modinfo", std::string((4u << 20) + 1, 'x')}}));
  REQUIRE(!large);
  CHECK(large.error().code == ErrorCode::kTooLarge);
  CHECK(contains(large.error().message, ".modinfo"));
}

TEST_CASE("broken bytes never crash a view") {
  std::mt19937 random(13);
  const std::string whole = make_elf({{".modinfo", std::string("license=GPL\0a=b\0", 16)},
                                      {".dynstr", std::string("\0libx\0", 6)},
                                      {".dynamic", needs(3, 1, 8), 2}}) +
                            test::make_signature("key");
  REQUIRE(module_view(whole));
  int read = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string broken = whole;
    for (int i = 0; i < 3; ++i) broken[random() % broken.size()] = static_cast<char>(random() & 255);
    const auto module = module_view(broken);
    const auto library = elf_view(broken);
    read += module.has_value();
    if (module) CHECK(is_utf8(*module));
    if (library) CHECK(library->find("machine=") == 0);
  }
  CHECK(read > 100);
  CHECK(read < 2000);
}

TEST_CASE("bytes in memory end where they end") {
  const ByteSource source = bytes_in_memory("abcdef");
  CHECK(*source.read_at(2, 3) == "cde");
  CHECK(source.read_at(6, 0)->empty());
  CHECK(!source.read_at(7, 0));
  CHECK(!source.read_at(2, 5));
  CHECK(!source.read_at(2, UINT64_MAX));
  CHECK(little_endian("\x01\x02\xff", 0, 8) == 0xff0201);
  CHECK(little_endian("\x01", 5, 4) == 0);
}
