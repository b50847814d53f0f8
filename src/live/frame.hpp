// Frame is one picture of the live view: a grid of characters with their roles, and what a click on each part
// means. Layouts fill it, the screen paints it, a test reads it as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvstack::live {

/// What a cell is, from which a theme makes its colour.
enum class Role : std::uint8_t {
  kPlain,
  kDim,       // what matters less: units, hints
  kTitle,     // the first line and the heads of columns
  kSorted,    // the head of the column that orders the list
  kSelected,  // the chosen row
  kGood,
  kWarning,
  kBad,
  kChart,  // bars and curves
  kDialog,
};

/// What a click means: a GPU by its place in the list, a process by its place, the head of a column.
enum class Target : std::uint8_t { kGpu, kProcess, kColumn };
struct Region {
  std::size_t row = 0, first = 0, end = 0;  // columns [first, end)
  Target target = Target::kGpu;
  std::size_t value = 0;
};

struct Size {
  std::size_t rows = 24, columns = 80;
  bool operator==(const Size&) const = default;
};

struct Cell {
  char32_t glyph = U' ';  // 0: the second half of a wide character
  Role role = Role::kPlain;
  bool operator==(const Cell&) const = default;
};

enum class Glyphs { kUnicode, kAscii };

class Frame {
 public:
  explicit Frame(Size size, Glyphs glyphs = Glyphs::kUnicode);

  Size size() const { return size_; }
  Glyphs glyphs() const { return glyphs_; }
  /// Puts text at most `width` columns wide and returns where it ended. What does not fit is cut with a "~";
  /// outside of the frame nothing happens. In ASCII every other character becomes "?".
  std::size_t put(std::size_t row, std::size_t column, std::string_view text, Role role = Role::kPlain,
                  std::size_t width = SIZE_MAX);
  /// The same with its end at `end`.
  void put_right(std::size_t row, std::size_t end, std::string_view text, Role role = Role::kPlain);
  void set(std::size_t row, std::size_t column, char32_t glyph, Role role);
  /// Gives a part of a row another role.
  void color(std::size_t row, std::size_t column, std::size_t width, Role role);
  void add_region(const Region& region) { regions_.push_back(region); }
  std::optional<Region> region_at(std::size_t row, std::size_t column) const;

  const Cell* row(std::size_t number) const { return cells_.data() + number * size_.columns; }
  /// Every row without the blanks at its end, with '\n'.
  std::string text() const;

 private:
  Size size_;
  Glyphs glyphs_;
  std::vector<Cell> cells_;
  std::vector<Region> regions_;
};

/// One character as UTF-8.
std::string utf8_of(char32_t glyph);

}  // namespace nvstack::live
