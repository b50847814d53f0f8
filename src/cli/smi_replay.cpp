// nvstack smi replay: the machine of a recording staged as a virtual host, with the recorded values at their
// times, for any program that reads GPUs.
#include <time.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.hpp"
#include "cli/front_command.hpp"
#include "cli/smi_files.hpp"
#include "cli/smi_verbs.hpp"
#include "cli/virt_verbs.hpp"
#include "history/duration.hpp"
#include "history/replay_words.hpp"
#include "smi/commands.hpp"
#include "virt/import.hpp"
#include "virt/remote.hpp"

namespace nvstack::cli {

namespace {

struct ReplayWords {
  std::string file, at = "0s", speed = "1";
  bool feed = false, help = false;
  std::vector<std::string> view;
};

struct ReplayPlan {
  history::Recording recording;
  std::int64_t at_ms = 0;
  double speed = 1;
};

Result<ReplayPlan> plan_replay(const ReplayWords& words) {
  ReplayPlan plan;
  plan.recording = TRY(read_recording(words.file));
  const auto at = history::parse_duration(words.at);
  if (!at) return fail(ErrorCode::kUsage, "--at must be a time since the recording's beginning", "--at 90s");
  if (*at > plan.recording.length_ms())
    return fail(ErrorCode::kUsage,
                "the recording ends after " + history::render_duration(plan.recording.length_ms()), "");
  const auto speed = parse_double(words.speed);
  if (!speed || *speed < 0 || *speed > 1000)
    return fail(ErrorCode::kUsage, "--speed must be a number from 0 (no change) to 1000", "");
  plan.at_ms = *at, plan.speed = *speed;
  return plan;
}

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000ll + now.tv_nsec / 1'000'000;
}

/// A GPU that was lost from the first moment on has no values to stage: the virtual host's GPUs are the
/// others, in order.
std::vector<std::string> staged_numbers(const history::State& state) {
  std::vector<std::string> numbers;
  std::size_t next = 0;
  for (const history::GpuState& gpu : state.gpus)
    numbers.push_back(gpu.values.empty() ? "" : std::to_string(next++));
  return numbers;
}

class Feeder {
 public:
  Feeder(virt::Remote& remote, const ReplayPlan& plan)
      : remote_(remote),
        plan_(plan),
        state_(plan.recording.at(plan.at_ms)),
        numbers_(staged_numbers(plan.recording.first)) {
    while (next_ < plan_.recording.samples.size() && plan_.recording.samples[next_].ms <= plan_.at_ms)
      ++next_;
  }

  Status begin() {
    for (std::size_t place = 0; place < state_.gpus.size(); ++place) {
      TRY(send(place, history::replay_words(state_.gpus[place])));
      if (state_.gpus[place].lost) TRY(send(place, {"lost=1"}));
    }
    start_ms_ = now_ms();
    return {};
  }
  /// Milliseconds until the next sample is due; negative when there is none.
  std::int64_t due_in() const {
    if (plan_.speed == 0 || next_ == plan_.recording.samples.size()) return -1;
    const auto real = static_cast<double>(plan_.recording.samples[next_].ms - plan_.at_ms) / plan_.speed;
    return std::max<std::int64_t>(start_ms_ + static_cast<std::int64_t>(real) - now_ms(), 0);
  }
  Status feed() {
    const history::Sample& sample = plan_.recording.samples[next_++];
    history::apply_sample(sample, state_);
    for (const auto& [place, change] : sample.gpus)
      TRY(send(place, history::replay_words(state_.gpus[place], change)));
    if (!sample.lost) return {};
    for (std::size_t place = 0; place < state_.gpus.size(); ++place)
      TRY(send(place, {state_.gpus[place].lost ? "lost=1" : "lost=0"}));
    return {};
  }

 private:
  Status send(std::size_t place, const std::vector<std::string>& changes) {
    if (numbers_[place].empty()) return {};
    std::vector<std::string> words = {"replay", numbers_[place]};
    std::size_t bytes = 0;
    for (const std::string& change : changes) {
      words.push_back(change);
      bytes += change.size() + 1;
      if (bytes < kRequestBytes && &change != &changes.back()) continue;
      TRY_AS("feeding GPU " + numbers_[place], remote_.ask(words));
      words.resize(2), bytes = 0;
    }
    return {};
  }

  /// A request that a virtual host takes at once, with room to spare.
  static constexpr std::size_t kRequestBytes = 40'000;

  virt::Remote& remote_;
  const ReplayPlan& plan_;
  history::State state_;
  std::vector<std::string> numbers_;
  std::size_t next_ = 0;
  std::int64_t start_ms_ = 0;
};

/// On the staged machine: the values at their times, for as long as the view runs.
Result<int> feed(const ReplayWords& words, const ReplayPlan& plan) {
  virt::Remote remote = TRY(virt::Remote::connect(TRY(virt::find_host("")).socket));
  Feeder feeder(remote, plan);
  TRY(feeder.begin());
  FrontCommand view = TRY(FrontCommand::start(words.view));
  while (!view.wait(feeder.due_in()))
    if (feeder.due_in() == 0) TRY(feeder.feed());
  return view.exit_code();
}

/// The moment as a scenario in a file of its own.
Result<std::string> write_scenario(const ReplayWords& words, const ReplayPlan& plan) {
  const std::string log = history::log_of_state(plan.recording.at(plan.at_ms)).dump();
  const auto machine = TRY(virt::import_text(log, words.file));
  const std::string text =
      virt::render_import(machine, "replayed from " + std::filesystem::path(words.file).filename().string(),
                          virt::load_known_boards(virt::BuiltinLibrary()));
  TRY_AS("staging the recording", virt::parse_scenario(text, words.file, virt::BuiltinLibrary()));
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/nvstack-replay-XXXXXX.toml";
  const Fd made(::mkstemps(path.data(), 5));
  if (!made.valid()) return fail(errno_error(errno, "create " + path));
  TRY(write_file_atomically(path, text));
  return path;
}

Result<int> stage(const ReplayWords& words, const ReplayPlan& plan) {
  const std::string file = std::filesystem::absolute(words.file);
  if (file.starts_with("/dev/"))
    return fail(ErrorCode::kUsage,
                file + " cannot be seen from the staged machine, which has a /dev of its own",
                "copy the recording to another folder");
  const std::string scenario = TRY(write_scenario(words, plan));
  std::vector<std::string> inside = {
      program_folder() + "/nvstack",     "smi",     "replay",    file, "--feed", "--at",
      std::to_string(plan.at_ms) + "ms", "--speed", words.speed, "--"};
  inside.insert(inside.end(), words.view.begin(), words.view.end());
  auto host = FrontCommand::start(staging_words(scenario, 1, inside));
  while (host && !host->wait(-1)) {
  }
  ::unlink(scenario.c_str());
  if (!host) return fail(host.error());
  return host->exit_code();
}

/// Options and subcommands alone are nvidia-smi's; nothing is its default table.
std::vector<std::string> view_of(std::vector<std::string> command) {
  if (command.empty() || command[0].starts_with("-") || smi::find_subcommand(command[0]))
    command.insert(command.begin(), "nvidia-smi");
  return command;
}

}  // namespace

Result<int> smi_replay(const std::vector<std::string>& all, Terminal& terminal) {
  ReplayWords read;
  const std::vector<Option> rows = {
      {"--at", "TIME", N_("begin at that time of the recording, as in 90s; at its beginning unless given"),
       &read.at},
      {"--speed", "N", N_("recorded seconds in one; 1 unless given, 0 holds the moment"), &read.speed},
      {"--feed", "", N_("feed the virtual host that runs already instead of staging one"), &read.feed},
      {"-h,--help", "", N_("print this help"), &read.help}};
  const auto dashes = std::find(all.begin(), all.end(), "--");
  std::vector<std::string> files;
  TRY(parse_options(rows, {all.begin(), dashes}, files, 1));
  if (read.help) {
    terminal.out(render_smi_help("replay", rows, terminal.columns));
    return kOk;
  }
  if (files.empty())
    return fail(ErrorCode::kUsage, "replay which file?", "nvstack smi replay gpus.rec -- nvidia-smi dmon");
  read.file = files[0];
  read.view = view_of(dashes == all.end() ? std::vector<std::string>{}
                                          : std::vector<std::string>(dashes + 1, all.end()));
  const ReplayPlan plan = TRY(plan_replay(read));
  return read.feed ? feed(read, plan) : stage(read, plan);
}

}  // namespace nvstack::cli
