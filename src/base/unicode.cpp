// The UTF-8 part of text.hpp: validity, safe display, widths, wrapping.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/text.hpp"

namespace nvstack {

namespace {

struct Character {
  std::size_t bytes = 1;  // how many bytes it takes; 1 when invalid
  char32_t code = 0;
  bool valid = false;
};

Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length) return {};
  char32_t code = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {length, code, true};
}

bool is_wide(char32_t code) {
  return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
         (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
         (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
         (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x20000 && code <= 0x3FFFD);
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

}  // namespace

bool is_utf8(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  while (!text.empty()) {
    // Eight bytes of ASCII at once: tables and logs are little else.
    std::uint64_t eight = high_bits;
    if (text.size() >= sizeof eight) std::memcpy(&eight, text.data(), sizeof eight);
    if ((eight & high_bits) == 0) {
      text.remove_prefix(sizeof eight);
      continue;
    }
    const Character c = next_character(text);
    if (!c.valid) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

bool has_control_bytes(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') return true;
  return false;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= bytes_max) return out + "...";
    const Character c = next_character(text);
    if (c.valid && (!is_control(c.code) || c.code == '\t')) {
      out += text.substr(0, c.bytes);
    } else {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(text[0]));
      out += escaped.data();
    }
    text.remove_prefix(c.valid && !is_control(c.code) ? c.bytes : 1);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    width += c.valid && is_wide(c.code) ? 2 : 1;
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out, line, word;
  std::size_t line_width = 0, word_width = 0;
  bool first = true;
  const auto end_line = [&] {  // neither blanks at its end nor an indent before nothing
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (!first && !line.empty()) out += std::string(indent, ' ');
    out += line, first = false;
  };
  const auto break_line = [&] {
    end_line(), out += '\n';
    line.clear(), line_width = indent;
  };
  const auto put_word = [&] {
    if (word.empty()) return;
    if (line_width + word_width > columns && line_width > indent) break_line();
    line += word, line_width += word_width;
    word.clear(), word_width = 0;
  };
  line_width = indent;
  while (!text.empty()) {
    const Character c = next_character(text);
    const std::string_view piece = text.substr(0, c.bytes);
    if (piece == "\n") {
      put_word(), break_line();
    } else if (piece == " ") {
      put_word();
      if (line_width > indent) line += ' ', ++line_width;
    } else {
      const bool wide = c.valid && is_wide(c.code);
      if (wide) put_word();
      word += piece, word_width += wide ? 2 : 1;
      if (wide) put_word();
    }
    text.remove_prefix(c.bytes);
  }
  put_word(), end_line();
  return out;
}

}  // namespace nvstack
