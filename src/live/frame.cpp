#include "live/frame.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::live {

namespace {

constexpr Size kSizeMax{1000, 2000};

struct Piece {
  char32_t glyph = U'?';
  std::size_t bytes = 1, width = 1;
};

/// The first character of a text that is not empty; a byte that begins none is a "?".
Piece first_piece(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first < 0x20 || first == 0x7f ? U'?' : char32_t{first}, 1, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || text.size() < bytes || !is_utf8(text.substr(0, bytes))) return {};
  char32_t glyph = first & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) glyph = glyph << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  if (glyph < 0xa0) return {U'?', bytes, 1};
  return {glyph, bytes, display_width(text.substr(0, bytes))};
}

}  // namespace

Frame::Frame(Size size, Glyphs glyphs)
    : size_{std::min(size.rows, kSizeMax.rows), std::min(size.columns, kSizeMax.columns)},
      glyphs_(glyphs),
      cells_(size_.rows * size_.columns) {}

std::size_t Frame::put(std::size_t row, std::size_t column, std::string_view text, Role role,
                       std::size_t width) {
  if (row >= size_.rows || column >= size_.columns) return column;
  const std::size_t end = column + std::min(width, size_.columns - column);
  Cell* cells = cells_.data() + row * size_.columns;
  std::size_t at = column;
  while (!text.empty()) {
    Piece piece = first_piece(text);
    if (glyphs_ == Glyphs::kAscii && piece.glyph >= 0x80) piece.glyph = U'?', piece.width = 1;
    if (at + piece.width > end) {
      if (end > column) cells[end - 1] = {U'~', role};
      return end;
    }
    cells[at++] = {piece.glyph, role};
    if (piece.width == 2) cells[at++] = {0, role};
    text.remove_prefix(piece.bytes);
  }
  return at;
}

void Frame::put_right(std::size_t row, std::size_t end, std::string_view text, Role role) {
  const std::size_t width = display_width(text);
  if (width <= end) put(row, end - width, text, role);
}

void Frame::set(std::size_t row, std::size_t column, char32_t glyph, Role role) {
  if (row < size_.rows && column < size_.columns) cells_[row * size_.columns + column] = {glyph, role};
}

void Frame::color(std::size_t row, std::size_t column, std::size_t width, Role role) {
  if (row >= size_.rows) return;
  for (std::size_t at = column; at < size_.columns && at - column < width; ++at)
    cells_[row * size_.columns + at].role = role;
}

std::optional<Region> Frame::region_at(std::size_t row, std::size_t column) const {
  for (const Region& region : regions_)
    if (region.row == row && column >= region.first && column < region.end) return region;
  return std::nullopt;
}

std::string Frame::text() const {
  std::string text;
  for (std::size_t row = 0; row < size_.rows; ++row) {
    std::string line;
    for (std::size_t column = 0; column < size_.columns; ++column)
      if (const char32_t glyph = this->row(row)[column].glyph; glyph != 0) line += utf8_of(glyph);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string utf8_of(char32_t glyph) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80u | (glyph >> shift & 0x3fu)); };
  if (glyph < 0x80) return {static_cast<char>(glyph)};
  if (glyph < 0x800) return {static_cast<char>(0xc0u | glyph >> 6), tail(0)};
  if (glyph < 0x10000) return {static_cast<char>(0xe0u | glyph >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0u | glyph >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace nvstack::live
