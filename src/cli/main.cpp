#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "cli/command.hpp"

namespace nvstack::cli {

namespace {

constexpr const char* kVersion = "0.1.0";

/// share/locale beside bin/, in the build tree and in an installed one.
std::string locale_directory() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  for (int i = 0; i < 2; ++i) program = program.substr(0, program.rfind('/'));
  return program + "/share/locale";
}

void write_all(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

std::string render_main_help(std::size_t columns) {
  std::string text =
      translate(N_("Usage: nvstack COMMAND [OPTION]...")) + "\n\n" +
      wrap(translate(N_("Says what is wrong with the NVIDIA software of this machine, and what to do.")),
           columns, 0) +
      "\n\n";
  for (const Command& command : commands()) {
    std::string line = "  " + std::string(command.name);
    line.resize(12, ' ');
    text += line + replace_all(wrap(render(command.summary), columns - 12, 0), "\n", "\n            ") + "\n";
  }
  text +=
      "\n" +
      wrap(translate(N_("--lang zh_CN|en chooses the language, before or after the command. Every command "
                        "has --help. Exit codes: 0 ok, 1 failed, 2 usage, 3 findings, 4 refused.")),
           columns, 0) +
      "\n";
  return text;
}

/// Takes "--lang X" or "--lang=X" out of the words, wherever it stands before "--": what follows is another
/// program's.
std::string take_language(std::vector<std::string>& words) {
  std::string language;
  for (std::size_t i = 0; i < words.size() && words[i] != "--";) {
    if (words[i] == "--lang" && i + 1 < words.size()) {
      language = words[i + 1];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i),
                  words.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    } else if (words[i].starts_with("--lang=")) {
      language = words[i].substr(7);
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return language;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"doctor", N_("what is wrong, how that is known, and what cures it"), doctor_command},
      {"detect", N_("the GPUs, the driver and every other part of the stack"), detect_command},
      {"plan", N_("the exact commands that install the right driver, with reasons"), plan_command},
      {"torch", N_("the PyTorch that fits this machine, or another one"), torch_command},
      {"cuda", N_("the CUDA installations here, what goes with what, and proof that it works"), cuda_command},
      {"explain", N_("what a word, an error code or a rule means"), explain_command},
      {"persist", N_("what holds the GPUs awake: status, release, install"), persist_command},
      {"data", N_("the tables that answers rest on, and new ones from an index"), data_command},
      {"capture", N_("write this machine into a file that the other commands accept"), capture_command},
      {"smi", N_("the GPUs as nvidia-smi shows them, in any of its forms"), smi_command},
      {"topo", N_("how the GPUs and network cards are connected"), topo_command},
      {"virt", N_("a machine with GPUs that are not there, for any program"), virt_command},
  };
  return all;
}

std::string render_help(const std::string& usage, const Message& summary, const std::vector<Option>& options,
                        std::size_t columns) {
  return translate(N_("Usage:")) + " nvstack " + usage + "\n\n" + wrap(render(summary), columns, 0) + "\n\n" +
         render_options(options, columns);
}

void print_error(const Error& error, Terminal& terminal) {
  terminal.err("nvstack: " + translate(N_("error:")) + " " + error.text() + "\n");
  if (!error.hint.empty()) terminal.err(translate(N_("hint:")) + " " + error.hint + "\n");
}

Terminal standard_terminal() {
  Terminal terminal;
  terminal.out = [](std::string_view text) { write_all(stdout, text); };
  terminal.err = [](std::string_view text) { write_all(stderr, text); };
  winsize size{};
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    terminal.columns = std::min<std::size_t>(size.ws_col, 110);
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  terminal.color = is_terminal && !(no_color && *no_color) && !(term && std::string_view(term) == "dumb");
  return terminal;
}

int run_words(const std::vector<std::string>& words, Terminal& terminal) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    (words.empty() ? terminal.err : terminal.out)(render_main_help(terminal.columns));
    return words.empty() ? kUsage : kOk;
  }
  if (words[0] == "--version") {
    terminal.out("nvstack " + std::string(kVersion) + "\n");
    return kOk;
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    names.emplace_back(command.name);
    if (command.name != words[0]) continue;
    const auto code = command.run({words.begin() + 1, words.end()}, terminal);
    if (code) return *code;
    print_error(code.error(), terminal);
    return code.error().code == ErrorCode::kUsage ? kUsage : kFailed;
  }
  const auto near = nearest_word(words[0], names);
  print_error({ErrorCode::kUsage,
               "no command \"" + printable(words[0], 60) + "\"",
               near ? "did you mean " + *near + "?" : "nvstack --help lists the commands",
               {}},
              terminal);
  return kUsage;
}

int nvstack_main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `nvstack doctor | head` ends quietly
  std::vector<std::string> words(argv + 1, argv + argc);
  choose_language(take_language(words), locale_directory());
  Terminal terminal = standard_terminal();
  const int code = run_words(words, terminal);
  if (std::fflush(stdout) != 0) {
    print_error({ErrorCode::kIo, "cannot write the output", "", {}}, terminal);
    return kFailed;
  }
  return code;
}

}  // namespace nvstack::cli
