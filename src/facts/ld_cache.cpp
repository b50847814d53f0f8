// The loader's cache, /etc/ld.so.cache: a header, a table of fixed-size entries, and the texts they point to.
// Every offset is foreign and is checked before it is followed.
#include <algorithm>
#include <cstring>

#include "facts/libraries.hpp"

namespace nvstack::facts {

namespace {

constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr std::string_view kNewMagic = "glibc-ld.so.cache1.1";
constexpr std::size_t kOldHeaderBytes = 16;  // magic, one byte of padding, u32 count
constexpr std::size_t kOldEntryBytes = 12;   // i32 flags, u32 key, u32 value
constexpr std::size_t kNewHeaderBytes = 48;  // magic, u32 count, u32 text bytes, flags, extensions, 3 unused
constexpr std::size_t kNewEntryBytes = 24;   // i32 flags, u32 key, u32 value, u32 osversion, u64 hwcap
constexpr std::size_t kTextBytesMax = 4096;

/// The bytes are in the machine's own order; every machine with an NVIDIA driver is little-endian.
std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  unsigned char b[4];
  std::memcpy(b, bytes.data() + at, sizeof b);
  return b[0] | (b[1] << 8) | (b[2] << 16) | (static_cast<std::uint32_t>(b[3]) << 24);
}

/// The NUL-terminated text at an offset; nothing when it runs out of the file or is too long.
std::optional<std::string_view> text_at(std::string_view bytes, std::uint32_t at) {
  if (at >= bytes.size()) return std::nullopt;
  const std::string_view rest = bytes.substr(at, kTextBytesMax);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

/// The new format's bytes: the whole file, or what follows the table of the old format.
Result<std::string_view> new_part(std::string_view bytes) {
  if (bytes.substr(0, kOldMagic.size()) != kOldMagic) return bytes;
  if (bytes.size() < kOldHeaderBytes)
    return fail(ErrorCode::kMalformed, "the cache's old header is cut short");
  const std::uint64_t count = u32_at(bytes, kOldHeaderBytes - 4);
  const std::uint64_t end = (kOldHeaderBytes + count * kOldEntryBytes + 7) & ~std::uint64_t{7};
  if (end > bytes.size()) return fail(ErrorCode::kMalformed, "the cache's old table is cut short");
  return bytes.substr(end);
}

}  // namespace

Result<std::vector<CachedLibrary>> parse_ld_cache(std::string_view file) {
  const std::string_view bytes = TRY(new_part(file));
  if (bytes.size() < kNewHeaderBytes || bytes.substr(0, kNewMagic.size()) != kNewMagic)
    return fail(ErrorCode::kMalformed, "not a loader cache of format glibc-ld.so.cache1.1");
  const std::uint64_t count = u32_at(bytes, kNewMagic.size());
  if (count > (bytes.size() - kNewHeaderBytes) / kNewEntryBytes)
    return fail(ErrorCode::kMalformed,
                "the cache says it has " + std::to_string(count) + " entries, more than the file can hold");
  std::vector<CachedLibrary> found;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = kNewHeaderBytes + i * kNewEntryBytes;
    const auto soname = text_at(bytes, u32_at(bytes, at + 4));
    const auto path = text_at(bytes, u32_at(bytes, at + 8));
    if (!soname || !path)
      return fail(ErrorCode::kMalformed,
                  "entry " + std::to_string(i) + " of the cache points out of the file");
    if (is_driver_library(*soname) && path->substr(0, 1) == "/")
      found.push_back({std::string(*soname), std::string(*path), u32_at(bytes, at)});
  }
  return found;
}

}  // namespace nvstack::facts
