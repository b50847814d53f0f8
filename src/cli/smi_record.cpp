// nvstack smi record: what the GPUs show over time, a line a moment, into a file that replay, diff and virt
// import read.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "cli/live_driver.hpp"
#include "cli/smi_verbs.hpp"
#include "history/duration.hpp"
#include "history/read_state.hpp"
#include "history/recorder.hpp"
#include "smi/clock.hpp"

namespace nvstack::cli {

namespace {

struct RecordWords {
  std::string file, interval = "1000", length, count, ids;
  bool replace = false, help = false;
};

/// The file grows by whole lines: what was written before a crash or a full disk stays readable.
class LineFile {
 public:
  static Result<LineFile> create(const std::string& path, bool replace) {
    LineFile file;
    file.path_ = path;
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (replace ? O_TRUNC : O_EXCL);
    file.fd_ =
        Fd(path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), flags, 0644));
    if (!file.fd_.valid() && errno == EEXIST)
      return fail(ErrorCode::kUsage, path + " exists already", "--force writes over it");
    if (!file.fd_.valid()) return fail(errno_error(errno, "create " + path));
    return file;
  }

  Status add(std::string_view line) {
    while (!line.empty()) {
      const ssize_t count = ::write(fd_.number(), line.data(), line.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail(errno_error(errno, "write " + path_));
      line.remove_prefix(static_cast<std::size_t>(count));
      bytes_ += static_cast<std::uint64_t>(count);
    }
    return {};
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::string path_;
  Fd fd_;
  std::uint64_t bytes_ = 0;
};

Result<BeatLimits> parse_limits(const RecordWords& words) {
  BeatLimits limits;
  limits.interval_ms = TRY(parse_interval(words.interval));
  if (!words.length.empty()) {
    limits.for_ms = history::parse_duration(words.length);
    if (!limits.for_ms) return fail(ErrorCode::kUsage, "--for must be a duration", "--for 90s, --for 2h");
  }
  if (!words.count.empty()) {
    limits.count = parse_uint(words.count);
    if (!limits.count || *limits.count == 0)
      return fail(ErrorCode::kUsage, "--count must be a whole number above 0", "");
  }
  return limits;
}

/// Asks the GPUs of a recording, each apart.
class Asker {
 public:
  Asker(LiveDriver& driver, std::vector<unsigned> gpus, Terminal& terminal)
      : driver_(driver), gpus_(std::move(gpus)), terminal_(terminal), silent_(gpus_.size()) {}

  /// The state now, in the recording's order. A GPU that gives no answer is silent, and that is said once.
  history::State state() {
    smi::take_now();
    const auto answers =
        driver_.ask_each<history::State>(gpus_, [](smi::System& system, smi::Target& target) {
          std::vector<smi::Target> one;
          one.push_back(std::move(target));
          return history::read_state(system, one);
        });
    history::State state;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      history::GpuState gpu;
      if (answers[i]) {
        gpu = answers[i]->gpus.at(0);
        state.timestamp = answers[i]->timestamp, state.driver_version = answers[i]->driver_version;
        state.cuda_version = answers[i]->cuda_version;
      } else {
        gpu.id = "GPU " + std::to_string(gpus_[i]), gpu.index = gpus_[i], gpu.silent = true;
      }
      if (gpu.silent != silent_[i])
        tell_silence(terminal_, gpus_[i], gpu.silent,
                     N_("GPU {gpu} gives no answer; it keeps its last values"));
      silent_[i] = gpu.silent;
      state.gpus.push_back(std::move(gpu));
    }
    return state;
  }

 private:
  LiveDriver& driver_;
  std::vector<unsigned> gpus_;
  Terminal& terminal_;
  std::vector<bool> silent_;
};

Result<int> record(OpenDriver open, const RecordWords& words, Terminal& terminal) {
  const BeatLimits limits = TRY(parse_limits(words));
  LiveDriver driver = TRY(open());
  const std::vector<unsigned> gpus = TRY(driver.gpus(words.ids));
  LineFile file = TRY(LineFile::create(words.file, words.replace));
  Asker asker(driver, gpus, terminal);
  history::Recorder recorder;
  Beat beat(limits);
  std::uint64_t moments = 0;
  std::int64_t last_ms = 0;
  while (beat.next()) {
    const history::State state = asker.state();
    last_ms = moments == 0 ? 0 : beat.elapsed_ms();
    TRY(file.add(moments == 0 ? recorder.begin({wall_clock_ms(), limits.interval_ms}, state)
                              : recorder.add(last_ms, wall_clock_ms(), state)));
    ++moments;
  }
  if (words.file != "-")
    terminal.err(render({N_("{file}: {count} moments of {gpus} GPUs in {time}, {bytes} bytes. nvstack smi "
                            "replay {file} shows them."),
                         {{"file", words.file},
                          {"count", std::to_string(moments)},
                          {"gpus", std::to_string(gpus.size())},
                          {"time", history::render_duration(last_ms)},
                          {"bytes", std::to_string(file.bytes())}}}) +
                 "\n");
  return kOk;
}

}  // namespace

Result<int> smi_record(const std::vector<std::string>& words, Terminal& terminal) {
  return smi_record_on(LiveDriver::open, words, terminal);
}

Result<int> smi_record_on(OpenDriver open, const std::vector<std::string>& words, Terminal& terminal) {
  RecordWords read;
  const std::vector<Option> rows = {
      {"--interval", "MS", N_("time between two moments; 1000 unless given, or as in 2s"), &read.interval},
      {"--for", "TIME", N_("end after that long, as in 90s or 2h; until Ctrl+C unless given"), &read.length},
      {"--count", "N", N_("end after so many moments"), &read.count},
      {"-i,--id", "GPUS", N_("only these GPUs: index, UUID, bus id or serial, with commas"), &read.ids},
      {"--force", "", N_("write over a file that exists"), &read.replace},
      {"-h,--help", "", N_("print this help"), &read.help}};
  std::vector<std::string> files;
  TRY(parse_options(rows, words, files, 1));
  if (read.help) {
    terminal.out(render_smi_help("record", rows, terminal.columns));
    return kOk;
  }
  if (files.empty())
    return fail(ErrorCode::kUsage, "record into which file?", "nvstack smi record gpus.rec --for 60s");
  read.file = files[0];
  return record(open, read, terminal);
}

}  // namespace nvstack::cli
