// The list of processes.
#include <algorithm>
#include <array>

#include "base/message.hpp"
#include "base/text.hpp"
#include "live/layout_parts.hpp"
#include "live/words.hpp"

namespace nvstack::live {

namespace {

using CellText = std::string (*)(const Process& process, const Snapshot& snapshot);

enum class Side { kLeft, kRight };
/// Shown in frames that are `from` columns wide and wider.
struct ListColumn {
  Column column;
  const char* title;
  std::size_t width, from;
  Side side;
  CellText cell;
};
constexpr std::array kColumnRows = {
    ListColumn{Column::kPid, "PID", 7, 0, Side::kRight,
               [](const Process& p, const Snapshot&) { return std::to_string(p.pid); }},
    ListColumn{Column::kUser, "USER", 8, 48, Side::kLeft,
               [](const Process& p, const Snapshot&) { return p.user.empty() ? "-" : p.user; }},
    ListColumn{Column::kGpu, "GPU", 3, 0, Side::kRight,
               [](const Process& p, const Snapshot& s) {
                 return p.gpu < s.gpus.size() ? std::to_string(s.gpus[p.gpu].index) : "-";
               }},
    ListColumn{Column::kType, "TYP", 3, 76, Side::kLeft,
               [](const Process& p, const Snapshot&) { return p.type; }},
    ListColumn{Column::kGpuMemory, "GPU-MEM", 7, 0, Side::kRight,
               [](const Process& p, const Snapshot&) { return bytes_word(p.gpu_memory_bytes); }},
    ListColumn{Column::kSm, "SM%", 3, 56, Side::kRight,
               [](const Process& p, const Snapshot&) { return whole(p.sm_percent); }},
    ListColumn{Column::kCpu, "CPU%", 5, 64, Side::kRight,
               [](const Process& p, const Snapshot&) { return whole(p.cpu_percent); }},
    ListColumn{Column::kMemory, "MEM", 5, 72, Side::kRight,
               [](const Process& p, const Snapshot&) { return bytes_word(p.memory_bytes); }},
    ListColumn{Column::kTime, "TIME", 8, 92, Side::kRight,
               [](const Process& p, const Snapshot&) { return time_word(p.seconds); }},
    ListColumn{Column::kPlace, "PLACE", 12, 80, Side::kLeft,
               [](const Process& p, const Snapshot&) { return place_word(p.place); }},
    ListColumn{Column::kCommand, "COMMAND", 0, 0, Side::kLeft,
               [](const Process& p, const Snapshot&) { return p.command; }},
};

/// Names of pods and units are long; a wide frame gives them room.
std::size_t width_of(const ListColumn& column, std::size_t columns, std::size_t at) {
  if (column.column == Column::kCommand) return columns > at ? columns - at : 0;
  if (column.column == Column::kPlace && columns >= 110)
    return std::min<std::size_t>(column.width + (columns - 100) / 3, 40);
  return column.width;
}

void draw_head(Frame& frame, std::size_t row, const ViewState& state) {
  const std::size_t columns = frame.size().columns;
  frame.color(row, 0, columns, Role::kTitle);
  std::size_t at = 0;
  for (const ListColumn& column : kColumnRows) {
    if (columns < column.from) continue;
    const std::size_t width = width_of(column, columns, at);
    const Role role = column.column == state.sort ? Role::kSorted : Role::kTitle;
    if (column.side == Side::kRight)
      frame.put_right(row, at + width, column.title, role);
    else
      frame.put(row, at, column.title, role, width);
    // Without colour the order must be seen too.
    if (column.column == state.sort) {
      const char32_t mark = state.direction == Direction::kAscending ? U'^' : U'v';
      frame.set(row, column.side == Side::kRight ? at + width : at + std::string_view(column.title).size(),
                mark, role);
    }
    frame.add_region({row, at, at + width + 1, Target::kColumn, static_cast<std::size_t>(column.column)});
    at += width + 1;
  }
}

void draw_process(Frame& frame, std::size_t row, const ProcessLine& line, const Snapshot& snapshot) {
  const std::size_t columns = frame.size().columns;
  std::size_t at = 0;
  for (const ListColumn& column : kColumnRows) {
    if (columns < column.from) continue;
    const std::size_t width = width_of(column, columns, at);
    std::string text = column.cell(*line.process, snapshot);
    if (column.column == Column::kCommand && line.depth > 1)
      text.insert(0, std::string((line.depth - 1) * 2, ' '));
    if (column.side == Side::kRight && display_width(text) <= width)
      frame.put_right(row, at + width, text);
    else
      frame.put(row, at, text, Role::kPlain, width);
    at += width + 1;
  }
}

std::string empty_words(const Snapshot& snapshot, const ViewState& state) {
  if (snapshot.processes.empty())
    return translate(N_("no process uses a GPU, or the driver shows none here"));
  return state.filter.empty() ? translate(N_("no process uses this GPU"))
                              : translate(N_("no process fits the filter"));
}

}  // namespace

void draw_processes(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state) {
  if (rows.count == 0) return;
  draw_head(frame, rows.first, state);
  const auto lines = order_processes(snapshot, state);
  const auto chosen = find_chosen(lines, state);
  if (lines.empty() && rows.count > 1) frame.put(rows.first + 1, 1, empty_words(snapshot, state), Role::kDim);
  const std::size_t room = rows.count - 1, top = window_top(lines.size(), room, chosen.value_or(0));
  for (std::size_t i = 0; i < room && top + i < lines.size(); ++i) {
    const std::size_t row = rows.first + 1 + i;
    const ProcessLine& line = lines[top + i];
    if (!line.process) {
      frame.put(row, 1, line.head, Role::kDim);
      continue;
    }
    draw_process(frame, row, line, snapshot);
    if (chosen == top + i && state.running != Running::kOnce)
      frame.color(row, 0, frame.size().columns, Role::kSelected);
    frame.add_region({row, 0, frame.size().columns, Target::kProcess, top + i});
  }
}

void draw_chosen_process(Frame& frame, std::size_t row, const Snapshot& snapshot, const ViewState& state) {
  const auto lines = order_processes(snapshot, state);
  const auto chosen = find_chosen(lines, state);
  if (!chosen || state.running == Running::kOnce) return;
  const Process& process = *lines[*chosen].process;
  const Place& place = process.place;
  std::string text = std::to_string(process.pid);
  const auto add = [&](const std::string& word, const std::string& value) {
    if (!value.empty()) text += "  " + word + " " + value;
  };
  if (process.inner_pids.size() > 1)
    add(translate(N_("pid inside")), std::to_string(process.inner_pids.back()));
  add(runtime_name(place.runtime), place.container.substr(0, 24));
  add("pod", place.pod_name.empty() ? place.pod : place.pod_name + " " + place.pod);
  add("job", place.job);
  add("unit", place.unit);
  frame.put(row, 1, text + "  " + process.command, Role::kDim);
}

}  // namespace nvstack::live
