// A bounded reader of ELF files: header, section table and the bytes of one section. Little-endian, 32 and 64
// bit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nvstack::host {

/// Bytes at an offset, so that a 50 MB module is not read whole. Asking beyond the end is kMalformed.
struct ByteSource {
  std::uint64_t size_bytes = 0;
  std::function<Result<std::string>(std::uint64_t offset, std::uint64_t size_bytes)> read_at;
};
ByteSource bytes_in_memory(std::string_view bytes);

struct ElfSection {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t link = 0;  // index of the string table of .dynamic
};

struct Elf {
  std::uint16_t machine = 0;  // 62 x86-64, 183 AArch64
  bool is_64_bit = false;
  std::vector<ElfSection> sections;
  const ElfSection* find(std::string_view name) const;
};

Result<Elf> read_elf(const ByteSource& source);
std::uint64_t little_endian(std::string_view bytes, std::size_t offset, std::size_t width);

}  // namespace nvstack::host
