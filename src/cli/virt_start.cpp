// nvstack virt run, shell, start, enter, stop.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/fd.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/virt_verbs.hpp"
#include "virt/builtin.hpp"
#include "virt/launch.hpp"
#include "virt/remote.hpp"

namespace nvstack::cli {

std::string program_folder() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return program.substr(0, program.rfind('/'));
}

namespace {

/// The libraries of the build tree (lib/virt beside bin) or of an installed one (lib/nvstack/virt).
std::string library_folder() {
  const std::string prefix = program_folder() + "/..";
  const std::string installed = prefix + "/lib/nvstack/virt";
  return ::access(installed.c_str(), F_OK) == 0 ? installed : prefix + "/lib/virt";
}
std::string drop_in_folder() {
  const std::string installed = program_folder() + "/../lib/nvstack/bin";
  return ::access(installed.c_str(), F_OK) == 0 ? installed : program_folder();
}

}  // namespace

std::vector<std::string> staging_words(const std::string& path, std::uint64_t seed,
                                       std::vector<std::string> command) {
  virt::LaunchOptions options;
  options.seed = seed;
  options.privilege = ::geteuid() != 0 ? virt::Privilege::kRootless : virt::Privilege::kRoot;
  options.libraries = library_folder();
  options.programs = drop_in_folder();
  options.command = std::move(command);
  return virt::launch_words(drop_in_folder() + "/nvstack-virt-driver", path, options);
}

namespace {

struct StartWords {
  std::string scenario, devices, seed;
  bool rootless = false, help = false;
};

Result<StartWords> read_start_words(const std::string& verb, const Message& summary, const VirtWords& words,
                                    Terminal& terminal) {
  StartWords read;
  const std::vector<Option> rows = {
      {"--rootless", "", N_("by a user namespace, without being root"), &read.rootless},
      {"--devices", "char|fuse",
       N_("device nodes as the kernel makes them, or files that count who holds them"), &read.devices},
      {"--seed", "NUMBER", N_("another seed for what varies"), &read.seed},
      {"-h,--help", "", N_("print this help"), &read.help}};
  std::vector<std::string> names;
  TRY(parse_options(rows, words.words, names, 1));
  if (read.help) {
    terminal.out(render_help("virt " + verb, summary, rows, terminal.columns));
    return read;
  }
  if (names.empty()) return fail(ErrorCode::kUsage, "which scenario?", "nvstack virt list shows them");
  read.scenario = names[0];
  return read;
}

/// The driver process is a small program of its own: this one becomes it, or waits for it when it stays
/// behind.
Result<int> start(const StartWords& words, std::vector<std::string> command, virt::Lifetime lifetime) {
  virt::LaunchOptions options;
  if (!words.seed.empty()) {
    options.seed = parse_uint(words.seed);
    if (!options.seed) return fail(ErrorCode::kUsage, "--seed must be a whole number", "");
  }
  if (!words.devices.empty() && words.devices != "char" && words.devices != "fuse")
    return fail(ErrorCode::kUsage, "--devices must be char or fuse", "");
  options.devices = words.devices == "fuse" ? virt::DeviceMode::kFuse : virt::DeviceMode::kChar;
  options.privilege =
      words.rootless || ::geteuid() != 0 ? virt::Privilege::kRootless : virt::Privilege::kRoot;
  options.lifetime = lifetime;
  options.libraries = library_folder();
  options.programs = drop_in_folder();
  options.command = std::move(command);
  const std::vector<std::string> argv =
      virt::launch_words(drop_in_folder() + "/nvstack-virt-driver", words.scenario, options);
  if (lifetime == virt::Lifetime::kDetached) {
    TRY(virt::load_scenario(words.scenario));  // so that a wrong scenario is an error of this command
    const ProcessOutput output = TRY(run_process(argv, {.deadline = std::chrono::seconds(60)}));
    if (output.exit_code != 0) return fail(ErrorCode::kIo, std::string(trim(output.err)), "");
    return kOk;
  }
  std::vector<char*> pointers;
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  return fail(errno_error(errno, "run " + argv[0]));
}

const Message& summary_of(std::string_view name) {
  for (const VirtVerb& verb : virt_verbs())
    if (verb.name == name) return verb.summary;
  std::abort();
}

std::vector<std::string> shell_command() {
  const char* shell = std::getenv("SHELL");
  return {shell && *shell ? shell : "/bin/sh"};
}

}  // namespace

Result<int> virt_run(const VirtWords& words, Terminal& terminal) {
  const StartWords read =
      TRY(read_start_words("run SCENARIO [OPTION]... -- COMMAND...", summary_of("run"), words, terminal));
  if (read.help) return kOk;
  if (words.command.empty())
    return fail(ErrorCode::kUsage, "which command?", "nvstack virt run " + read.scenario + " -- COMMAND...");
  return start(read, words.command, virt::Lifetime::kWithParent);
}

Result<int> virt_shell(const VirtWords& words, Terminal& terminal) {
  const StartWords read =
      TRY(read_start_words("shell SCENARIO [OPTION]...", summary_of("shell"), words, terminal));
  if (read.help) return kOk;
  return start(read, shell_command(), virt::Lifetime::kWithParent);
}

Result<int> virt_start(const VirtWords& words, Terminal& terminal) {
  const StartWords read =
      TRY(read_start_words("start SCENARIO [OPTION]...", summary_of("start"), words, terminal));
  if (read.help) return kOk;
  const int code = TRY(start(read, {}, virt::Lifetime::kDetached));
  if (code != 0) return code;
  terminal.out(
      render({N_("{scenario} runs; nvstack virt enter opens a shell on it, nvstack virt stop ends it."),
              {{"scenario", read.scenario}}}) +
      "\n");
  return kOk;
}

Result<int> virt_enter(const VirtWords& words, Terminal& terminal) {
  std::string host;
  bool help = false;
  const std::vector<Option> rows = {
      {"--host", "HOST", N_("a running machine: its pid or its scenario"), &host},
      {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> none;
  TRY(parse_options(rows, words.words, none, 0));
  if (help) {
    terminal.out(
        render_help("virt enter [--host HOST] [-- COMMAND...]", summary_of("enter"), rows, terminal.columns));
    return kOk;
  }
  const virt::RunningHost found = TRY(virt::find_host(host));
  TRY(virt::join_namespaces(found.pid));
  const std::vector<std::string> command = words.command.empty() ? shell_command() : words.command;
  const pid_t child = ::fork();
  if (child < 0) return fail(errno_error(errno, "start a process"));
  if (child == 0) {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(errno == ENOENT ? 127 : 126);
  }
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);
  return wait_for_child(child);
}

Result<int> virt_stop(const VirtWords& words, Terminal& terminal) {
  std::string host;
  bool help = false;
  const std::vector<Option> rows = {
      {"--host", "HOST", N_("a running machine: its pid or its scenario"), &host},
      {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> none;
  TRY(parse_options(rows, words.words, none, 0));
  if (help) {
    terminal.out(render_help("virt stop [--host HOST]", summary_of("stop"), rows, terminal.columns));
    return kOk;
  }
  const virt::RunningHost found = TRY(virt::find_host(host));
  if (::kill(found.pid, SIGTERM) != 0) return fail(errno_error(errno, "stop the virtual host"));
  for (int i = 0; i < 100; ++i) {
    if (::kill(found.pid, 0) != 0) return kOk;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ::kill(found.pid, SIGKILL);
  return kOk;
}

}  // namespace nvstack::cli
