#include "live/keys.hpp"

#include <algorithm>
#include <array>

#include "live/process_order.hpp"

namespace nvstack::live {

namespace {

constexpr std::chrono::milliseconds kBeatMin{100}, kBeatMax{10000};

Action open_page(ViewState& state, Page page) {
  state.page = state.page == page ? Page::kMain : page;
  state.top = 0;
  return state.page == Page::kTopology ? Action::kTopology : Action::kNone;
}
Action quit(ViewState&, const Snapshot&) {
  return Action::kQuit;
}
Action help(ViewState& state, const Snapshot&) {
  return open_page(state, Page::kHelp);
}
Action topology(ViewState& state, const Snapshot&) {
  return open_page(state, Page::kTopology);
}
Action events(ViewState& state, const Snapshot&) {
  return open_page(state, Page::kEvents);
}

Action sort_by(ViewState& state, Column column) {
  state.sort = column;
  const bool words = column == Column::kUser || column == Column::kType || column == Column::kPlace ||
                     column == Column::kCommand || column == Column::kPid || column == Column::kGpu;
  state.direction = words ? Direction::kAscending : Direction::kDescending;
  return Action::kNone;
}
Action sort_next(ViewState& state, const Snapshot&) {
  return sort_by(state, static_cast<Column>((static_cast<std::size_t>(state.sort) + 1) % kColumns));
}
Action sort_previous(ViewState& state, const Snapshot&) {
  return sort_by(state,
                 static_cast<Column>((static_cast<std::size_t>(state.sort) + kColumns - 1) % kColumns));
}
Action reverse(ViewState& state, const Snapshot&) {
  state.direction = state.direction == Direction::kAscending ? Direction::kDescending : Direction::kAscending;
  return Action::kNone;
}
Action filter(ViewState& state, const Snapshot&) {
  state.dialog = Dialog::kFilter;
  return Action::kNone;
}
Action tree(ViewState& state, const Snapshot&) {
  state.arrangement = state.arrangement == Arrangement::kList ? Arrangement::kTree : Arrangement::kList;
  return Action::kNone;
}
Action scope(ViewState& state, const Snapshot&) {
  state.scope = state.scope == Scope::kAllGpus ? Scope::kChosenGpu : Scope::kAllGpus;
  return Action::kNone;
}
Action pause(ViewState& state, const Snapshot&) {
  state.running = state.running == Running::kGoing ? Running::kPaused : Running::kGoing;
  return Action::kNone;
}
Action faster(ViewState& state, const Snapshot&) {
  state.beat = std::max(kBeatMin, state.beat / 2);
  return Action::kBeat;
}
Action slower(ViewState& state, const Snapshot&) {
  state.beat = std::min(kBeatMax, state.beat * 2);
  return Action::kBeat;
}
Action theme(ViewState& state, const Snapshot&) {
  state.theme = static_cast<Theme>((static_cast<int>(state.theme) + 1) % 3);
  return Action::kNone;
}

constexpr std::array kKeys = {
    KeyRow{0, "Up Down PgUp PgDn", N_("choose a process; on a page of text, move it"), nullptr},
    KeyRow{0, "Tab 0-9", N_("choose a GPU"), nullptr},
    KeyRow{'>', "<  >", N_("sort by the next or the one before of the columns"), sort_next},
    KeyRow{'<', nullptr, nullptr, sort_previous},
    KeyRow{'r', "r", N_("reverse the order"), reverse},
    KeyRow{'/', "/", N_("list only what holds these words in command, user, container, pod, job or unit"),
           filter},
    KeyRow{'a', "a", N_("the processes of all GPUs, or of the chosen one"), scope},
    KeyRow{'T', "T", N_("group by container, pod, job or unit, children below their parents"), tree},
    KeyRow{'k', "k", N_("send a signal to the chosen process, after a question"), begin_kill},
    KeyRow{'t', "t", N_("how the GPUs are connected"), topology},
    KeyRow{'e', "e", N_("all events: Xids, clocks held down, GPUs lost"), events},
    KeyRow{' ', "Space", N_("stop the picture, and let it go on"), pause},
    KeyRow{'+', "+  -", N_("faster or slower"), faster},
    KeyRow{'-', nullptr, nullptr, slower},
    KeyRow{'c', "c", N_("colours: dark, light, none"), theme},
    KeyRow{0, "mouse", N_("click a GPU, a process or the head of a column; the wheel moves"), nullptr},
    KeyRow{'h', "h  ?", N_("this page"), help},
    KeyRow{'?', nullptr, nullptr, help},
    KeyRow{'q', "q", N_("quit"), quit},
};

}  // namespace

std::span<const KeyRow> key_rows() {
  return kKeys;
}

Action begin_kill(ViewState& state, const Snapshot& snapshot) {
  if (state.access == Access::kReadOnly) {
    state.notice = {N_("read-only: no process is sent a signal"), {}};
    return Action::kNone;
  }
  const auto lines = order_processes(snapshot, state);
  const auto chosen = find_chosen(lines, state);
  if (!chosen) {
    state.notice = {N_("there is no process to send a signal to"), {}};
    return Action::kNone;
  }
  const Process& process = *lines[*chosen].process;
  if (process.start_ticks == 0) {
    state.notice = {N_("process {pid} is not to be seen in this /proc: refused"),
                    {{"pid", std::to_string(process.pid)}}};
    return Action::kNone;
  }
  state.victim = {process.pid, process.start_ticks, process.command};
  state.signal = 0;
  state.dialog = Dialog::kKill;
  return Action::kNone;
}

}  // namespace nvstack::live
