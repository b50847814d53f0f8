#include "cli/smi_verbs.hpp"

#include <cstdlib>

#include "base/text.hpp"

namespace nvstack::cli {

const std::vector<SmiVerb>& smi_verbs() {
  static const std::vector<SmiVerb> all = {
      {"record", "FILE [OPTION]...", N_("write what the GPUs show over time into a file"), smi_record},
      {"replay", "FILE [OPTION]... [-- VIEW...]",
       N_("stage the machine of a recording as a virtual host, with its values at their times, and run a "
          "view on it: the default "
          "table, options of nvidia-smi as in -- dmon -c 5, or any command"),
       smi_replay},
      {"diff", "BEFORE [AFTER] [--json]",
       N_("what differs between two recordings or outputs of nvidia-smi -q, or between the ends of one "
          "recording; FILE@TIME is a "
          "moment of a recording, its last one unless given"),
       smi_diff},
      {"watch", "CONDITION [OPTION]...",
       N_("wait until a condition over the fields of --query-gpu begins to hold, as in 'temperature.gpu > 85 "
          "for 30s': print a line "
          "for each GPU, run a command. Exit code 3 when it did"),
       smi_watch},
  };
  return all;
}

const SmiVerb* find_smi_verb(std::string_view name) {
  for (const SmiVerb& verb : smi_verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

std::string render_smi_verbs(std::size_t columns) {
  std::string text = translate(N_("Beside them:")) + "\n";
  for (const SmiVerb& verb : smi_verbs()) {
    std::string line = "  " + std::string(verb.name);
    line.resize(12, ' ');
    text += line + wrap(render(verb.summary), columns, 12) + "\n";
  }
  return text;
}

std::string render_smi_help(std::string_view name, const std::vector<Option>& options, std::size_t columns) {
  const SmiVerb* verb = find_smi_verb(name);
  if (!verb) std::abort();
  return render_help("smi " + std::string(name) + " " + std::string(verb->usage), verb->summary, options,
                     columns);
}

}  // namespace nvstack::cli
