// Goal: the loader's cache is read in both layouts, and no forged offset or count leads out of the bytes.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/libraries.hpp"

using namespace nvstack;
using namespace nvstack::facts;

namespace {

void put_u32(std::string& bytes, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
}

/// A cache in the new format with these entries, as ldconfig writes it.
std::string make_cache(const std::vector<CachedLibrary>& entries) {
  std::string texts, table;
  const auto first = static_cast<std::uint32_t>(48 + 24 * entries.size());
  for (const CachedLibrary& entry : entries) {
    put_u32(table, entry.flags);
    put_u32(table, first + static_cast<std::uint32_t>(texts.size()));
    texts += entry.soname + '\0';
    put_u32(table, first + static_cast<std::uint32_t>(texts.size()));
    texts += entry.path + '\0';
    table += std::string(12, '\0');
  }
  std::string cache = "glibc-ld.so.cache1.1";
  put_u32(cache, static_cast<std::uint32_t>(entries.size()));
  put_u32(cache, static_cast<std::uint32_t>(texts.size()));
  return cache + std::string(20, '\0') + table + texts;
}

const std::vector<CachedLibrary> kEntries = {
    {"libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", 0x0303},
    {"libnvidia-ml.so.1", "/lib/x86_64-linux-gnu/libnvidia-ml.so.1", 0x0303},
    {"libcuda.so.1", "/lib/x86_64-linux-gnu/libcuda.so.1", 0x0303},
    {"libcuda.so.1", "/lib/i386-linux-gnu/libcuda.so.1", 0x0003},
};

/// The table of the old format before it, padded to 8 bytes.
std::string with_old_table(const std::string& cache, std::uint32_t count) {
  std::string old = "ld.so-1.7.0" + std::string(1, '\0');
  put_u32(old, count);
  old += std::string(12 * count, '\x11');
  while (old.size() % 8 != 0) old += '\0';
  return old + cache;
}

}  // namespace

TEST_CASE("only the driver's libraries are kept, in order") {
  const auto found = parse_ld_cache(make_cache(kEntries));
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].soname == "libnvidia-ml.so.1");
  CHECK((*found)[1].path == "/lib/x86_64-linux-gnu/libcuda.so.1");
  CHECK((*found)[1].flags == 0x0303);
  CHECK((*found)[2].flags == 0x0003);
}

TEST_CASE("behind a table of the old format") {
  for (const std::uint32_t count : {0u, 1u, 2u, 7u}) {
    const auto found = parse_ld_cache(with_old_table(make_cache(kEntries), count));
    REQUIRE_MESSAGE(found, count);
    CHECK(found->size() == 3);
  }
}

TEST_CASE("every cut of a cache is refused or answers less, never more") {
  for (const std::string& whole : {make_cache(kEntries), with_old_table(make_cache(kEntries), 3)})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto found = parse_ld_cache(std::string_view(whole).substr(0, size));
      CHECK(!found);
      if (!found) CHECK(found.error().code == ErrorCode::kMalformed);
    }
}

TEST_CASE("forged counts and offsets") {
  const std::string good = make_cache(kEntries);
  for (const std::uint32_t forged : {0xffffffffu, 0x7fffffffu, 5u, 0x0aaaaaabu}) {
    std::string bytes = good, number;
    put_u32(number, forged);
    bytes.replace(20, 4, number);
    const auto found = parse_ld_cache(bytes);
    if (found) CHECK(found->size() <= 5);
  }
  std::string pointing_out = good, offset;
  put_u32(offset, 0xfffffff0u);
  pointing_out.replace(48 + 4, 4, offset);
  CHECK(contains(parse_ld_cache(pointing_out).error().message, "entry 0"));
  std::string old = with_old_table(good, 1), number;
  put_u32(number, 0xffffffffu);
  old.replace(12, 4, number);
  CHECK(!parse_ld_cache(old));
}

TEST_CASE("each byte changed, one after the other") {
  const std::string good = make_cache(kEntries);
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char value : {'\0', '\xff', '/'}) {
      std::string bytes = good;
      bytes[at] = value;
      const auto found = parse_ld_cache(bytes);
      if (found) CHECK(found->size() <= kEntries.size());
    }
}

TEST_CASE("other files") {
  CHECK(!parse_ld_cache(""));
  CHECK(!parse_ld_cache("glibc-ld.so.cache1.1"));
  CHECK(!parse_ld_cache(std::string(4096, '\0')));
  CHECK(!parse_ld_cache("ld.so-1.7.0"));
  CHECK(parse_ld_cache(make_cache({}))->empty());
  CHECK(parse_ld_cache(make_cache({{"libcuda.so.1", "relative/libcuda.so.1", 0x0303}}))->empty());
}
