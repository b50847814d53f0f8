#include "smi/clock.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>

namespace nvstack::smi {

namespace {

/// Milliseconds since 1970; the threads that ask GPUs read it while the next pass begins.
std::atomic<std::int64_t> pass_ms = 0;

std::string format_time(std::time_t seconds, const char* pattern) {
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), pattern, &parts);
  return {text.data(), length};
}

}  // namespace

Moment now() {
  const std::int64_t ms = pass_ms.load(std::memory_order_relaxed);
  return {static_cast<std::time_t>(ms / 1000), static_cast<int>(ms % 1000)};
}
void set_now(Moment moment) {
  pass_ms = std::int64_t{moment.seconds} * 1000 + moment.milliseconds;
}
void take_now() {
  std::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  set_now({time.tv_sec, static_cast<int>(time.tv_nsec / 1'000'000)});
}

std::string csv_time(Moment moment) {
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03d", moment.milliseconds % 1000);
  return plain_time(moment.seconds) + fraction.data();
}
std::string plain_time(std::time_t seconds) {
  return format_time(seconds, "%Y/%m/%d %H:%M:%S");
}
std::string log_time(Moment moment) {
  return format_time(moment.seconds, "%a %b %e %H:%M:%S %Y");
}

}  // namespace nvstack::smi
