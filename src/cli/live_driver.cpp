#include "cli/live_driver.hpp"

#include <ctime>

#include <cerrno>
#include <cstdio>
#include <numeric>

#include "base/text.hpp"
#include "history/duration.hpp"

namespace nvstack::cli {

namespace {

constexpr std::int64_t kNanosecondsInMs = 1'000'000;
constexpr unsigned kGpusMax = 4096;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

std::vector<std::string> words_of(const std::string& ids) {
  std::vector<std::string> words;
  if (ids.empty()) return words;
  for (const std::string_view word : split(ids, ',')) words.emplace_back(trim(word));
  return words;
}

Error driver_error(const smi::Start& start) {
  return {ErrorCode::kNotAvailable,
          replace_all(std::string(trim(start.message)), "\n", " "),
          "nvstack doctor looks for the cause",
          {}};
}

}  // namespace

Result<LiveDriver> LiveDriver::open() {
  auto library = nvml::Nvml::open();
  if (!library) return fail(driver_error(smi::no_library()));
  return adopt(std::move(*library));
}

Result<LiveDriver> LiveDriver::adopt(nvml::Nvml library) {
  LiveDriver driver;
  auto held = std::make_unique<nvml::Nvml>(std::move(library));
  if (const smi::Start start = smi::start_driver(*held); start.exit_code != 0)
    return fail(driver_error(start));
  driver.library_ = std::move(held);
  smi::System system(*driver.library_, smi::Compat{});
  driver.compat_ = smi::compat_of(system.driver_version());
  return driver;
}

LiveDriver::~LiveDriver() {
  // A call that hangs still runs in the library: its thread keeps it, and a shutdown would wait for it.
  if (library_ && !apart_.has_left_behind()) NVML_CALL(*library_, nvmlShutdown);
}

unsigned LiveDriver::count() {
  unsigned count = 0;
  NVML_CALL(*library_, nvmlDeviceGetCount_v2, &count);
  return count;
}

std::vector<bool> LiveDriver::run_each(const std::vector<unsigned>& gpus,
                                       const std::function<Ask(unsigned)>& ask_for) {
  const auto work_for = [&, count = count()](unsigned gpu) -> AskApart::Work {
    // Its own: what the library has been looked up for is remembered without a lock.
    auto& library = libraries_.try_emplace(gpu, std::make_shared<nvml::Nvml>(*library_)).first->second;
    return [library = library, compat = compat_, count, gpu, ask = ask_for(gpu)](smi::Progress& progress) {
      smi::System system(*library, compat);
      system.progress = &progress;
      system.count = count;
      auto found = smi::find_targets(system, std::to_string(gpu));
      if (found.empty()) found.push_back({gpu, NVML_ERROR_NOT_FOUND, {}});
      ask(system, found[0]);
    };
  };
  return apart_.run(gpus, work_for);
}

Result<std::vector<unsigned>> LiveDriver::gpus(const std::string& ids) {
  std::vector<unsigned> all(std::min(count(), kGpusMax));
  std::iota(all.begin(), all.end(), 0u);
  if (!all.empty() && ids.empty()) return all;
  const std::vector<std::string> words = words_of(ids);
  std::vector<unsigned> chosen;
  for (const std::string& word : words)
    if (const auto index = word.size() < 6 ? parse_uint(word) : std::nullopt; index && *index < all.size())
      chosen.push_back(static_cast<unsigned>(*index));
  if (chosen.size() < words.size()) {  // some are other names, which only the GPUs themselves know
    chosen.clear();
    const auto named = ask_each<std::vector<bool>>(all, [words](smi::System&, smi::Target& target) {
      std::vector<bool> is;
      for (const std::string& word : words) is.push_back(smi::is_named(target, word));
      return is;
    });
    for (std::size_t place = 0; place < words.size(); ++place)
      for (const unsigned gpu : all)
        if (words[place] == std::to_string(gpu) || (named[gpu] && (*named[gpu])[place]))
          chosen.push_back(gpu);
  }
  if (!chosen.empty() && chosen.size() == words.size()) return chosen;
  return fail(ErrorCode::kNotFound, "No devices were found",
              ids.empty() ? "" : "-i takes an index, a UUID, a bus id or a serial");
}

Result<std::int64_t> parse_interval(const std::string& text) {
  const auto plain = parse_uint(text);
  const auto parsed = plain && *plain < 1'000'000'000 ? std::optional(static_cast<std::int64_t>(*plain))
                                                      : history::parse_duration(text);
  if (!parsed || *parsed < 10 || *parsed > 86'400'000)
    return fail(ErrorCode::kUsage, "--interval must be from 10 ms to a day", "--interval 500, --interval 2s");
  return *parsed;
}

Beat::Beat(const BeatLimits& limits) : limits_(limits) {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals_, &before_);
}

Beat::~Beat() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool Beat::wait_until(std::int64_t due_ns) {
  for (;;) {
    const std::int64_t left = std::max<std::int64_t>(due_ns - clock_ns(CLOCK_MONOTONIC), 0);
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    if (::sigtimedwait(&signals_, nullptr, &timeout) > 0) return false;
    if (errno == EAGAIN) return true;
  }
}

bool Beat::next() {
  std::fflush(stdout);
  const std::int64_t now = clock_ns(CLOCK_MONOTONIC);
  if (beats_ == 0) start_ns_ = now;
  if (limits_.count && beats_ >= *limits_.count) return false;
  const std::int64_t interval = limits_.interval_ms * kNanosecondsInMs;
  // A beat that came late does not make the next ones come in a heap.
  const std::int64_t due = beats_ == 0 ? now : start_ns_ + ((now - start_ns_) / interval + 1) * interval;
  if (limits_.for_ms && due - start_ns_ > *limits_.for_ms * kNanosecondsInMs) {
    return false;
  }
  ++beats_;
  return wait_until(due);
}

std::int64_t Beat::elapsed_ms() const {
  return (clock_ns(CLOCK_MONOTONIC) - start_ns_) / kNanosecondsInMs;
}

void tell_silence(Terminal& terminal, unsigned gpu, bool silent, const char* silence) {
  const Message message = {silent ? silence : N_("GPU {gpu} answers again"), {{"gpu", std::to_string(gpu)}}};
  terminal.err(render(message) + "\n");
}

std::int64_t wall_clock_ms() {
  return clock_ns(CLOCK_REALTIME) / kNanosecondsInMs;
}

}  // namespace nvstack::cli
