// What no board can be: values that contradict each other or that no driver could answer.
#include <algorithm>

#include "virt/board_values.hpp"

namespace nvstack::virt {

namespace {

std::optional<std::int64_t> number(const Board& board, const std::string& name) {
  const auto at = board.readings.find(name);
  if (at == board.readings.end() || at->second.code != 0) return std::nullopt;
  return at->second.value;
}

/// Readings that have a sign: temperatures, their distances from a limit, offsets, the node of none, and 64
/// bits that are no number.
bool may_be_negative(const std::string& name) {
  for (const char* part : {"temperature", "tlimit", "offset", "numa_node_id", "pdi"})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

bool is_percent(const std::string& name) {
  return name.starts_with("utilization_")
             ? name != "utilization_period_us"
             : name.starts_with("fan_") && name.find("percent") != std::string::npos;
}

struct Order {
  const char *low, *high;
};
// The first is at most the second, where a board has both.
constexpr Order kOrders[] = {{"memory_used_bytes", "memory_total_bytes"},
                             {"memory_reserved_bytes", "memory_total_bytes"},
                             {"bar1_used_bytes", "bar1_total_bytes"},
                             {"power_limit_min_mw", "power_limit_max_mw"},
                             {"power_limit_min_mw", "power_limit_mw"},
                             {"power_limit_mw", "power_limit_max_mw"},
                             {"power_limit_default_mw", "power_limit_max_mw"},
                             {"clock_graphics_idle_mhz", "clock_graphics_max_mhz"},
                             {"clock_memory_idle_mhz", "clock_memory_max_mhz"},
                             {"fan_percent_min", "fan_percent_max"},
                             {"pcie_width", "pcie_width_max"},
                             {"pcie_generation", "pcie_generation_max"}};

}  // namespace

Status check_board(const Board& board, const std::string& where) {
  for (const auto& [name, value] : board.readings) {
    if (value.code != 0) continue;
    if (value.value < 0 && !may_be_negative(name))
      return fail(ErrorCode::kMalformed, where + ": " + name + " is negative",
                  "\"N/A\" says that the board has no such value");
    if (value.value > 100 && is_percent(name))
      return fail(ErrorCode::kMalformed, where + ": " + name + " is above 100 percent", "");
  }
  for (const Order& order : kOrders) {
    const auto low = number(board, order.low), high = number(board, order.high);
    if (low && high && *low > *high)
      return fail(ErrorCode::kMalformed,
                  where + ": " + order.low + " (" + std::to_string(*low) + ") is above " + order.high + " (" +
                      std::to_string(*high) + ")",
                  "");
  }
  return {};
}

}  // namespace nvstack::virt
