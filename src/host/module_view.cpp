// kModule and kElf: what a kernel module says of itself (.modinfo, the appended signature), what a library
// needs.
#include <algorithm>

#include "base/text.hpp"
#include "host/elf.hpp"
#include "host/view.hpp"
#include "host/view_sources.hpp"

namespace nvstack::host {

namespace {

constexpr std::uint64_t kSectionBytesMax = 4u << 20;
constexpr std::string_view kSignatureMark = "~Module signature appended~\n";
constexpr std::size_t kElfTextBytesMax = 1u << 20;
constexpr std::uint64_t kSignatureBytesMax = 64u << 10;

Result<std::string> section_bytes(const ByteSource& source, const ElfSection& section) {
  if (section.size_bytes > kSectionBytesMax)
    return fail(ErrorCode::kTooLarge, "its section " + printable(section.name, 40) + " is larger than 4 MiB");
  return source.read_at(section.offset, section.size_bytes);
}

/// The first common name (OID 2.5.4.3) in a DER blob: the issuer of the signing key, as modinfo prints it.
std::string common_name(std::string_view der) {
  const std::size_t at = der.find(std::string_view("\x06\x03\x55\x04\x03", 5));
  if (at == std::string_view::npos || at + 7 > der.size()) return {};
  const auto length = static_cast<unsigned char>(der[at + 6]);
  if (length >= 0x80) return {};
  return printable(der.substr(at + 7, length), 200);
}

/// struct module_signature (include/linux/module_signature.h): 8 bytes of ids, then the blob's size,
/// big-endian.
Result<std::string> signature_lines(const ByteSource& source) {
  const std::uint64_t tail_bytes = kSignatureMark.size() + 12;
  if (source.size_bytes < tail_bytes) return std::string("nvstack.signed=no\n");
  const std::string tail = TRY(source.read_at(source.size_bytes - tail_bytes, tail_bytes));
  if (tail.substr(12) != kSignatureMark) return std::string("nvstack.signed=no\n");
  std::uint64_t size = 0;
  for (std::size_t i = 8; i < 12; ++i) size = size << 8 | static_cast<unsigned char>(tail[i]);
  if (size > kSignatureBytesMax || size + tail_bytes > source.size_bytes)
    return fail(ErrorCode::kMalformed, "its appended signature has an impossible size");
  const std::string blob = TRY(source.read_at(source.size_bytes - tail_bytes - size, size));
  return "nvstack.signed=yes\nnvstack.signer=" + common_name(blob) + "\n";
}

}  // namespace

Result<std::string> module_view_of(const ByteSource& source) {
  const Elf elf = TRY(read_elf(source));
  const ElfSection* section = elf.find(".modinfo");
  if (!section) return fail(ErrorCode::kMalformed, "an ELF file without .modinfo: no kernel module");
  const std::string entries = TRY(section_bytes(source, *section));
  std::string text;
  for (const std::string_view entry : split(entries, '\0'))
    if (!entry.empty()) text += printable(entry, 1000) + "\n";
  return text + TRY(signature_lines(source));
}

Result<std::string> module_view(std::string_view elf) {
  return module_view_of(bytes_in_memory(elf));
}

Result<std::string> elf_view_of(const ByteSource& source) {
  const Elf elf = TRY(read_elf(source));
  std::string text =
      "machine=" + std::to_string(elf.machine) + "\nclass=" + (elf.is_64_bit ? "64" : "32") + "\n";
  const ElfSection* dynamic = elf.find(".dynamic");
  if (!dynamic || dynamic->link >= elf.sections.size()) return text;
  const std::string names = TRY(section_bytes(source, elf.sections[dynamic->link]));
  const std::string entries = TRY(section_bytes(source, *dynamic));
  const std::size_t word = elf.is_64_bit ? 8 : 4;
  constexpr std::uint64_t kNeeded = 1, kSoname = 14;
  for (std::size_t at = 0; at + 2 * word <= entries.size(); at += 2 * word) {
    const std::uint64_t tag = little_endian(entries, at, word);
    const std::uint64_t offset = little_endian(entries, at + word, word);
    if ((tag != kNeeded && tag != kSoname) || offset >= names.size()) continue;
    const std::string_view start = std::string_view(names).substr(offset, 256);
    const std::string_view name = start.substr(0, start.find('\0'));
    text += (tag == kNeeded ? "needed=" : "soname=") + printable(name, 200) + "\n";
    if (text.size() > kElfTextBytesMax) return fail(ErrorCode::kTooLarge, "it needs too many libraries");
  }
  return text;
}

Result<std::string> elf_view(std::string_view elf) {
  return elf_view_of(bytes_in_memory(elf));
}

}  // namespace nvstack::host
