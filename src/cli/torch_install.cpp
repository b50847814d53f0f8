// nvstack torch install: shows what will be run, asks, runs pip or uv in the chosen environment, then checks
// it.
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "cli/index_source.hpp"
#include "cli/torch_commands.hpp"
#include "facts/torch_environment.hpp"
#include "framework/resolve.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

constexpr std::chrono::minutes kDeadline{60};

bool is_program(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

/// The command of the answer, with this environment's Python in front. A uv environment has no pip.
Result<std::vector<std::string>> command_for(const std::string& prefix, const Answer& answer) {
  const std::string python = prefix + "/bin/python";
  if (!is_program(python))
    return fail(ErrorCode::kNotFound, "no Python at " + python,
                "make the environment first: python3 -m venv " + prefix);
  const bool has_pip = is_program(prefix + "/bin/pip") || is_program(prefix + "/bin/pip3");
  std::vector<std::string> argv = has_pip
                                      ? std::vector<std::string>{python, "-m", "pip", "install"}
                                      : std::vector<std::string>{"uv", "pip", "install", "--python", python};
  const std::string& line = answer.commands[has_pip ? 0 : 1];
  const auto rest = split_words(
      std::string_view(line).substr(std::string_view(has_pip ? "pip install" : "uv pip install").size()));
  for (std::string_view word : rest) {
    if (word.size() >= 2 && word.front() == '\'' && word.back() == '\'')
      word = word.substr(1, word.size() - 2);
    argv.emplace_back(word);
  }
  return argv;
}

/// A yes from the person at the terminal; without one, no.
bool asks_for_yes(Terminal& terminal) {
  if (::isatty(STDIN_FILENO) != 1) return false;
  terminal.err(translate(N_("Run it? [y/N] ")));
  std::array<char, 16> line{};
  if (!std::fgets(line.data(), static_cast<int>(line.size()), stdin)) return false;
  return line[0] == 'y' || line[0] == 'Y';
}

}  // namespace

Result<int> torch_install(const TorchWords& words, const std::vector<std::string>& packages,
                          const Tables& tables, Terminal& terminal) {
  const Machine machine = TRY(open_machine({}));
  std::string prefix = words.environment;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (prefix.empty()) prefix = machine.host->environment(variable).value_or("");
  if (prefix.empty())
    return fail(ErrorCode::kUsage, "no environment is chosen: torch belongs into one of its own",
                "python3 -m venv DIR (or uv venv DIR, conda create -p DIR python), then --env DIR");
  if (!prefix.starts_with('/')) prefix = machine.host->environment("PWD").value_or("") + "/" + prefix;
  const facts::TorchEnvironment environment = TRY(facts::read_torch_environment(*machine.host, prefix));
  if (!environment.is_virtual)
    return fail(ErrorCode::kUsage, prefix + " is no virtual environment",
                "python3 -m venv DIR makes one, then --env DIR");
  TorchWords described = words;
  if (described.python.empty()) described.python = environment.python;
  const Answer answer = TRY(answer_torch(described, packages, tables));
  if (words.json) terminal.out(answer_json(answer).dump(2) + "\n");
  if (!words.json) terminal.out(render_answer(answer, terminal.columns));
  if (answer.refusal) return kRefused;
  const std::vector<std::string> argv = TRY(command_for(environment.prefix, answer));
  terminal.err("\n" + render({N_("To be run: {command}"), {{"command", join(argv, " ")}}}) + "\n");
  if (!words.yes && !asks_for_yes(terminal)) {
    terminal.err(translate(N_("Nothing was changed. --yes runs it without a question.")) + "\n");
    return kOk;
  }
  if (!answer.request.wheel_dir.empty()) {
    const IndexSource source = TRY(read_indexes(words.indexes, Network::kForbidden));
    for (const std::string& wheel : answer.build->wheels)
      TRY(check_hash(answer.request.wheel_dir + "/" + wheel, source.indexes));
  }
  const ProcessOutput ran = TRY_AS("running " + argv[0], run_process(argv, {kDeadline, 16u << 20}));
  if (!words.json) terminal.out(printable(ran.out, 100'000) + "\n");
  if (ran.exit_code != 0)
    return fail(ErrorCode::kIo, "the installation ended with code " + std::to_string(ran.exit_code) + ": " +
                                    printable(trim(ran.err), 2000));
  TorchWords check = words;
  check.environment = environment.prefix, check.json = false;
  Terminal after = terminal;
  after.out = terminal.err;
  return torch_check(check, tables, after);
}

}  // namespace nvstack::cli
