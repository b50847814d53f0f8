// nvstack doctor: one machine, many captured machines (a line each), or one pasted log.
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/machine.hpp"
#include "doctor/doctor.hpp"
#include "facts/facts.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kLogBytesMax = 64u << 20;

struct Wanted {
  MachineOptions machine;
  std::string log;
  bool json = false;
  bool help = false;
};

std::vector<Option> option_rows(Wanted& wanted) {
  std::vector<Option> rows = {
      {"--json", "", N_("print JSON (docs/formats/doctor.md)"), &wanted.json},
      {"--log", "FILE",
       N_("judge this kernel log, installer log, make.log, bug report or program output alone; - reads "
          "standard input"),
       &wanted.log},
  };
  for (Option& row : machine_option_rows(wanted.machine)) {
    if (row.name == "--from") row.placeholder = "CAPTURE...";
    rows.push_back(std::move(row));
  }
  rows.push_back({"-h,--help", "", N_("print this help"), &wanted.help});
  return rows;
}

int exit_code_of(const doctor::Report& report) {
  return report.healthy() ? kOk : kFindings;
}

Result<int> judge_log(const Wanted& wanted, const catalog::Catalog& catalog, Terminal& terminal) {
  facts::LogText log;
  log.where = wanted.log == "-" ? "standard input" : wanted.log;
  log.text = TRY(read_argument_file(wanted.log, kLogBytesMax, log.cut));
  const doctor::Report report = doctor::diagnose_log(log, catalog);
  if (log.cut)
    terminal.err(render({N_("nvstack: {file} is larger than 64 MiB; only its last 64 MiB were judged\n"),
                         {{"file", log.where}}}));
  terminal.out(wanted.json ? doctor::report_json(report).dump(2) + "\n"
                           : doctor::render_report(report, terminal.columns, terminal.color));
  return exit_code_of(report);
}

doctor::Report judge(const Machine& machine, const catalog::Catalog& catalog) {
  return doctor::diagnose(facts::gather(*machine.host, *machine.nvml, catalog), catalog);
}

/// One JSON line for each capture; a capture that cannot be read is a line with its error. Exit 3 if any is
/// broken.
Result<int> judge_fleet(const Wanted& wanted, const catalog::Catalog& catalog, Terminal& terminal) {
  int code = kOk;
  for (const std::string& path : wanted.machine.from) {
    Json line;
    line.set("machine", path);
    const auto machine = open_capture(path);
    if (machine) {
      const doctor::Report report = judge(*machine, catalog);
      const Json json = doctor::report_json(report);
      for (const auto& [name, value] : *json.members()) line.set(name, value);
      if (!report.healthy()) code = kFindings;
    } else {
      line.set("healthy", false).set("error", machine.error().text());
      code = kFindings;
    }
    terminal.out(line.dump() + "\n");
  }
  return code;
}

}  // namespace

Result<int> doctor_command(const std::vector<std::string>& words, Terminal& terminal) {
  Wanted wanted;
  const std::vector<Option> rows = option_rows(wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("doctor [OPTION]...",
                             N_("Looks at every part of the NVIDIA stack and prints what is wrong, root "
                                "causes first, with evidence and cure. Exit code 3 when something is broken. "
                                "With several captures: one JSON line for each."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  if (!wanted.log.empty()) return judge_log(wanted, catalog, terminal);
  if (wanted.machine.from.size() > 1) return judge_fleet(wanted, catalog, terminal);
  const Machine machine = TRY(open_machine(wanted.machine));
  const doctor::Report report = judge(machine, catalog);
  terminal.out(wanted.json ? doctor::report_json(report).dump(2) + "\n"
                           : doctor::render_report(report, terminal.columns, terminal.color));
  return exit_code_of(report);
}

}  // namespace nvstack::cli
