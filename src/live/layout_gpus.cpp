// One row a GPU.
#include <algorithm>
#include <array>

#include "base/message.hpp"
#include "live/chart.hpp"
#include "live/layout_parts.hpp"
#include "live/reasons.hpp"
#include "live/words.hpp"
#include "smi/value.hpp"

namespace nvstack::live {

namespace {

constexpr std::size_t kNameMost = 24, kNameLeast = 8, kIndexWidth = 3;

std::string unit(const Number& number, const char* sign) {
  return number ? whole(number) + sign : "-";
}

std::string pair_word(const std::string& a, const std::string& b) {
  return a == "-" && b == "-" ? "-" : a + "/" + b;
}

std::string reason_cell(const Gpu& gpu) {
  if (!gpu.reading.reasons) return "-";
  const auto found = find_reasons(*gpu.reading.reasons);
  return found.empty() ? "" : found.front()->brief;
}
Role reason_role(const Gpu& gpu) {
  const auto found = find_reasons(gpu.reading.reasons.value_or(0));
  return found.empty() ? Role::kPlain : found.front()->role;
}
Role temperature_role(const Gpu& gpu) {
  const double celsius = gpu.reading.temperature_c.value_or(0);
  return celsius >= 87 ? Role::kBad : celsius >= 80 ? Role::kWarning : Role::kPlain;
}
Role memory_role(const Gpu& gpu) {
  const Reading& r = gpu.reading;
  if (!r.memory_used_bytes || !r.memory_total_bytes || *r.memory_total_bytes <= 0) return Role::kPlain;
  return *r.memory_used_bytes / *r.memory_total_bytes >= 0.95 ? Role::kWarning : Role::kPlain;
}

/// Shown in frames that are `from` columns wide and wider; all but the curve stand at their right.
struct GpuColumn {
  const char* title;
  std::size_t width, from;
  std::string (*cell)(const Gpu& gpu);
  Role (*role)(const Gpu& gpu) = nullptr;
};
constexpr std::array kColumnRows = {
    GpuColumn{"P", 3, 66,
              [](const Gpu& g) {
                return g.reading.performance_state ? "P" + whole(g.reading.performance_state) : "-";
              }},
    GpuColumn{"GPU%", 4, 0, [](const Gpu& g) { return unit(g.reading.utilization_percent, "%"); }},
    GpuColumn{"", 8, 74, nullptr},  // the curve
    GpuColumn{"MEMORY", 11, 0,
              [](const Gpu& g) {
                return pair_word(bytes_word(g.reading.memory_used_bytes),
                                 bytes_word(g.reading.memory_total_bytes));
              },
              memory_role},
    GpuColumn{"POWER", 8, 48,
              [](const Gpu& g) {
                return pair_word(whole(g.reading.power_watts), unit(g.reading.power_limit_watts, "W"));
              }},
    GpuColumn{"TEMP", 4, 0, [](const Gpu& g) { return unit(g.reading.temperature_c, "C"); },
              temperature_role},
    GpuColumn{"FAN", 4, 80, [](const Gpu& g) { return unit(g.reading.fan_percent, "%"); }},
    GpuColumn{"MHz", 4, 60, [](const Gpu& g) { return whole(g.reading.sm_mhz); }},
    GpuColumn{"MEM-MHz", 7, 98, [](const Gpu& g) { return whole(g.reading.memory_mhz); }},
    GpuColumn{"PCIe in/out", 11, 112,
              [](const Gpu& g) {
                return pair_word(rate_word(g.reading.pcie_receive_rate), rate_word(g.reading.pcie_send_rate));
              }},
    GpuColumn{"NVLink in/out", 13, 128,
              [](const Gpu& g) {
                return pair_word(rate_word(g.reading.nvlink_receive_rate),
                                 rate_word(g.reading.nvlink_send_rate));
              }},
    GpuColumn{"HELD BY", 7, 72, reason_cell, reason_role},
};

struct Widths {
  std::size_t name = kNameLeast, curve = 8;
};
/// What the fixed columns leave goes to the name first, then to the curve.
Widths widths_of(std::size_t columns) {
  std::size_t fixed = kIndexWidth + 2;
  bool curve = false;
  for (const GpuColumn& column : kColumnRows) {
    if (columns < column.from) continue;
    fixed += column.width + 1;
    curve = curve || !column.cell;
  }
  const std::size_t rest = columns > fixed ? columns - fixed : 0;
  Widths widths;
  widths.name = std::clamp(rest, kNameLeast, kNameMost);
  if (curve && rest > widths.name) widths.curve += std::min<std::size_t>(rest - widths.name, 40);
  return widths;
}

/// Instead of values: why there are none.
std::string trouble_of(const Gpu& gpu) {
  switch (gpu.health) {
    case Health::kStarting:
      return render(Message{N_("no answer yet, asked {time} ago"), {{"time", time_word(gpu.hung_seconds)}}});
    case Health::kAnswering: return "";
    case Health::kHung:
      return render(Message{N_("hung for {time}"), {{"time", time_word(gpu.hung_seconds)}}});
    case Health::kLost: return render(Message{N_("lost: {words}"), {{"words", smi::code_words(gpu.code)}}});
    case Health::kFailed:
      return render(Message{N_("the driver refuses it: {words}"), {{"words", smi::code_words(gpu.code)}}});
  }
  return "";
}

void draw_cells(Frame& frame, std::size_t row, std::size_t at, const Widths& widths, const Gpu& gpu) {
  for (const GpuColumn& column : kColumnRows) {
    if (frame.size().columns < column.from) continue;
    if (!column.cell) {
      draw_curve(frame, {row, at, 1, widths.curve}, gpu.charts.utilization, 100);
      at += widths.curve + 1;
      continue;
    }
    frame.put_right(row, at + column.width, column.cell(gpu), column.role ? column.role(gpu) : Role::kPlain);
    at += column.width + 1;
  }
}

void draw_gpu(Frame& frame, std::size_t row, const Widths& widths, const Gpu& gpu) {
  frame.put_right(row, kIndexWidth, std::to_string(gpu.index));
  frame.put(row, kIndexWidth + 1, brief_name(gpu), Role::kPlain, widths.name);
  const std::size_t at = kIndexWidth + 1 + widths.name + 1;
  const std::string trouble = trouble_of(gpu);
  if (trouble.empty()) return draw_cells(frame, row, at, widths, gpu);
  frame.put(row, at, trouble, gpu.health == Health::kStarting ? Role::kWarning : Role::kBad);
}

}  // namespace

std::string brief_name(const Gpu& gpu) {
  std::string name = gpu.identity.name;
  for (const char* prefix : {"NVIDIA ", "GeForce "})
    if (name.starts_with(prefix)) name.erase(0, std::string_view(prefix).size());
  return name;
}

void draw_gpus(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state) {
  if (rows.count == 0) return;
  const std::size_t columns = frame.size().columns;
  const Widths widths = widths_of(columns);
  frame.color(rows.first, 0, columns, Role::kTitle);
  frame.put(rows.first, 1, "ID", Role::kTitle);
  frame.put(rows.first, kIndexWidth + 1, "NAME", Role::kTitle);
  std::size_t at = kIndexWidth + 1 + widths.name + 1;
  for (const GpuColumn& column : kColumnRows) {
    if (columns < column.from) continue;
    const std::size_t width = column.cell ? column.width : widths.curve;
    frame.put_right(rows.first, at + width, column.title, Role::kTitle);
    at += width + 1;
  }
  const std::size_t room = rows.count - 1, top = window_top(snapshot.gpus.size(), room, state.gpu);
  for (std::size_t i = 0; i < room && top + i < snapshot.gpus.size(); ++i) {
    const std::size_t row = rows.first + 1 + i;
    draw_gpu(frame, row, widths, snapshot.gpus[top + i]);
    if (top + i == state.gpu && state.running != Running::kOnce) frame.set(row, 0, U'>', Role::kGood);
    frame.add_region({row, 0, columns, Target::kGpu, top + i});
  }
}

}  // namespace nvstack::live
