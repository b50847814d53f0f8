// nvstack explain: what a word means, offline.
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/explain.hpp"
#include "cli/machine.hpp"

namespace nvstack::cli {

Result<int> explain_command(const std::vector<std::string>& words, Terminal& terminal) {
  bool json = false, list = false, help = false;
  MachineOptions machine_options;
  const std::vector<Option> rows = {
      {"--json", "", N_("print JSON"), &json},
      {"--list", "", N_("print every word that is explained"), &list},
      {"--data", "DIR", N_("tables that replace the built-in ones"), &machine_options.data},
      {"-h,--help", "", N_("print this help"), &help},
  };
  std::vector<std::string> asked;
  TRY(parse_options(rows, words, asked, 16));
  if (help) {
    terminal.out(
        render_help("explain WORD...",
                    N_("Explains a word of the NVIDIA world, a column of nvidia-smi, a doctor rule, or an "
                       "error code: persistence, \"CUDA version\", P8, PHB, \"xid 79\", \"GPU in Docker\"."),
                    rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(machine_options));
  const std::vector<std::string> known = explanation_words(catalog);
  if (list) {
    terminal.out(join(known, "\n") + "\n");
    return kOk;
  }
  if (asked.empty())
    return fail(ErrorCode::kUsage, "explain what?", "nvstack explain --list prints every word");
  const std::string word = join(asked, " ");
  if (const auto explanation = find_explanation(catalog, word)) {
    terminal.out(json ? explanation_json(*explanation).dump(2) + "\n"
                      : render_explanation(*explanation, terminal.columns));
    return kOk;
  }
  const auto near = nearest_word(word, known);
  return fail(ErrorCode::kNotFound, "no explanation of \"" + printable(word, 80) + "\"",
              near ? "did you mean \"" + *near + "\"?" : "nvstack explain --list prints every word");
}

}  // namespace nvstack::cli
