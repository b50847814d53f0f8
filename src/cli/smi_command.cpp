// nvstack smi and nvstack topo: nvidia-smi's views as commands of nvstack, with nvstack's exit codes.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/command.hpp"
#include "cli/smi_verbs.hpp"
#include "smi/guarded_run.hpp"
#include "smi/options.hpp"
#include "smi/run.hpp"

namespace nvstack::cli {

namespace {

/// What a command prints of this machine, "" when it cannot.
template <typename Command>
std::string text_of(const Command& command, const Terminal& terminal) {
  std::string text;
  Terminal quiet = terminal;
  quiet.out = [&](std::string_view part) { text += part; };
  quiet.err = [](std::string_view) {};
  return command({}, quiet) ? text : "";
}

/// The GPUs that PCI still shows, and what doctor says.
std::string diagnose(const Terminal& terminal) {
  return smi::gpus_on_the_bus(text_of(detect_command, terminal)) + "\n" + text_of(doctor_command, terminal);
}

int exit_code_of(int code) {
  if (code == 0) return kOk;
  return code == smi::kUsageExitCode || code == smi::kInvalidExitCode ? kUsage : kFailed;
}

int run_smi(const std::vector<std::string>& words, Terminal& terminal) {
  smi::World world;
  world.streams.out = terminal.out;
  world.streams.err = terminal.err;
  world.open_library = [] { return nvml::Nvml::open(); };
  world.wait = [](int milliseconds) {
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return true;
  };
  world.diagnose = [&] { return diagnose(terminal); };
  world.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return exit_code_of(smi::run_guarded(words, world));
}

}  // namespace

Result<int> smi_command(const std::vector<std::string>& words, Terminal& terminal) {
  if (const SmiVerb* verb = words.empty() ? nullptr : find_smi_verb(words[0]))
    return verb->run({words.begin() + 1, words.end()}, terminal);
  if (const auto live = std::find(words.begin(), words.end(), "--live"); live != words.end()) {
    std::vector<std::string> others(words.begin(), live);
    others.insert(others.end(), live + 1, words.end());
    return live_command(others, terminal);
  }
  if (!words.empty() && words[0] == "--help") {
    terminal.out(
        render_help(
            "smi [OPTION]... | VIEW [OPTION]...",
            N_("The views of nvidia-smi with nvstack's exit codes, and each of them as --json. The options "
               "are "
               "nvidia-smi's: nvstack smi -h prints them all, docs/use/nvidia-smi.md says what differs. "
               "nvstack smi --live is the live view: nvstack smi --live --help."),
            {}, terminal.columns) +
        render_smi_verbs(terminal.columns));
    return kOk;
  }
  return run_smi(words, terminal);
}

Result<int> topo_command(const std::vector<std::string>& words, Terminal& terminal) {
  if (!words.empty() && words[0] == "--help") {
    terminal.out(
        render_help("topo [OPTION]...",
                    N_("How the GPUs, the network cards and the CPUs are joined: nvidia-smi topo, -m unless "
                       "given another view; nvstack smi topo -h prints the options."),
                    {}, terminal.columns));
    return kOk;
  }
  std::vector<std::string> all = {"topo"};
  all.insert(all.end(), words.begin(), words.end());
  if (words.empty()) all.push_back("-m");
  return run_smi(all, terminal);
}

}  // namespace nvstack::cli
