// nvstack cuda list, env and cudnn: what of CUDA is on the machine.
#include "base/text.hpp"
#include "cli/cuda_commands.hpp"
#include "cli/machine.hpp"
#include "facts/cuda_places.hpp"
#include "facts/gpus.hpp"
#include "facts/kernel.hpp"
#include "facts/modules.hpp"
#include "framework/cuda_choice.hpp"
#include "framework/cuda_match.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

struct ListWords {
  MachineOptions machine;
  std::string version, shell = "bash", driver, toolkit;
  std::vector<std::string> gpus;
  bool json = false, full = false, check = false, help = false;
};

std::vector<Option> with_machine(std::vector<Option> rows, ListWords& words) {
  for (Option& row : machine_option_rows(words.machine)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &words.help});
  return rows;
}

Json cudnn_json(const facts::CudaPlaces& places, const std::vector<MatchLine>& lines,
                const std::string& date) {
  Json installed = Json::array();
  for (const facts::CudaPlace& place : places.all) {
    const bool cudnn = place.kind == facts::CudaPlaceKind::kCudnn || contains(place.what, "cudnn");
    if (cudnn)
      installed.add(Json::object()
                        .set("path", place.path)
                        .set("version", place.version ? Json(place.version->text) : Json())
                        .set("what", place.what));
  }
  return Json::object().set("installed", std::move(installed)).set("match", match_json(lines, date));
}

std::string cudnn_text(const facts::CudaPlaces& places, const std::vector<MatchLine>& lines,
                       std::size_t columns) {
  std::string out;
  for (const facts::CudaPlace& place : places.all)
    if (place.kind == facts::CudaPlaceKind::kCudnn || contains(place.what, "cudnn"))
      out += (place.version ? place.version->text : "?") + "  " + place.path + "  (" + place.what + ")\n";
  if (out.empty())
    out = wrap(translate(N_("No cuDNN is installed here. PyTorch's wheels bring their own.")), columns, 0) +
          "\n";
  return out + "\n" + render_match(lines, columns);
}

/// What the words leave open is taken from the machine.
Result<MatchAsked> cudnn_asked(const ListWords& wanted, const host::Host& host, const Tables& tables) {
  MatchAsked asked;
  for (const std::string& gpu : wanted.gpus) asked.gpus.push_back(TRY(find_gpu(gpu, *tables.catalog)));
  asked.driver = parse_version(wanted.driver);
  asked.toolkit = parse_version(wanted.toolkit);
  if (!wanted.driver.empty() && !asked.driver)
    return fail(ErrorCode::kUsage, "--driver is no version: " + printable(wanted.driver, 40));
  if (!wanted.toolkit.empty() && !asked.toolkit)
    return fail(ErrorCode::kUsage, "--toolkit is no version: " + printable(wanted.toolkit, 40));
  if (!wanted.gpus.empty() || asked.driver || asked.toolkit) return asked;
  if (const auto driver = facts::read_proc_driver(host); driver && driver->version)
    asked.driver = driver->version->version;
  if (const auto gpus = facts::read_gpus(host, *tables.catalog))
    for (const facts::PciGpu& gpu : gpus->gpus)
      if (auto one = gpu_of_verdict(gpu.verdict, *tables.catalog)) asked.gpus.push_back(std::move(*one));
  return asked;
}

}  // namespace

Result<int> cuda_list_command(const std::vector<std::string>& words, Terminal& terminal) {
  ListWords wanted;
  const std::vector<Option> rows =
      with_machine({{"--json", "", N_("print JSON (docs/formats/torch.md)"), &wanted.json}}, wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("cuda list [OPTION]...",
                             N_("Lists every part of CUDA on this machine, which of them a program gets, and "
                                "where the variables contradict each other."),
                             rows, terminal.columns));
    return kOk;
  }
  const Machine machine = TRY(open_machine(wanted.machine));
  const facts::CudaPlaces places = facts::read_cuda_places(*machine.host);
  terminal.out(wanted.json ? cuda_list_json(places).dump(2) + "\n"
                           : render_cuda_list(places, terminal.columns));
  return kOk;
}

Result<int> cuda_env_command(const std::vector<std::string>& words, Terminal& terminal) {
  ListWords wanted;
  const std::vector<Option> rows = with_machine(
      {{"--for", "X.Y", N_("this toolkit; by default the one of /usr/local/cuda"), &wanted.version},
       {"--shell", "NAME", N_("bash, zsh or fish"), &wanted.shell},
       {"--full", "", N_("with CUPTI and the targets directory"), &wanted.full},
       {"--check", "", N_("only judge the present variables; exit code 3 when something is wrong"),
        &wanted.check}},
      wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help("cuda env [OPTION]...",
                             N_("Prints the lines for the shell's start file that choose one toolkit, and "
                                "judges the variables that are set now."),
                             rows, terminal.columns));
    return kOk;
  }
  const Shell shell = TRY(parse_shell(wanted.shell));
  const Machine machine = TRY(open_machine(wanted.machine));
  const facts::CudaPlaces places = facts::read_cuda_places(*machine.host);
  const auto lint = lint_variables(places);
  if (wanted.check) {
    terminal.out(lint.empty()
                     ? translate(N_("Nothing is wrong with PATH, CUDA_HOME and LD_LIBRARY_PATH.")) + "\n"
                     : render_lint(lint, terminal.columns));
    return lint.empty() ? kOk : kFindings;
  }
  const facts::CudaPlace* toolkit = find_toolkit(places, wanted.version);
  // A toolkit that is not installed yet has a place, too: where NVIDIA's packages put it.
  const bool planned = !toolkit && parse_version(wanted.version);
  if (!toolkit && !planned)
    return fail(ErrorCode::kNotFound, "no CUDA toolkit is installed here",
                "nvstack cuda plan --for develop installs one; --for X.Y names one that will be");
  const std::string path = toolkit ? toolkit->path : "/usr/local/cuda-" + wanted.version;
  const auto kernel = facts::read_kernel(*machine.host);
  terminal.out(environment_block(path, kernel ? kernel->arch : "x86_64", shell,
                                 wanted.full ? BlockForm::kFull : BlockForm::kLean));
  if (planned) terminal.err(render({N_("{path} is not there yet."), {{"path", path}}}) + "\n");
  if (!lint.empty()) terminal.err("\n" + translate(N_("Mind:")) + "\n" + render_lint(lint, terminal.columns));
  return kOk;
}

Result<int> cuda_cudnn_command(const std::vector<std::string>& words, Terminal& terminal) {
  ListWords wanted;
  const std::vector<Option> rows =
      with_machine({{"--json", "", N_("print JSON (docs/formats/torch.md)"), &wanted.json},
                    {"--driver", "V", N_("for this driver"), &wanted.driver},
                    {"--toolkit", "X.Y", N_("for this toolkit"), &wanted.toolkit},
                    {"--gpu", "GPU", N_("for this GPU; repeat for more"), &wanted.gpus}},
                   wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 0));
  if (wanted.help) {
    terminal.out(render_help(
        "cuda cudnn [OPTION]...",
        N_("Lists the cuDNN installed here, and the newest that fits the driver, the toolkit and the GPUs."),
        rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const Tables tables = TRY(load_tables(catalog));
  const Machine machine = TRY(open_machine(wanted.machine));
  const MatchAsked asked = TRY(cudnn_asked(wanted, *machine.host, tables));
  const auto lines = TRY(match_cuda(asked, tables));
  const facts::CudaPlaces places = facts::read_cuda_places(*machine.host);
  terminal.out(wanted.json ? cudnn_json(places, lines, catalog.get("cudnn.tsv").date()).dump(2) + "\n"
                           : cudnn_text(places, lines, terminal.columns));
  return kOk;
}

}  // namespace nvstack::cli
