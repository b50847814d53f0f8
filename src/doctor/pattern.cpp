// The pattern language of rules.rec.
#include <cctype>

#include "base/text.hpp"
#include "doctor/log_scan.hpp"

namespace nvstack::doctor {

namespace {

// The start of the text that is safe to paste into a shell: a log is written by anybody.
std::string_view safe_word(std::string_view text) {
  constexpr std::size_t kWordMax = 120;
  std::size_t end = 0;
  while (end < text.size() && end < kWordMax &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || contains("._:+~/-", text.substr(end, 1))))
    ++end;
  text = text.substr(0, end);
  return text.starts_with('-') ? std::string_view() : text;
}

}  // namespace

Pattern::Pattern(std::string_view text) {
  if (text.ends_with('$')) to_end_ = true, text.remove_suffix(1);
  Piece piece;
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t close = c == '{' ? text.find('}') : std::string_view::npos;
    if (c == '*') {
      pieces_.push_back(std::move(piece)), piece = {};
      text.remove_prefix(1);
    } else if (close != std::string_view::npos) {
      piece.gap_named = true, piece.name = text.substr(1, close - 1);
      pieces_.push_back(std::move(piece)), piece = {};
      text.remove_prefix(close + 1);
    } else {
      piece.literal += c;
      text.remove_prefix(1);
    }
  }
  pieces_.push_back(std::move(piece));
}

std::string_view Pattern::literal() const {
  std::string_view longest;
  for (const Piece& piece : pieces_)
    if (piece.literal.size() > longest.size()) longest = piece.literal;
  return longest;
}

// Each literal is taken where it first occurs after the one before: one walk over the line whatever the
// pattern.
bool Pattern::match(std::string_view line, std::map<std::string, std::string>* values) const {
  line = trim(line);
  std::size_t at = 0;
  if (to_end_ && !line.ends_with(pieces_.back().literal)) return false;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    std::size_t found = line.find(pieces_[i].literal, at);
    if (to_end_ && i + 1 == pieces_.size()) found = line.size() - pieces_[i].literal.size();
    if (found == std::string_view::npos || found < at) return false;
    if (i > 0 && pieces_[i - 1].gap_named) {
      const bool last = pieces_[i].literal.empty();
      if (!last && contains(line.substr(at, found - at), " ")) return false;
      const std::string_view value = safe_word(line.substr(at, last ? std::string_view::npos : found - at));
      if (values && !value.empty()) values->try_emplace(pieces_[i - 1].name, value);
    }
    at = found + pieces_[i].literal.size();
  }
  return true;
}

}  // namespace nvstack::doctor
