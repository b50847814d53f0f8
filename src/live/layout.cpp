#include "live/layout.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "live/layout_parts.hpp"
#include "live/words.hpp"

namespace nvstack::live {

namespace {

/// The rows of the main page. Its parts shrink in this order: curves, chosen process, processes, GPUs.
struct Plan {
  Rows gpus, detail, processes;
  std::size_t chosen = 0, ticker = 0;  // 0: not shown
};

Plan plan_rows(const Snapshot& snapshot, Size size) {
  Plan plan;
  const std::size_t footer = size.rows - 1;
  std::size_t room = footer - 1;  // between title and footer
  const auto take = [&](std::size_t rows) {
    const std::size_t taken = std::min(rows, room);
    room -= taken;
    return taken;
  };
  const std::size_t ticker = size.rows >= 12 ? take(1) : 0;
  const std::size_t chosen = size.rows >= 20 ? take(1) : 0;
  const std::size_t detail =
      size.rows >= 18 ? take(size.rows >= 32 ? std::min<std::size_t>(5 + (size.rows - 24) / 6, 11) : 5) : 0;
  // A head each; a third of what is left is for processes at least.
  const std::size_t gpus =
      take(1 + std::min(snapshot.gpus.size(), std::max<std::size_t>(1, room * 2 / 3 - 1)));
  const std::size_t processes = take(room);
  std::size_t at = 1;
  const auto place = [&](std::size_t rows) {
    const Rows placed{at, rows};
    at += rows;
    return placed;
  };
  plan.gpus = place(gpus), plan.detail = place(detail), plan.processes = place(processes);
  if (chosen) plan.chosen = place(1).first;
  if (ticker) plan.ticker = place(1).first;
  return plan;
}

void draw_title(Frame& frame, const Snapshot& snapshot, const ViewState& state) {
  const std::size_t columns = frame.size().columns;
  frame.color(0, 0, columns, Role::kTitle);
  std::string text = " nvstack";
  if (state.running == Running::kPaused) text += " [" + translate(N_("paused")) + "]";
  if (state.access == Access::kReadOnly) text += " [" + translate(N_("read-only")) + "]";
  text += "  " + render(Message(N_("driver {driver}  CUDA {cuda}  GPUs {gpus}  processes {processes}"),
                                {{"driver", snapshot.driver},
                                 {"cuda", snapshot.cuda},
                                 {"gpus", std::to_string(snapshot.gpus.size())},
                                 {"processes", std::to_string(snapshot.processes.size())}}));
  frame.put(0, 0, text, Role::kTitle, columns > 12 ? columns - 10 : columns);
  frame.put_right(0, columns - 1, snapshot.clock, Role::kTitle);
}

void draw_ticker(Frame& frame, std::size_t row, const Snapshot& snapshot) {
  if (snapshot.processes_overdue_seconds > 0) {
    frame.put(row, 1,
              render(Message{N_("/proc has not answered for {time}"),
                             {{"time", time_word(snapshot.processes_overdue_seconds)}}}),
              Role::kBad);
    return;
  }
  // The newest at the left; older ones as far as there is room.
  std::size_t at = 1;
  for (auto event = snapshot.events.rbegin();
       event != snapshot.events.rend() && at + 12 < frame.size().columns; ++event) {
    at = frame.put(row, at, event->time + " ", Role::kDim);
    at = frame.put(row, at, event->text, weight_role(event->weight)) + 2;
  }
}

std::string footer_text(const ViewState& state) {
  if (state.dialog == Dialog::kFilter)
    return translate(N_("filter:")) + " " + state.filter + "_   " +
           translate(N_("Enter keeps it, Esc clears it"));
  if (!state.notice.empty()) return render(state.notice);
  std::string text;
  if (!state.filter.empty()) text = translate(N_("filter:")) + " " + state.filter + "   ";
  const bool page = state.page != Page::kMain;
  return text +
         (page ? translate(N_("Up Down move  Esc back  h help  q quit"))
               : translate(
                     N_("h help  / filter  < > r sort  k kill  T tree  a scope  t topo  e events  q quit")));
}

void draw_footer(Frame& frame, const ViewState& state) {
  const bool loud = state.dialog == Dialog::kFilter || !state.notice.empty();
  frame.put(frame.size().rows - 1, 1, footer_text(state), loud ? Role::kWarning : Role::kDim);
}

void draw_main(Frame& frame, const Snapshot& snapshot, const ViewState& state) {
  const Plan plan = plan_rows(snapshot, frame.size());
  draw_gpus(frame, plan.gpus, snapshot, state);
  if (plan.detail.count) draw_detail(frame, plan.detail, snapshot, state);
  draw_processes(frame, plan.processes, snapshot, state);
  if (plan.chosen) draw_chosen_process(frame, plan.chosen, snapshot, state);
  if (plan.ticker) draw_ticker(frame, plan.ticker, snapshot);
}

Frame too_small(Size size, Glyphs glyphs) {
  Frame frame(size, glyphs);
  const std::string text = render(
      Message{N_("too small: {rows} rows and {columns} columns are needed"),
              {{"rows", std::to_string(kSizeLeast.rows)}, {"columns", std::to_string(kSizeLeast.columns)}}});
  std::size_t row = 0;
  const std::string wrapped = wrap(text, std::max<std::size_t>(size.columns, 1), 0);
  for (const std::string_view line : split_lines(wrapped)) frame.put(row++, 0, line);
  return frame;
}

}  // namespace

std::size_t window_top(std::size_t count, std::size_t room, std::size_t chosen) {
  if (room == 0 || count <= room) return 0;
  return std::min(chosen / room * room, count - room);
}

Role weight_role(Weight weight) {
  switch (weight) {
    case Weight::kNote: return Role::kPlain;
    case Weight::kWarning: return Role::kWarning;
    case Weight::kError: return Role::kBad;
  }
  return Role::kPlain;
}

Frame draw(const Snapshot& snapshot, const ViewState& state, Size size, Glyphs glyphs) {
  if (size.rows < kSizeLeast.rows || size.columns < kSizeLeast.columns) return too_small(size, glyphs);
  Frame frame(size, glyphs);
  const Rows page{1, size.rows - 2};
  draw_title(frame, snapshot, state);
  switch (state.page) {
    case Page::kMain: draw_main(frame, snapshot, state); break;
    case Page::kTopology: draw_topology(frame, page, snapshot, state); break;
    case Page::kEvents: draw_events(frame, page, snapshot, state); break;
    case Page::kHelp: draw_help(frame, page, state); break;
  }
  if (state.running != Running::kOnce) draw_footer(frame, state);
  if (state.dialog == Dialog::kKill) draw_kill_dialog(frame, state);
  return frame;
}

Size whole_size(const Snapshot& snapshot, const ViewState& state, std::size_t columns) {
  const std::size_t lines = std::max<std::size_t>(order_processes(snapshot, state).size(), 1);
  // Title, two heads, five rows of the chosen GPU, chosen process, ticker, footer; the GPUs get two thirds of
  // the rest.
  const std::size_t gpus = snapshot.gpus.size();
  const std::size_t rows = 2 + 1 + 1 + 11 + std::max(gpus + 1 + lines + 1, (gpus + 2) * 3 / 2 + 1);
  return {std::max(rows, kSizeLeast.rows), std::max(columns, kSizeLeast.columns)};
}

}  // namespace nvstack::live
