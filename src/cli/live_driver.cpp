#include "cli/live_driver.hpp"

#include <ctime>

#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "history/duration.hpp"

namespace nvstack::cli {

namespace {

constexpr std::int64_t kNanosecondsInMs = 1'000'000;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
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
  driver.system_ = std::make_unique<smi::System>(*driver.library_, smi::Compat{});
  driver.system_->compat = smi::compat_of(driver.system_->driver_version());
  return driver;
}

LiveDriver::~LiveDriver() {
  if (library_) NVML_CALL(*library_, nvmlShutdown);
}

Result<std::vector<smi::Target>> LiveDriver::targets(const std::string& ids) {
  system_->count = 0;
  NVML_CALL(*library_, nvmlDeviceGetCount_v2, &system_->count);
  auto found = smi::find_targets(*system_, ids);
  if (found.empty())
    return fail(ErrorCode::kNotFound, "No devices were found",
                ids.empty() ? "" : "-i takes an index, a UUID, a bus id or a serial");
  return found;
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

std::int64_t wall_clock_ms() {
  return clock_ns(CLOCK_REALTIME) / kNanosecondsInMs;
}

}  // namespace nvstack::cli
