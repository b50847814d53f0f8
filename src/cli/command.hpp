// What a command gets and gives: words in, text out through Terminal, an exit code. The table of all
// commands.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.hpp"
#include "base/result.hpp"
#include "cli/options.hpp"

namespace nvstack::cli {

/// The exit codes of nvstack (ARCHITECTURE.md).
enum ExitCode { kOk = 0, kFailed = 1, kUsage = 2, kFindings = 3, kRefused = 4 };

/// Where the words go; a test puts strings here.
struct Terminal {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  std::size_t columns = 80;
  bool color = false;
};

/// Options that every command that looks at a machine has.
struct MachineOptions {
  std::string root;               // --root DIR
  std::vector<std::string> from;  // --from CAPTURE...
  std::string data;               // --data DIR
  std::string supported_gpus;     // --supported-gpus FILE
};
std::vector<Option> machine_option_rows(MachineOptions& options);

struct Command {
  std::string_view name;
  Message summary;
  /// Runs with the words after its name.
  Result<int> (*run)(const std::vector<std::string>& words, Terminal& terminal);
};
const std::vector<Command>& commands();

Result<int> doctor_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> detect_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> plan_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> explain_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> smi_command(const std::vector<std::string>& words, Terminal& terminal);
/// nvstack smi --live, without these words.
Result<int> live_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> topo_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> virt_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> torch_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> data_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> capture_command(const std::vector<std::string>& words, Terminal& terminal);

/// "Usage: nvstack NAME ...", the summary, the options; for --help.
std::string render_help(const std::string& usage, const Message& summary, const std::vector<Option>& options,
                        std::size_t columns);

/// The program: finds the command, runs it, prints an error once. Returns the exit code.
int nvstack_main(int argc, char** argv);
/// The same for words and a terminal of one's own.
int run_words(const std::vector<std::string>& words, Terminal& terminal);
/// A Terminal on the standard streams, and the language of the environment.
Terminal standard_terminal();
void print_error(const Error& error, Terminal& terminal);

}  // namespace nvstack::cli
