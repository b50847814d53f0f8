// Small pure functions over text: splitting, trimming, numbers, glob patterns, nearest words. None of them
// allocates more than its result, none of them trusts its input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvstack {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
/// Splits at runs of blanks and tabs; no empty words.
std::vector<std::string_view> split_words(std::string_view text);
/// Lines without their '\n' (and without a '\r' before it); a last line without '\n' counts.
std::vector<std::string_view> split_lines(std::string_view text);
/// The part before and after the first separator; nothing when there is none.
std::optional<std::pair<std::string_view, std::string_view>> cut(std::string_view text,
                                                                 std::string_view separator);

bool contains(std::string_view text, std::string_view part);
std::string to_lower(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// Whole-string numbers: "12" yes, "12 " no. `parse_hex` takes an optional 0x,
/// `parse_double` neither "nan" nor "inf".
std::optional<std::uint64_t> parse_uint(std::string_view text);
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_hex(std::string_view text);
std::optional<double> parse_double(std::string_view text);

/// Shell-like match of the whole text: `*` any run, `?` any byte. Linear time for any pattern.
bool glob_match(std::string_view pattern, std::string_view text);

/// The text with NUL, control and non-UTF-8 bytes shown as \xNN, cut to `bytes_max` with "...".
std::string printable(std::string_view text, std::size_t bytes_max = 400);
bool is_utf8(std::string_view text);
bool has_control_bytes(std::string_view text);

/// The candidate with the least edit distance to `word`, or nothing when none is near (distance <= 1/3 length
/// + 1).
std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Terminal columns a UTF-8 text takes (East Asian wide characters count 2).
std::size_t display_width(std::string_view text);
/// Breaks text at blanks (or between wide characters) so that no line is wider than `columns`; the text's own
/// line breaks stay. Each line but the first starts with `indent` blanks.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace nvstack
