// nvstack detect: what is there, part by part, without judging it.
#include "cli/command.hpp"
#include "cli/detect_text.hpp"
#include "cli/machine.hpp"
#include "facts/facts.hpp"

namespace nvstack::cli {

Result<int> detect_command(const std::vector<std::string>& words, Terminal& terminal) {
  MachineOptions machine_options;
  bool json = false, help = false;
  std::vector<Option> rows = {{"--json", "", N_("print JSON (docs/formats/detect.md)"), &json}};
  for (Option& row : machine_option_rows(machine_options)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (help) {
    terminal.out(render_help("detect [OPTION]...",
                             N_("Prints the GPUs, the driver, the libraries and every other part of the "
                                "NVIDIA stack as they are found."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(machine_options));
  const Machine machine = TRY(open_machine(machine_options));
  const facts::HostFacts facts = facts::gather(*machine.host, *machine.nvml, catalog);
  terminal.out(json ? facts::facts_json(facts).dump(2) + "\n" : render_facts(facts, terminal.columns));
  return kOk;
}

}  // namespace nvstack::cli
