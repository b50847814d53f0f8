#include "virt/loader_cache.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>

namespace nvstack::virt {

namespace {

constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr std::string_view kNewMagic = "glibc-ld.so.cache1.1";
constexpr std::size_t kOldHeaderBytes = 16, kOldEntryBytes = 12;
constexpr std::size_t kNewHeaderBytes = 48, kNewEntryBytes = 24;
constexpr std::size_t kTextBytesMax = 4096;
#if defined(__x86_64__)
constexpr std::uint32_t kFlags = 0x0303;  // ELF, glibc 2, x86-64
#elif defined(__aarch64__)
constexpr std::uint32_t kFlags = 0x0a03;  // ELF, glibc 2, AArch64
#else
constexpr std::uint32_t kFlags = 0x0003;
#endif
constexpr char kLittleEndian = 2;

struct Entry {
  std::uint32_t flags = 0, osversion = 0;
  std::uint64_t hwcap = 0;
  std::string soname, path;
};

template <typename T>
T value_at(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <typename T>
void put_value(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

std::optional<std::string> text_at(std::string_view bytes, std::uint32_t at) {
  if (at >= bytes.size()) return std::nullopt;
  const std::string_view rest = bytes.substr(at, kTextBytesMax);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, end));
}

/// Older systems write the old table first, the new one after it.
Result<std::string_view> new_part(std::string_view bytes) {
  if (!bytes.starts_with(kOldMagic)) return bytes;
  if (bytes.size() < kOldHeaderBytes)
    return fail(ErrorCode::kMalformed, "the cache's old header is cut short");
  const std::uint64_t count = value_at<std::uint32_t>(bytes, kOldHeaderBytes - 4);
  const std::uint64_t end = (kOldHeaderBytes + count * kOldEntryBytes + 7) & ~std::uint64_t{7};
  if (end > bytes.size()) return fail(ErrorCode::kMalformed, "the cache's old table is cut short");
  return bytes.substr(end);
}

Result<std::vector<Entry>> read_entries(std::string_view file) {
  std::vector<Entry> entries;
  if (file.empty()) return entries;
  const std::string_view bytes = TRY(new_part(file));
  if (bytes.size() < kNewHeaderBytes || !bytes.starts_with(kNewMagic))
    return fail(ErrorCode::kMalformed, "not a loader cache of format glibc-ld.so.cache1.1");
  const std::uint64_t count = value_at<std::uint32_t>(bytes, kNewMagic.size());
  if (count > (bytes.size() - kNewHeaderBytes) / kNewEntryBytes)
    return fail(ErrorCode::kMalformed, "the loader cache is cut short");
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = kNewHeaderBytes + i * kNewEntryBytes;
    Entry entry;
    entry.flags = value_at<std::uint32_t>(bytes, at);
    entry.osversion = value_at<std::uint32_t>(bytes, at + 12);
    entry.hwcap = value_at<std::uint64_t>(bytes, at + 16);
    auto soname = text_at(bytes, value_at<std::uint32_t>(bytes, at + 4));
    auto path = text_at(bytes, value_at<std::uint32_t>(bytes, at + 8));
    if (!soname || !path)
      return fail(ErrorCode::kMalformed, "an entry of the loader cache points out of the file");
    // An entry that names its hardware level by number needs the extension section, which is not kept: the
    // plain variant of the same library stands beside it.
    if (entry.hwcap >> 62 == 1) continue;
    entry.soname = std::move(*soname), entry.path = std::move(*path);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string write_entries(const std::vector<Entry>& entries) {
  std::string table(kNewHeaderBytes + entries.size() * kNewEntryBytes, '\0');
  std::string texts;
  std::map<std::string_view, std::uint32_t> known;
  const auto place = [&](const std::string& text) {
    const auto [at, is_new] =
        known.try_emplace(text, static_cast<std::uint32_t>(table.size() + texts.size()));
    if (is_new) texts.append(text.c_str(), text.size() + 1);
    return at->second;
  };
  std::memcpy(table.data(), kNewMagic.data(), kNewMagic.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const std::size_t at = kNewHeaderBytes + i * kNewEntryBytes;
    put_value(table, at, entry.flags);
    put_value(table, at + 4, place(entry.soname));
    put_value(table, at + 8, place(entry.path));
    put_value(table, at + 12, entry.osversion);
    put_value(table, at + 16, entry.hwcap);
  }
  put_value(table, kNewMagic.size(), static_cast<std::uint32_t>(entries.size()));
  put_value(table, kNewMagic.size() + 4, static_cast<std::uint32_t>(texts.size()));
  table[kNewMagic.size() + 8] = kLittleEndian;
  return table + texts;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A run of digits as a number that does not overflow.
std::uint64_t take_number(std::string_view& text) {
  std::uint64_t number = 0;
  while (!text.empty() && is_digit(text[0])) {
    if (number < UINT64_MAX / 20) number = number * 10 + static_cast<std::uint64_t>(text[0] - '0');
    text.remove_prefix(1);
  }
  return number;
}

}  // namespace

int compare_loader_names(std::string_view a, std::string_view b) {
  while (!a.empty()) {
    if (is_digit(a[0])) {
      if (b.empty() || !is_digit(b[0])) return 1;
      const std::uint64_t left = take_number(a), right = take_number(b);
      if (left != right) return left < right ? -1 : 1;
      continue;
    }
    if (!b.empty() && is_digit(b[0])) return -1;
    const char other = b.empty() ? '\0' : b[0];
    if (a[0] != other) return static_cast<int>(a[0]) - static_cast<int>(other);
    a.remove_prefix(1), b.remove_prefix(1);
  }
  return b.empty() ? 0 : -static_cast<int>(b[0]);
}

Result<std::string> add_to_loader_cache(std::string_view cache, const std::vector<CachedLibrary>& added) {
  std::vector<Entry> entries = TRY(read_entries(cache));
  std::erase_if(entries, [&](const Entry& entry) {
    return entry.flags == kFlags &&
           std::any_of(added.begin(), added.end(),
                       [&](const CachedLibrary& library) { return library.soname == entry.soname; });
  });
  std::vector<Entry> fresh;
  for (const CachedLibrary& library : added) fresh.push_back({kFlags, 0, 0, library.soname, library.path});
  entries.insert(entries.begin(), fresh.begin(), fresh.end());
  // The loader searches by halves through a table that falls by name.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const int order = compare_loader_names(a.soname, b.soname);
    return order != 0 ? order > 0 : a.flags > b.flags;
  });
  return write_entries(entries);
}

}  // namespace nvstack::virt
