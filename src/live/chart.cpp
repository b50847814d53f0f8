#include "live/chart.hpp"

#include <algorithm>
#include <cmath>

namespace nvstack::live {

namespace {

constexpr std::size_t kEighths = 8;

/// A cell filled from below by so many eighths.
char32_t level_glyph(Glyphs glyphs, std::size_t eighths) {
  if (eighths == 0) return U' ';
  if (glyphs == Glyphs::kUnicode) return U'\u2580' + static_cast<char32_t>(std::min(eighths, kEighths));
  constexpr char32_t kAscii[] = {U'.', U':', U'|', U'#'};
  return kAscii[std::min<std::size_t>((eighths - 1) / 2, 3)];
}

/// A cell filled from the left by so many eighths.
char32_t bar_glyph(Glyphs glyphs, std::size_t eighths) {
  if (eighths == 0) return glyphs == Glyphs::kUnicode ? U' ' : U'.';
  if (glyphs == Glyphs::kAscii) return eighths >= 4 ? U'#' : U'.';
  return U'\u2590' - static_cast<char32_t>(std::min(eighths, kEighths));
}

}  // namespace

void draw_curve(Frame& frame, const Box& box, const Series& series, double most, Role role) {
  const std::size_t height = box.rows * kEighths;
  for (std::size_t i = 0; i < box.columns; ++i) {
    const auto value = series.ago(box.columns - 1 - i);
    if (!value) continue;
    const double part = most > 0 ? std::clamp(*value / most, 0.0, 1.0) : 0;
    auto filled = static_cast<std::size_t>(std::lround(part * static_cast<double>(height)));
    if (filled == 0) filled = 1;  // a measured zero is a line, a gap is nothing
    for (std::size_t line = 0; line < box.rows; ++line) {
      const std::size_t below = line * kEighths;
      const std::size_t here = filled > below ? std::min(filled - below, kEighths) : 0;
      frame.set(box.row + box.rows - 1 - line, box.column + i, level_glyph(frame.glyphs(), here), role);
    }
  }
}

void draw_bar(Frame& frame, const Box& box, double part, Role role) {
  const auto filled = static_cast<std::size_t>(
      std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(box.columns * kEighths)));
  for (std::size_t i = 0; i < box.columns; ++i) {
    const std::size_t before = i * kEighths;
    const std::size_t here = filled > before ? std::min(filled - before, kEighths) : 0;
    frame.set(box.row, box.column + i, bar_glyph(frame.glyphs(), here), role);
  }
}

}  // namespace nvstack::live
