#include "host/view.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "host/archive.hpp"
#include "host/live_host.hpp"
#include "host/view_sources.hpp"

namespace nvstack::host {

namespace {

constexpr std::size_t kPackedBytesMax = 512u << 20;
constexpr std::size_t kModuleBytesMax = 256u << 20;
constexpr std::size_t kNewcHeaderBytes = 110;

ByteSource bytes_in_file(int number, std::uint64_t size) {
  return {size, [number, size](std::uint64_t offset, std::uint64_t count) -> Result<std::string> {
            if (offset > size || count > size - offset)
              return fail(ErrorCode::kMalformed, "the file ends too early");
            std::string bytes(count, '\0');
            std::uint64_t done = 0;
            while (done < count) {
              const ssize_t got =
                  ::pread(number, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
              if (got < 0 && errno == EINTR) continue;
              if (got <= 0) return fail(ErrorCode::kMalformed, "the file ends too early");
              done += static_cast<std::uint64_t>(got);
            }
            return bytes;
          }};
}

bool is_elf(std::string_view bytes) {
  return bytes.substr(0, 4) ==
         "\x7f"
         "ELF";
}

/// "./init" is the same file as "init".
std::string plain_name(std::string_view name) {
  while (name.substr(0, 2) == "./") name.remove_prefix(2);
  return std::string(name);
}

/// The plain newc archives at the start (early microcode); returns where they end.
Result<std::size_t> read_newc(std::string_view bytes, std::size_t at, std::set<std::string>& names) {
  while (at + kNewcHeaderBytes <= bytes.size()) {
    const std::string_view header = bytes.substr(at, kNewcHeaderBytes);
    if (header.substr(0, 5) != "07070") return at;
    const auto size = parse_hex(header.substr(54, 8)), name_size = parse_hex(header.substr(94, 8));
    if (!size || !name_size || *name_size == 0) return fail(ErrorCode::kMalformed, "a broken cpio header");
    const auto aligned = [](std::uint64_t value) { return (value + 3) & ~std::uint64_t{3}; };
    const std::uint64_t data_at = aligned(at + kNewcHeaderBytes + *name_size);
    const std::uint64_t next = aligned(data_at + *size);
    if (data_at > bytes.size() || next > bytes.size() + 3)
      return fail(ErrorCode::kMalformed, "a cpio archive cut short");
    const std::string name(bytes.substr(at + kNewcHeaderBytes, *name_size - 1));
    at = next;
    if (name == "TRAILER!!!") break;
    names.insert(plain_name(name));
  }
  while (at < bytes.size() && bytes[at] == '\0') ++at;
  return std::min(at, bytes.size());
}

Result<std::string> module_file_view(int number, std::uint64_t size) {
  const ByteSource file = bytes_in_file(number, size);
  const std::string magic = TRY(file.read_at(0, std::min<std::uint64_t>(size, 4)));
  if (is_elf(magic)) return module_view_of(file);
  const std::string packed = TRY(read_open_file(number, "the module", {.bytes_max = kModuleBytesMax}));
  return module_view(TRY(decompress(packed, kModuleBytesMax)));
}

}  // namespace

Result<std::string> archive_view(std::string_view bytes) {
  std::set<std::string> names;
  std::size_t at = 0;
  for (std::size_t before = 1; before != at && at < bytes.size();) {
    before = at;
    at = TRY(read_newc(bytes, at, names));
  }
  if (at < bytes.size()) {
    TRY(walk_archive(bytes.substr(at), {}, [&](ArchiveEntry&& entry) -> Status {
      names.insert(plain_name(entry.name));
      return {};
    }));
  }
  std::string text;
  for (const std::string& name : names) text += printable(name, 1000) + "\n";
  return text;
}

Result<std::string> make_view(int number, const std::string& path, View view) {
  struct stat info {};
  if (::fstat(number, &info) != 0 || !S_ISREG(info.st_mode))
    return fail(ErrorCode::kMalformed, path + " is not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const std::string doing = "reading " + path;
  switch (view) {
    case View::kModule: return TRY_AS(doing, module_file_view(number, size));
    case View::kElf: return TRY_AS(doing, elf_view_of(bytes_in_file(number, size)));
    case View::kArchive:
      return TRY_AS(doing, archive_view(TRY(read_open_file(number, path, {.bytes_max = kPackedBytesMax}))));
  }
  return fail(ErrorCode::kMalformed, "no such view");
}

std::string_view view_name(View view) {
  switch (view) {
    case View::kModule: return "module";
    case View::kArchive: return "archive";
    case View::kElf: return "elf";
  }
  return "";
}

}  // namespace nvstack::host
