// nvstack torch: which torch, torchvision and torchaudio fit a machine, as exact wheels and commands.
#include "base/text.hpp"
#include "cli/index_source.hpp"
#include "cli/torch_commands.hpp"

namespace nvstack::cli {

using namespace framework;

Result<Answer> answer_torch(const TorchWords& words, const std::vector<std::string>& packages,
                            const Tables& tables) {
  TorchAsked asked = TRY(make_torch_request(words, packages, tables));
  IndexSource source =
      TRY(read_indexes(words.indexes, words.offline ? Network::kForbidden : Network::kAllowed,
                       asked.request.python.interpreter()));
  asked.request.wheel_dir = source.wheel_directory;
  // An index that was read by its address is also where the command installs from.
  for (const std::string& word : words.indexes)
    if (asked.request.mirror.empty() && (word.starts_with("http://") || word.starts_with("https://")))
      asked.request.mirror = word;
  Answer answer = TRY(resolve(asked.request, source.indexes, tables));
  if (answer.refusal && !source.pages.empty()) {
    TRY(read_whole_pages(source));
    answer = TRY(resolve(asked.request, source.indexes, tables));
  }
  answer.warnings.insert(answer.warnings.begin(), asked.cautions.begin(), asked.cautions.end());
  return answer;
}

Result<int> torch_command(const std::vector<std::string>& words, Terminal& terminal) {
  TorchWords wanted;
  const std::vector<Option> rows = torch_option_rows(wanted);
  std::vector<std::string> more;
  TRY(parse_options(rows, words, more, 16));
  if (wanted.help) {
    terminal.out(
        render_help("torch [explain|check|install|wheel] [PACKAGE...] [OPTION]...",
                    N_("Prints the torch, torchvision and torchaudio that fit this machine, or one described "
                       "by --gpu and --driver: exact wheels, the pip and uv commands, and the reasons. What "
                       "cannot be granted is refused with the nearest that can, exit code 4."),
                    rows, terminal.columns));
    return kOk;
  }
  const catalog::Catalog catalog = TRY(open_catalog(wanted.machine));
  const Tables tables = TRY(load_tables(catalog));
  if (!wanted.requirements.empty()) return torch_requirements(wanted, tables, terminal);
  const std::string way = more.empty() ? "" : more[0];
  const bool explain = way == "explain";
  if (explain || way == "check" || way == "install" || way == "wheel") more.erase(more.begin());
  if (way == "check") return torch_check(wanted, tables, terminal);
  if (way == "install") return torch_install(wanted, more, tables, terminal);
  if (way == "wheel") return torch_wheel(wanted, more, tables, terminal);
  const Answer answer = TRY(answer_torch(wanted, more, tables));
  if (wanted.json) {
    terminal.out(answer_json(answer).dump(2) + "\n");
  } else {
    terminal.out(explain ? render_left_out(answer, terminal.columns)
                         : render_answer(answer, terminal.columns));
  }
  return answer.refusal ? kRefused : kOk;
}

}  // namespace nvstack::cli
