#include "live/words.hpp"

#include <cmath>

#include "smi/format.hpp"

namespace nvstack::live {

namespace {

std::string scaled(const Number& number, double step) {
  if (!number || !std::isfinite(*number)) return "-";
  constexpr const char* kUnits[] = {"", "K", "M", "G", "T", "P", "E"};
  double value = std::max(0.0, *number);
  std::size_t unit = 0;
  while (value >= step - 0.5 && unit + 1 < std::size(kUnits)) value /= step, ++unit;
  // One decimal from gigabytes on, where it means something, and where there is room.
  return smi::format(unit >= 3 && value < 99.95 ? "%.1f%s" : "%.0f%s", value, kUnits[unit]);
}

}  // namespace

std::string whole(const Number& number) {
  return number && std::isfinite(*number) ? smi::format("%.0f", *number) : "-";
}
std::string bytes_word(const Number& bytes) {
  return scaled(bytes, 1024);
}
std::string rate_word(const Number& bytes_a_second) {
  return scaled(bytes_a_second, 1000);
}

std::string time_word(const Number& seconds) {
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0) return "-";
  const auto all = static_cast<long long>(*seconds);
  if (*seconds > 0 && *seconds < 10) return smi::format("%.1fs", *seconds);
  if (all < 60) return smi::format("%llds", all);
  if (all < 3600) return smi::format("%lld:%02lld", all / 60, all % 60);
  if (all < 86400) return smi::format("%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  return smi::format("%lldd%02lldh", all / 86400, all / 3600 % 24);
}

std::string energy_word(const Number& joules) {
  if (!joules || !std::isfinite(*joules)) return "-";
  if (*joules < 1000) return smi::format("%.0f J", *joules);
  if (*joules < 1e5) return smi::format("%.1f kJ", *joules / 1e3);
  if (*joules < 3.6e6) return smi::format("%.1f Wh", *joules / 3600);
  return smi::format("%.2f kWh", *joules / 3.6e6);
}

}  // namespace nvstack::live
