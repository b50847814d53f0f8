#include "virt/board_values.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::virt {

namespace {

using channel::kReadings, channel::kTexts, channel::Life, channel::ReadingId, channel::TextId;

struct ReadingRow {
  std::string_view name;
  Life life;
};
constexpr std::array<ReadingRow, kReadings> kReadingRows = {{
#define READING(id, life) {#id, Life::life},
#include "channel/readings.inc"
#undef READING
}};
constexpr std::array<std::string_view, kTexts> kTextRows = {
#define TEXT(id) #id,
#include "channel/strings.inc"
#undef TEXT
};

template <typename Id, typename Rows, typename Name>
std::optional<Id> find_row(const Rows& rows, std::string_view name, const Name& name_of) {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return name_of(row) == name; });
  if (at == rows.end()) return std::nullopt;
  return static_cast<Id>(at - rows.begin());
}

Error unknown_name(const std::string& where, const std::string& key, const std::vector<std::string>& names) {
  const auto near = nearest_word(key, names);
  return {ErrorCode::kMalformed,
          where + ": unknown value \"" + printable(key, 60) + "\"",
          near ? "did you mean " + *near + "?" : "docs/formats/scenario.md lists the values",
          {}};
}

struct MissingWord {
  std::string_view word;
  int code;  // nvmlReturn_t
};
constexpr MissingWord kMissingWords[] = {
    {"N/A", 3}, {"no permission", 4}, {"not found", 6}, {"deprecated", 26}, {"unknown", 999}};

}  // namespace

std::optional<ReadingId> find_reading(std::string_view name) {
  return find_row<ReadingId>(kReadingRows, name, [](const ReadingRow& row) { return row.name; });
}
std::optional<TextId> find_text(std::string_view name) {
  return find_row<TextId>(kTextRows, name, [](std::string_view row) { return row; });
}
std::string_view reading_name(ReadingId id) {
  return kReadingRows[static_cast<std::size_t>(id)].name;
}
std::string_view text_name(TextId id) {
  return kTextRows[static_cast<std::size_t>(id)];
}
Life reading_life(ReadingId id) {
  return kReadingRows[static_cast<std::size_t>(id)].life;
}

Result<BoardValue> parse_value(const Json& value, const std::string& where) {
  if (value.integer()) return BoardValue{*value.integer(), 0};
  if (value.boolean()) return BoardValue{*value.boolean() ? 1 : 0, 0};
  if (value.string())
    for (const MissingWord& row : kMissingWords)
      if (*value.string() == row.word) return BoardValue{0, row.code};
  return fail(ErrorCode::kMalformed, where + " must be a whole number, true, false or \"N/A\"",
              "the other words are \"deprecated\", \"no permission\", \"not found\" and \"unknown\"");
}

Status read_values(const Json& table, const std::string& where, Board& board) {
  if (!table.members()) return {};
  for (const auto& [key, value] : *table.members()) {
    if (!find_reading(key)) {
      std::vector<std::string> names;
      for (const ReadingRow& row : kReadingRows) names.emplace_back(row.name);
      return fail(unknown_name(where, key, names));
    }
    board.readings[key] = TRY(parse_value(value, where + ": " + key));
  }
  return {};
}

Status read_texts(const Json& table, const std::string& where, Board& board) {
  if (!table.members()) return {};
  for (const auto& [key, value] : *table.members()) {
    if (!find_text(key)) return fail(unknown_name(where, key, {kTextRows.begin(), kTextRows.end()}));
    if (!value.string() || value.string()->size() >= channel::kTextBytes)
      return fail(ErrorCode::kMalformed, where + ": " + key + " must be a text of at most 95 bytes", "");
    board.texts[key] = *value.string();
  }
  return {};
}

}  // namespace nvstack::virt
