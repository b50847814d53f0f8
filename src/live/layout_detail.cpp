// The chosen GPU: its curves, rates, clocks and energy.
#include <algorithm>
#include <array>

#include "base/message.hpp"
#include "base/text.hpp"
#include "live/chart.hpp"
#include "live/layout_parts.hpp"
#include "live/reasons.hpp"
#include "live/words.hpp"

namespace nvstack::live {

namespace {

/// NVML writes eight digits of domain, of which the first four are nearly always 0.
std::string brief_bus_id(const Gpu& gpu) {
  const std::string& id = gpu.identity.bus_id;
  return id.starts_with("0000") && id.size() > 12 ? id.substr(4) : id;
}

std::string identity_line(const Gpu& gpu) {
  std::string text = "GPU " + std::to_string(gpu.index) + "  " + brief_name(gpu) + "  " + brief_bus_id(gpu);
  if (gpu.identity.pcie_generation && gpu.identity.pcie_width)
    text += "  PCIe " + whole(gpu.identity.pcie_generation) + ".0 x" + whole(gpu.identity.pcie_width);
  return text;
}

/// Since the view began; the driver's own counter began with the driver.
std::string energy_line(const Gpu& gpu) {
  const Number& now = gpu.reading.energy_joules;
  if (!now || !gpu.energy_start_joules || *now < *gpu.energy_start_joules) return "";
  return render(
      Message{N_("{energy} since start"), {{"energy", energy_word(*now - *gpu.energy_start_joules)}}});
}

struct Curve {
  std::string label;
  const Series& series;
  double most;
};

void draw_curves(Frame& frame, Rows rows, const Gpu& gpu) {
  const Reading& r = gpu.reading;
  const std::array curves = {
      Curve{translate(N_("use")) + " " + whole(r.utilization_percent) + "%", gpu.charts.utilization, 100},
      Curve{translate(N_("memory")) + " " + bytes_word(r.memory_used_bytes) + "/" +
                bytes_word(r.memory_total_bytes),
            gpu.charts.memory, 100},
      Curve{translate(N_("power")) + " " + whole(r.power_watts) + "/" + whole(r.power_limit_watts) + "W",
            gpu.charts.power, 100},
      Curve{translate(N_("heat")) + " " + whole(r.temperature_c) + "C", gpu.charts.temperature, 100},
  };
  const std::size_t width = frame.size().columns / curves.size();
  for (std::size_t i = 0; i < curves.size(); ++i) {
    frame.put(rows.first, i * width + 1, curves[i].label, Role::kDim, width - 2);
    draw_curve(frame, {rows.first + 1, i * width + 1, rows.count - 1, width - 2}, curves[i].series,
               curves[i].most);
  }
}

/// "PCIe 1.2G in 3.4G out", bytes a second, and its curve; returns where it ended.
std::size_t draw_rate(Frame& frame, std::size_t row, std::size_t at, const char* name, const Number& in,
                      const Number& out, const Series& series, std::size_t curve) {
  if (!in && !out) return at;
  const Message words{"{name} {received} in {sent} out",
                      {{"name", name}, {"received", rate_word(in)}, {"sent", rate_word(out)}}};
  at = frame.put(row, at, render(words)) + 1;
  if (curve == 0) return at + 1;
  draw_curve(frame, {row, at, 1, curve}, series, std::max(series.largest(Series::kLengthMax), 1.0));
  return at + curve + 2;
}

void draw_rates(Frame& frame, std::size_t row, const Gpu& gpu) {
  const Reading& r = gpu.reading;
  // In a narrow frame the reasons need the room of the curves.
  const bool wide = frame.size().columns >= 100;
  const std::size_t curve = wide ? 12 : slowing_reasons(r.reasons.value_or(0)) == 0 ? 8 : 0;
  std::size_t at =
      draw_rate(frame, row, 1, "PCIe", r.pcie_receive_rate, r.pcie_send_rate, gpu.charts.pcie, curve);
  at = draw_rate(frame, row, at, "NVLink", r.nvlink_receive_rate, r.nvlink_send_rate, gpu.charts.nvlink,
                 curve);
  const auto reasons = find_reasons(r.reasons.value_or(0));
  if (!reasons.empty()) frame.put(row, at, reason_words(*r.reasons), reasons.front()->role);
}

}  // namespace

void draw_detail(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state) {
  if (state.gpu >= snapshot.gpus.size() || rows.count < 4) return;
  const Gpu& gpu = snapshot.gpus[state.gpu];
  const std::size_t columns = frame.size().columns;
  frame.color(rows.first, 0, columns, Role::kTitle);
  const std::string energy = energy_line(gpu);
  const std::size_t width = display_width(energy) + 3;
  frame.put(rows.first, 1, identity_line(gpu), Role::kTitle, columns > width ? columns - width : columns);
  frame.put_right(rows.first, columns - 1, energy, Role::kTitle);
  draw_curves(frame, {rows.first + 1, rows.count - 2}, gpu);
  draw_rates(frame, rows.first + rows.count - 1, gpu);
}

}  // namespace nvstack::live
