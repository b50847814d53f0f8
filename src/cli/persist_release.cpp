// nvstack persist release and take-back: the lease.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/persist_verbs.hpp"
#include "persist/client.hpp"

namespace nvstack::cli {

namespace {

constexpr const char* kPeriodDefault = "10m";
constexpr int kExecFailed = 127;

/// Runs the words with our standard streams and waits; its exit code, 128 + signal when one ended it.
Result<int> run_command(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail(errno_error(errno, "start " + words[0]));
  if (child == 0) {
    ::execvp(argv[0], argv.data());
    ::_exit(kExecFailed);
  }
  return wait_for_child(child);
}

/// The words behind "--", taken off.
std::vector<std::string> take_command(std::vector<std::string>& words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  if (mark == words.end()) return {};
  std::vector<std::string> command(mark + 1, words.end());
  words.erase(mark, words.end());
  return command;
}

}  // namespace

Result<int> persist_release(const std::vector<std::string>& all_words, Terminal& terminal) {
  std::vector<std::string> words = all_words;
  const std::vector<std::string> command = take_command(words);
  PersistPlaces places;
  std::string period;
  bool until_exit = false, help = false;
  std::vector<Option> rows = persist_place_rows(places);
  rows.push_back({"--for", "TIME", N_("take it back after this time: 45s, 10m, 2h (default: 10m)"), &period});
  rows.push_back({"--until-exit", "", N_("take it back when the command after -- has ended"), &until_exit});
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> names;
  TRY(parse_options(rows, words, names, 1));
  if (help) {
    terminal.out(
        render_help("persist release GPU|all [--for TIME | --until-exit -- COMMAND...]",
                    N_("The daemon lets go of the GPU, for a reset, a MIG change, unbind, rmmod or VFIO, and "
                       "takes it back by itself. GPU is a PCI address, a UUID or an index."),
                    rows, terminal.columns));
    return kOk;
  }
  if (names.empty()) return fail(ErrorCode::kUsage, "which GPU?", "nvstack persist release all --for 10m");
  if (until_exit && command.empty()) return fail(ErrorCode::kUsage, "--until-exit needs a command after --");
  if (!command.empty() && !period.empty())
    return fail(ErrorCode::kUsage, "--for and a command exclude each other");
  const auto gpu = TRY(find_named_gpu(names[0], persist::DriverTree(places.root).list()));
  persist::ControlRequest request;
  request.verb = persist::ControlRequest::Verb::kRelease;
  if (gpu) request.gpu = gpu->address;
  if (command.empty())
    request.period = std::chrono::seconds(TRY(parse_period(period.empty() ? kPeriodDefault : period)));
  persist::ControlClient client = TRY(persist::ControlClient::connect(places.runtime_dir));
  TRY(client.ask(request));
  if (!command.empty()) return run_command(command);
  terminal.out(render({N_("released for {seconds} s; nvstack persist take-back {gpu} ends it\n"),
                       {{"seconds", std::to_string(request.period->count())}, {"gpu", names[0]}}}));
  return kOk;
}

Result<int> persist_take_back(const std::vector<std::string>& words, Terminal& terminal) {
  PersistPlaces places;
  bool help = false;
  std::vector<Option> rows = persist_place_rows(places);
  rows.push_back({"-h,--help", "", N_("print this help"), &help});
  std::vector<std::string> names;
  TRY(parse_options(rows, words, names, 1));
  if (help) {
    terminal.out(render_help("persist take-back GPU|all [OPTION]...", N_("Ends a release before its time."),
                             rows, terminal.columns));
    return kOk;
  }
  const auto gpu =
      TRY(find_named_gpu(names.empty() ? "all" : names[0], persist::DriverTree(places.root).list()));
  persist::ControlRequest request;
  request.verb = persist::ControlRequest::Verb::kTakeBack;
  if (gpu) request.gpu = gpu->address;
  persist::ControlClient client = TRY(persist::ControlClient::connect(places.runtime_dir));
  TRY(client.ask(request));
  return kOk;
}

}  // namespace nvstack::cli
