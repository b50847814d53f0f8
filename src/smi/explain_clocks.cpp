// What holds the clocks down, in words.
#include <cstdio>

#include "smi/explain_cells.hpp"

namespace nvstack::smi {

namespace {

struct ReasonRow {
  unsigned long long bit;
  int counter;       // of ClockReasons::held_us; -1: none
  const char* name;  // as -q calls it
  const char* now;
  const char* since;  // before "for 221 s since the driver was loaded"
};
// {limit} is the cap of the table.
constexpr ReasonRow kReasons[] = {
    {0x4, 0, "SW Power Cap", "The {limit} power limit lowers the clocks now.",
     "Capped by the {limit} power limit"},
    {0x20, 2, "SW Thermal Slowdown", "The driver lowers the clocks now because of heat.",
     "Slowed by the driver because of heat"},
    {0x40, 3, "HW Thermal Slowdown",
     "The hardware halves the clocks or more now because of heat: cooling fails.",
     "Slowed by the hardware because of heat"},
    {0x80, 4, "HW Power Brake Slowdown",
     "The power supply asserts the power brake: the clocks are halved or less.",
     "Slowed by the power brake of the supply"},
    {0x10, 1, "Sync Boost", "The clocks follow a slower GPU of the same sync boost group.",
     "Held by sync boost"},
    {0x2, -1, "Applications Clocks Setting", "Application clocks that were set are the limit.", ""},
    {0x100, -1, "Display Clock Setting", "The display's clock is the limit.", ""},
};
constexpr unsigned long long kIdle = 0x1, kHardware = 0x8, kHardwareDetails = 0x40 | 0x80;

std::string with_limit(std::string text, const std::string& limit) {
  const std::size_t at = text.find("{limit}");
  if (at == std::string::npos) return text;
  const auto watts = leading_number(limit);
  return text.replace(at, 7, watts ? std::to_string(*watts) + " W" : "board's");
}

std::string duration_text(std::uint64_t microseconds) {
  if (microseconds >= 7'200'000'000u) return std::to_string(microseconds / 3'600'000'000u) + " h";
  if (microseconds >= 1'000'000u) return std::to_string(microseconds / 1'000'000u) + " s";
  return microseconds >= 1000 ? std::to_string(microseconds / 1000) + " ms" : "less than 1 ms";
}

}  // namespace

std::string clock_value(const ClockReasons& clocks) {
  if (!clocks.active) return "N/A";
  std::string text;
  for (const ReasonRow& row : kReasons)
    if (*clocks.active & row.bit) text += (text.empty() ? "" : ", ") + std::string(row.name);
  if (text.empty() && (*clocks.active & kHardware)) text = "HW Slowdown";
  if (text.empty() && (*clocks.active & kIdle)) text = "Idle";
  return text.empty() ? "free" : text;
}

std::string clock_words(const GpuCells& gpu, const ClockReasons& clocks) {
  std::string text;
  const auto add = [&](const std::string& sentence) { text += (text.empty() ? "" : " ") + sentence; };
  if (!clocks.active) add("The driver does not say what holds the clocks down.");
  const unsigned long long active = clocks.active.value_or(0);
  for (const ReasonRow& row : kReasons)
    if (active & row.bit) add(with_limit(row.now, gpu.limit));
  if ((active & kHardware) && !(active & kHardwareDetails))
    add("The hardware lowers the clocks now: heat or power supply.");
  if (text.empty() && (active & kIdle)) add("Nothing runs, so the clocks are low.");
  if (text.empty()) add("Nothing holds the clocks down.");
  for (const ReasonRow& row : kReasons) {
    const auto held = row.counter < 0 ? std::nullopt : clocks.held_us[static_cast<std::size_t>(row.counter)];
    if (held && *held > 0)
      add(with_limit(row.since, gpu.limit) + " for " + duration_text(*held) +
          " since the driver was loaded.");
  }
  return text;
}

}  // namespace nvstack::smi
