// The values of a board by name: readings (numbers or the reason why there are none) and texts. Private to
// virt.
#pragma once

#include "base/json.hpp"
#include "channel/state.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

/// The names of channel/readings.inc and strings.inc.
std::optional<channel::ReadingId> find_reading(std::string_view name);
std::optional<channel::TextId> find_text(std::string_view name);
std::string_view reading_name(channel::ReadingId id);
std::string_view text_name(channel::TextId id);
channel::Life reading_life(channel::ReadingId id);

/// A number, true, false, or a word for why there is none: "N/A" (not supported), "deprecated", "no
/// permission", "unknown". Errors: kMalformed.
Result<BoardValue> parse_value(const Json& value, const std::string& where);

Status read_values(const Json& table, const std::string& where, Board& board);
Status read_texts(const Json& table, const std::string& where, Board& board);
/// The tables of a GPU that differ from its board's: PCI identity, supported clocks.
Status read_own_board(const Json& pci, const std::vector<Json>& clocks, const std::string& where,
                      Board& board);
/// A board's whole table over what `board` holds already.
Status read_board_table(const Json& table, const std::string& where, Board& board);
/// Errors: kMalformed where values contradict each other: used memory above the total, a negative clock.
Status check_board(const Board& board, const std::string& where);
/// A board by name with the boards that it is `like`.
Result<Board> load_board(const std::string& id, const ScenarioLibrary& library, unsigned depth = 0);

}  // namespace nvstack::virt
