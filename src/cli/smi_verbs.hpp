// The verbs that `nvstack smi` adds to nvidia-smi's own: one row and one file each.
#pragma once

#include "cli/command.hpp"
#include "cli/live_driver.hpp"

namespace nvstack::cli {

struct SmiVerb {
  std::string_view name;
  std::string_view usage;
  Message summary;
  Result<int> (*run)(const std::vector<std::string>& words, Terminal& terminal);
};
const std::vector<SmiVerb>& smi_verbs();
/// Null when nvstack adds no verb of that name.
const SmiVerb* find_smi_verb(std::string_view name);
/// The verbs with their summaries, for the help of nvstack smi.
std::string render_smi_verbs(std::size_t columns);
/// The help of one verb: its usage, summary and options.
std::string render_smi_help(std::string_view name, const std::vector<Option>& options, std::size_t columns);

Result<int> smi_diff(const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_replay(const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_watch(const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_watch_on(OpenDriver open, const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_record(const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_record_on(OpenDriver open, const std::vector<std::string>& words, Terminal& terminal);

}  // namespace nvstack::cli
