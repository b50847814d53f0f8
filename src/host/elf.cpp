#include "host/elf.hpp"

namespace nvstack::host {

namespace {

constexpr std::uint64_t kNamesBytesMax = 4u << 20;
constexpr std::uint64_t kSectionsMax = 65'000;
constexpr std::size_t kNameBytesMax = 256;  // 65000 names of 4 MiB would be 260 GB

tl::unexpected<Error> cut_short(const char* what) {
  return fail(ErrorCode::kMalformed, std::string("not a whole ELF file: ") + what);
}

std::string name_at(const std::string& names, std::uint64_t offset) {
  if (offset >= names.size()) return {};
  const std::string_view start = std::string_view(names).substr(offset, kNameBytesMax);
  return std::string(start.substr(0, start.find('\0')));
}

/// Where the fields of a section header lie, by class.
struct SectionLayout {
  std::size_t entry_bytes, offset_at, word_bytes, size_at, link_at;
};
constexpr SectionLayout kLayout64{64, 24, 8, 32, 40};
constexpr SectionLayout kLayout32{40, 16, 4, 20, 24};

}  // namespace

ByteSource bytes_in_memory(std::string_view bytes) {
  return {bytes.size(), [bytes](std::uint64_t offset, std::uint64_t size) -> Result<std::string> {
            if (offset > bytes.size() || size > bytes.size() - offset) return cut_short("it ends too early");
            return std::string(bytes.substr(offset, size));
          }};
}

std::uint64_t little_endian(std::string_view bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width && offset + i < bytes.size(); ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  return value;
}

const ElfSection* Elf::find(std::string_view name) const {
  for (const ElfSection& section : sections)
    if (section.name == name) return &section;
  return nullptr;
}

Result<Elf> read_elf(const ByteSource& source) {
  const std::string header = TRY(source.read_at(0, std::min<std::uint64_t>(64, source.size_bytes)));
  if (header.size() < 52 || header.substr(0, 4) !=
                                "\x7f"
                                "ELF")
    return cut_short("no ELF header");
  if (header[5] != 1) return cut_short("only little-endian files are read");
  Elf elf;
  elf.is_64_bit = header[4] == 2;
  if (elf.is_64_bit && header.size() < 64) return cut_short("no ELF header");
  elf.machine = static_cast<std::uint16_t>(little_endian(header, 18, 2));
  const SectionLayout layout = elf.is_64_bit ? kLayout64 : kLayout32;
  const std::uint64_t table_at = little_endian(header, elf.is_64_bit ? 40 : 32, layout.word_bytes);
  const std::size_t tail = elf.is_64_bit ? 58 : 46;
  const std::uint64_t count = little_endian(header, tail + 2, 2);
  const std::uint64_t names_index = little_endian(header, tail + 4, 2);
  if (little_endian(header, tail, 2) != layout.entry_bytes || count == 0 || count > kSectionsMax ||
      names_index >= count)
    return cut_short("no section table");
  const std::string table = TRY(source.read_at(table_at, count * layout.entry_bytes));
  std::vector<std::uint64_t> name_offsets;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view entry = std::string_view(table).substr(i * layout.entry_bytes, layout.entry_bytes);
    ElfSection section;
    section.type = static_cast<std::uint32_t>(little_endian(entry, 4, 4));
    section.offset = little_endian(entry, layout.offset_at, layout.word_bytes);
    section.size_bytes = little_endian(entry, layout.size_at, layout.word_bytes);
    section.link = static_cast<std::uint32_t>(little_endian(entry, layout.link_at, 4));
    name_offsets.push_back(little_endian(entry, 0, 4));
    elf.sections.push_back(std::move(section));
  }
  const ElfSection& names_section = elf.sections[names_index];
  if (names_section.size_bytes > kNamesBytesMax) return cut_short("its table of names is too large");
  const std::string names = TRY(source.read_at(names_section.offset, names_section.size_bytes));
  for (std::uint64_t i = 0; i < count; ++i) elf.sections[i].name = name_at(names, name_offsets[i]);
  return elf;
}

}  // namespace nvstack::host
