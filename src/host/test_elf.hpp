// Small ELF files, module signatures and cpio archives built in memory, for tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace nvstack::host::test {

inline void put_number(std::string& bytes, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
}

struct Section {
  std::string name;
  std::string bytes;
  std::uint32_t link = 0;
};

/// A little-endian 64-bit ELF with the sections given, a null section before and .shstrtab behind them.
inline std::string make_elf(std::vector<Section> sections, std::uint16_t machine = 62) {
  std::string names(1, '\0');
  sections.insert(sections.begin(), Section{});
  sections.push_back({".shstrtab", "", 0});
  std::vector<std::uint32_t> name_at;
  for (const Section& section : sections) {
    name_at.push_back(section.name.empty() ? 0 : static_cast<std::uint32_t>(names.size()));
    if (!section.name.empty()) names += section.name + '\0';
  }
  sections.back().bytes = names;
  std::string body(64, '\0'), table;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    put_number(table, name_at[i], 4), put_number(table, 1, 4), put_number(table, 0, 8),
        put_number(table, 0, 8);
    put_number(table, body.size(), 8), put_number(table, sections[i].bytes.size(), 8);
    put_number(table, sections[i].link, 4), put_number(table, 0, 4), put_number(table, 1, 8),
        put_number(table, 0, 8);
    body += sections[i].bytes;
  }
  std::string header =
      "\x7f"
      "ELF\x02\x01\x01";
  header.resize(16, '\0');
  put_number(header, 1, 2), put_number(header, machine, 2), put_number(header, 1, 4),
      put_number(header, 0, 8);
  put_number(header, 0, 8), put_number(header, body.size(), 8), put_number(header, 0, 4),
      put_number(header, 64, 2);
  put_number(header, 0, 2), put_number(header, 0, 2), put_number(header, 64, 2);
  put_number(header, sections.size(), 2), put_number(header, sections.size() - 1, 2);
  return header + body.substr(64) + table;
}

/// What sign-file appends: a blob with one common name, struct module_signature, the mark.
inline std::string make_signature(const std::string& common_name) {
  std::string blob = std::string("\x30\x20\x06\x03\x55\x04\x03\x0c", 8);
  blob += static_cast<char>(common_name.size());
  blob += common_name;
  std::string tail(8, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) tail += static_cast<char>(blob.size() >> shift & 255);
  return blob + tail + "~Module signature appended~\n";
}

/// A "newc" cpio archive of empty files.
inline std::string make_newc(std::vector<std::string> names) {
  names.emplace_back("TRAILER!!!");
  std::string bytes;
  for (const std::string& name : names) {
    char header[111];
    std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
                  0100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, static_cast<unsigned>(name.size() + 1), 0);
    bytes += std::string(header, 110) + name + '\0';
    while (bytes.size() % 4 != 0) bytes += '\0';
  }
  return bytes;
}

}  // namespace nvstack::host::test
