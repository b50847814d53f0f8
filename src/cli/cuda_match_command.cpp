// nvstack cuda match and plan: what goes with what, and the steps to get there.
#include "base/text.hpp"
#include "cli/cuda_commands.hpp"
#include "cli/machine.hpp"
#include "facts/modules.hpp"
#include "facts/os.hpp"
#include "framework/cuda_match.hpp"
#include "framework/cuda_plan.hpp"
#include "framework/variant.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

struct MatchWords {
  MachineOptions machine;
  std::string driver, toolkit, cudnn, gcc, clang, purpose, cuda, manager, arch;
  std::vector<std::string> gpus;
  bool json = false, wsl = false, help = false;
};

std::vector<Option> with_machine(std::vector<Option> rows, MatchWords& words) {
  for (Option& row : machine_option_rows(words.machine)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &words.help});
  return rows;
}

/// "13", "13.2" -> 13.
Result<std::optional<unsigned>> compiler_of(const std::string& text, const char* option) {
  if (text.empty()) return std::optional<unsigned>();
  const auto version = parse_version(text);
  if (!version || version->branch() > 999)
    return fail(ErrorCode::kUsage, std::string(option) + " is no version: " + printable(text, 40));
  return std::optional<unsigned>(version->branch());
}

Result<std::optional<Version>> driver_of_word(const std::string& text) {
  if (text.empty()) return std::optional<Version>();
  auto version = parse_version(text);
  if (!version)
    return fail(ErrorCode::kUsage, "--driver is no version: " + printable(text, 40),
                "write --driver 570.86.10");
  return version;
}

Result<MatchAsked> match_asked(const MatchWords& words, const Tables& tables) {
  MatchAsked asked;
  asked.driver = TRY(driver_of_word(words.driver));
  if (!words.toolkit.empty()) asked.toolkit = TRY(parse_cuda_word(words.toolkit));
  if (!words.cudnn.empty()) asked.cudnn = TRY(read_python_version(words.cudnn));
  asked.gcc = TRY(compiler_of(words.gcc, "--gcc"));
  asked.clang = TRY(compiler_of(words.clang, "--clang"));
  for (const std::string& gpu : words.gpus) asked.gpus.push_back(TRY(find_gpu(gpu, *tables.catalog)));
  if (words.wsl) asked.driver_kind = DriverKind::kWindows;
  return asked;
}

}  // namespace

Result<int> cuda_match_command(const std::vector<std::string>& words, Terminal& terminal) {
  MatchWords wanted;
  const std::vector<Option> rows =
      with_machine({{"--json", "", N_("print JSON (docs/formats/torch.md)"), &wanted.json},
                    {"--driver", "V", N_("a driver, as 570.86.10; by default the one here"), &wanted.driver},
                    {"--toolkit", "X.Y", N_("a CUDA toolkit, as 12.6"), &wanted.toolkit},
                    {"--cudnn", "V", N_("a cuDNN, as 9.10.2"), &wanted.cudnn},
                    {"--gcc", "N", N_("a gcc, as 14"), &wanted.gcc},
                    {"--clang", "N", N_("a clang, as 18"), &wanted.clang},
                    {"--gpu", "GPU", N_("for this GPU; repeat for more"), &wanted.gpus},
                    {"--wsl", "", N_("it is WSL: --driver is the Windows driver"), &wanted.wsl}},
                   wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("cuda match [OPTION]...",
                             N_("Compares what is given - driver, toolkit, cuDNN, compiler, GPU - and "
                                "proposes what is not. Exit code 3 when two of them do not go together."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const Tables tables = TRY(load_tables(catalog));
  MatchAsked asked = TRY(match_asked(wanted, tables));
  const bool nothing =
      !asked.driver && !asked.toolkit && !asked.cudnn && !asked.gcc && !asked.clang && asked.gpus.empty();
  if (nothing) {
    const Machine machine = TRY(open_machine(wanted.machine));
    if (const auto driver = facts::read_proc_driver(*machine.host); driver && driver->version)
      asked.driver = driver->version->version;
    if (!asked.driver)
      return fail(ErrorCode::kUsage, "no driver is loaded here: what is to be matched?",
                  "nvstack cuda match --driver 570.86.10 --toolkit 12.6 --gpu 'RTX 4090' --gcc 13");
  }
  const auto lines = TRY(match_cuda(asked, tables));
  const Json json = match_json(lines, catalog.get("toolkits.tsv").date());
  terminal.out(wanted.json ? json.dump(2) + "\n" : render_match(lines, terminal.columns));
  return *json["fits"].boolean() ? kOk : kFindings;
}

Result<int> cuda_plan_command(const std::vector<std::string>& words, Terminal& terminal) {
  MatchWords wanted;
  const std::vector<Option> rows = with_machine(
      {{"--json", "", N_("print JSON (docs/formats/torch.md)"), &wanted.json},
       {"--for", "PURPOSE", N_("run, develop or container"), &wanted.purpose},
       {"--cuda", "X.Y", N_("this CUDA; by default the newest that the driver brings"), &wanted.cuda},
       {"--driver", "V", N_("a driver, as 570.86.10; by default the one here"), &wanted.driver},
       {"--manager", "NAME", N_("apt, dnf, tdnf, zypper or pacman; by default the one here"),
        &wanted.manager},
       {"--arch", "ARCH", N_("its architecture: x86_64 or aarch64"), &wanted.arch}},
      wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("cuda plan --for PURPOSE [OPTION]...",
                             N_("Prints the steps that make this machine fit to run CUDA programs, to build "
                                "them, or to run containers with them, and changes nothing."),
                             rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const Tables tables = TRY(load_tables(catalog));
  CudaPlanAsked asked;
  asked.purpose = wanted.purpose;
  if (!wanted.cuda.empty()) asked.cuda = TRY(parse_cuda_word(wanted.cuda));
  asked.driver = TRY(driver_of_word(wanted.driver));
  const Machine machine = TRY(open_machine(wanted.machine));
  if (const auto driver = facts::read_proc_driver(*machine.host); !asked.driver && driver && driver->version)
    asked.driver = driver->version->version;
  if (const auto os = facts::read_os(*machine.host, catalog))
    asked.manager = facts::package_manager_name(os->manager);
  if (!wanted.manager.empty()) asked.manager = wanted.manager;
  if (!wanted.arch.empty()) asked.arch = wanted.arch;
  const CudaPlan plan = TRY(make_cuda_plan(asked, tables));
  terminal.out(wanted.json ? cuda_plan_json(plan).dump(2) + "\n" : render_cuda_plan(plan, terminal.columns));
  return kOk;
}

}  // namespace nvstack::cli
