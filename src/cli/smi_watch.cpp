// nvstack smi watch: waits until a condition over the fields of --query-gpu begins to hold on a GPU, says so,
// and runs a command.
#include "base/text.hpp"
#include "cli/child_commands.hpp"
#include "cli/live_driver.hpp"
#include "cli/smi_verbs.hpp"
#include "history/duration.hpp"
#include "history/watcher.hpp"
#include "smi/clock.hpp"
#include "smi/read.hpp"

namespace nvstack::cli {

namespace {

struct WatchWords {
  std::string condition, command, interval = "1000", length, ids, deadline = "60s";
  bool once = false, help = false;
};

bool is_lost(int code) {
  return code == NVML_ERROR_GPU_IS_LOST || code == NVML_ERROR_RESET_REQUIRED;
}

/// Asks the fields of the condition and no others.
history::Reading read_fields(smi::Target& target, const history::Condition& condition) {
  history::Reading reading{.lost = !target.board, .values = {}};
  for (const smi::FieldRow* row : condition.fields) {
    reading.values.push_back(target.board ? row->read(*target.board, row->ask) : smi::missing(target.code));
    reading.lost = reading.lost || is_lost(reading.values.back().code);
  }
  return reading;
}

/// What one look at a GPU gives.
struct Look {
  history::Reading reading;
  std::string uuid;
};

std::string shown_values(const history::Condition& condition, const history::Reading& reading) {
  std::string text;
  for (std::size_t i = 0; i < condition.fields.size(); ++i)
    text += (i ? ", " : "") + std::string(condition.fields[i]->name) + " " + smi::log_text(reading.values[i]);
  return reading.lost ? "lost" : text;
}

/// "temperature.gpu" as NVSTACK_TEMPERATURE_GPU.
std::string variable_name(std::string_view field) {
  std::string name = "NVSTACK_FIELD_";
  for (const char letter : field)
    name += std::isalnum(static_cast<unsigned char>(letter))
                ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter)))
                : '_';
  return name;
}

class Watch {
 public:
  Watch(const WatchWords& words, const history::Condition& condition, LiveDriver& driver,
        const std::vector<unsigned>& gpus, std::int64_t deadline_ms, Terminal& terminal)
      : words_(words),
        condition_(condition),
        driver_(driver),
        gpus_(gpus),
        terminal_(terminal),
        children_(deadline_ms),
        watchers_(gpus_.size(), history::Watcher(condition_)),
        silent_(gpus_.size()) {}

  /// One look at all GPUs. What one that gives no answer does meanwhile nobody knows: it is begun anew with.
  Status look(std::int64_t ms) {
    smi::take_now();
    children_.look_after();
    const bool with_uuid = !words_.command.empty();
    const auto looks =
        driver_.ask_each<Look>(gpus_, [condition = condition_, with_uuid](smi::System&, smi::Target& target) {
          Look look{read_fields(target, condition), ""};
          if (with_uuid && target.board)
            look.uuid = smi::log_text(smi::read_text(*target.board, {.function = "nvmlDeviceGetUUID"}));
          return look;
        });
    for (std::size_t i = 0; i < gpus_.size(); ++i) {
      const bool was_silent = silent_[i];
      silent_[i] = !looks[i];
      if (was_silent != silent_[i])
        tell_silence(terminal_, gpus_[i], silent_[i],
                     N_("GPU {gpu} gives no answer; the others are watched on"));
      if (silent_[i]) continue;
      if (was_silent) watchers_[i].emplace(condition_);
      if (watchers_[i]->step(ms, looks[i]->reading)) TRY(fire(gpus_[i], *looks[i]));
    }
    return {};
  }
  bool has_fired() const { return fired_; }

 private:
  Status fire(unsigned gpu, const Look& seen) {
    const history::Reading& reading = seen.reading;
    fired_ = true;
    terminal_.out(smi::plain_time(smi::now().seconds) + " GPU " + std::to_string(gpu) + ": " +
                  printable(condition_.source, 400) + " (" +
                  printable(shown_values(condition_, reading), 400) + ")\n");
    if (words_.command.empty()) return {};
    ChildCommands::Environment environment = {{"NVSTACK_GPU_INDEX", std::to_string(gpu)},
                                              {"NVSTACK_CONDITION", condition_.source},
                                              {"NVSTACK_GPU_UUID", seen.uuid},
                                              {"NVSTACK_GPU_LOST", reading.lost ? "1" : "0"}};
    for (std::size_t i = 0; i < condition_.fields.size(); ++i)
      environment.emplace_back(variable_name(condition_.fields[i]->name),
                               reading.values[i].ok() ? reading.values[i].text : "");
    if (!TRY(children_.start(gpu, words_.command, environment)))
      terminal_.err(
          render({N_("GPU {gpu}: the command of the time before still runs; it is not started again"),
                  {{"gpu", std::to_string(gpu)}}}) +
          "\n");
    return {};
  }

  const WatchWords& words_;
  const history::Condition& condition_;
  LiveDriver& driver_;
  const std::vector<unsigned> gpus_;
  Terminal& terminal_;
  ChildCommands children_;
  std::vector<std::optional<history::Watcher>> watchers_;  // as gpus_
  std::vector<bool> silent_;
  bool fired_ = false;
};

Result<int> watch(OpenDriver open, const WatchWords& words, Terminal& terminal) {
  const history::Condition condition = TRY(history::parse_condition(words.condition));
  BeatLimits limits;
  limits.interval_ms = TRY(parse_interval(words.interval));
  if (!words.length.empty() && !(limits.for_ms = history::parse_duration(words.length)))
    return fail(ErrorCode::kUsage, "--for must be a duration", "--for 90s, --for 2h");
  const auto deadline = history::parse_duration(words.deadline);
  if (!deadline || *deadline == 0)
    return fail(ErrorCode::kUsage, "--deadline must be a duration", "--deadline 60s");
  LiveDriver driver = TRY(open());
  const std::vector<unsigned> gpus = TRY(driver.gpus(words.ids));
  Watch watching(words, condition, driver, gpus, *deadline, terminal);
  Beat beat(limits);
  while (beat.next()) {
    TRY(watching.look(beat.elapsed_ms()));
    if (words.once && watching.has_fired()) break;
  }
  return watching.has_fired() ? kFindings : kOk;
}

}  // namespace

Result<int> smi_watch(const std::vector<std::string>& words, Terminal& terminal) {
  return smi_watch_on(LiveDriver::open, words, terminal);
}

Result<int> smi_watch_on(OpenDriver open, const std::vector<std::string>& words, Terminal& terminal) {
  WatchWords read;
  const std::vector<Option> rows = {
      {"--exec", "COMMAND",
       N_("run by sh for each GPU where it begins to hold; NVSTACK_GPU_INDEX, NVSTACK_GPU_UUID and "
          "NVSTACK_FIELD_... tell it which"),
       &read.command},
      {"--deadline", "TIME", N_("end a command that takes longer; 60s unless given"), &read.deadline},
      {"--interval", "MS", N_("time between two looks; 1000 unless given, or as in 2s"), &read.interval},
      {"--for", "TIME", N_("end after that long, as in 90s or 2h; until Ctrl+C unless given"), &read.length},
      {"-i,--id", "GPUS", N_("only these GPUs: index, UUID, bus id or serial, with commas"), &read.ids},
      {"--once", "", N_("end when it begins to hold on a GPU"), &read.once},
      {"-h,--help", "", N_("print this help"), &read.help}};
  std::vector<std::string> conditions;
  TRY(parse_options(rows, words, conditions, 1));
  if (read.help) {
    terminal.out(render_smi_help("watch", rows, terminal.columns));
    return kOk;
  }
  if (conditions.empty())
    return fail(ErrorCode::kUsage, "watch for what?", "nvstack smi watch 'temperature.gpu > 85 for 30s'");
  read.condition = conditions[0];
  return watch(open, read, terminal);
}

}  // namespace nvstack::cli
