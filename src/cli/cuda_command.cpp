// nvstack cuda: the table of its subcommands and their common help.
#include "base/text.hpp"
#include "cli/cuda_commands.hpp"

namespace nvstack::cli {

const std::vector<Command>& cuda_commands() {
  static const std::vector<Command> all = {
      {"list", N_("every toolkit, runtime, compat and stub here, and which is taken"), cuda_list_command},
      {"env", N_("the shell lines for one toolkit, and what is wrong with the present ones"),
       cuda_env_command},
      {"match", N_("driver, toolkit, cuDNN, compiler and GPU against each other"), cuda_match_command},
      {"plan", N_("the steps to run CUDA programs, to build them, or for containers"), cuda_plan_command},
      {"needs", N_("which CUDA libraries a program asks for, and what brings them"), cuda_needs_command},
      {"verify", N_("proof that CUDA works here, up to a kernel on every GPU"), cuda_verify_command},
      {"cudnn", N_("the cuDNN installed here, and the newest that fits"), cuda_cudnn_command},
  };
  return all;
}

Result<int> cuda_command(const std::vector<std::string>& words, Terminal& terminal) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    std::string text = translate(N_("Usage:")) + " nvstack cuda COMMAND [OPTION]...\n\n";
    for (const Command& command : cuda_commands()) {
      std::string line = "  " + std::string(command.name);
      line.resize(12, ' ');
      text += line +
              replace_all(wrap(render(command.summary), terminal.columns - 12, 0), "\n", "\n            ") +
              "\n";
    }
    (words.empty() ? terminal.err : terminal.out)(text);
    return words.empty() ? kUsage : kOk;
  }
  std::vector<std::string> names;
  for (const Command& command : cuda_commands()) {
    names.emplace_back(command.name);
    if (command.name == words[0]) return command.run({words.begin() + 1, words.end()}, terminal);
  }
  const auto near = nearest_word(words[0], names);
  return fail(ErrorCode::kUsage, "no command \"cuda " + printable(words[0], 60) + "\"",
              near ? "did you mean nvstack cuda " + *near + "?" : "nvstack cuda --help lists the commands");
}

}  // namespace nvstack::cli
