#include "live/view_state.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include "live/keys.hpp"
#include "live/process_order.hpp"

namespace nvstack::live {

namespace {

constexpr std::size_t kFilterMax = 64, kPageStep = 10, kWheelStep = 3;

constexpr std::array<SignalRow, kSignals> kSignalRows = {
    {{'t', "TERM", SIGTERM}, {'k', "KILL", SIGKILL}, {'i', "INT", SIGINT}}};

void choose(ViewState& state, const Process& process) {
  state.pid = process.pid;
  state.pid_gpu = process.gpu;
}

/// Moves the choice among the processes; heads of groups are passed over.
void move_choice(ViewState& state, const Snapshot& snapshot, std::ptrdiff_t step) {
  std::vector<const Process*> processes;
  std::size_t at = 0;
  const auto lines = order_processes(snapshot, state);
  const auto chosen = find_chosen(lines, state);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].process) continue;
    if (chosen && i == *chosen) at = processes.size();
    processes.push_back(lines[i].process);
  }
  if (processes.empty()) return;
  const auto target = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(at) + step, 0,
                                                 static_cast<std::ptrdiff_t>(processes.size()) - 1);
  choose(state, *processes[static_cast<std::size_t>(target)]);
}

void move(ViewState& state, const Snapshot& snapshot, std::ptrdiff_t step) {
  if (state.page == Page::kMain) return move_choice(state, snapshot, step);
  const auto top = static_cast<std::ptrdiff_t>(state.top) + step;
  state.top =
      static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(top, 0, 10000));  // the layout knows the end
}

void move_gpu(ViewState& state, const Snapshot& snapshot, std::size_t step) {
  if (!snapshot.gpus.empty()) state.gpu = (state.gpu + step) % snapshot.gpus.size();
}

void click(ViewState& state, const Input& input, const Snapshot& snapshot, const Frame& frame) {
  const auto region = frame.region_at(input.row, input.column);
  if (!region) return;
  switch (region->target) {
    case Target::kGpu:
      if (region->value < snapshot.gpus.size()) state.gpu = region->value;
      return;
    case Target::kProcess: {
      const auto lines = order_processes(snapshot, state);
      if (region->value < lines.size() && lines[region->value].process)
        choose(state, *lines[region->value].process);
      return;
    }
    case Target::kColumn: {
      const auto column = static_cast<Column>(region->value % kColumns);
      if (state.sort == column)
        state.direction =
            state.direction == Direction::kAscending ? Direction::kDescending : Direction::kAscending;
      else
        state.sort = column, state.direction = Direction::kDescending;
      return;
    }
  }
}

/// Takes the last character away, however many bytes it has.
void drop_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0u) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Action press_in_filter(ViewState& state, const Input& input) {
  switch (input.key) {
    case Key::kEnter: state.dialog = Dialog::kNone; break;
    case Key::kEscape: state.filter.clear(), state.dialog = Dialog::kNone; break;
    case Key::kBackspace: drop_character(state.filter); break;
    case Key::kCharacter:
      if (input.character >= 0x20 && state.filter.size() < kFilterMax)
        state.filter += utf8_of(input.character);
      break;
    default: break;
  }
  return Action::kNone;
}

Action press_in_kill(ViewState& state, const Input& input) {
  if (input.key == Key::kLeft) state.signal = (state.signal + kSignals - 1) % kSignals;
  if (input.key == Key::kRight || input.key == Key::kTab) state.signal = (state.signal + 1) % kSignals;
  for (std::size_t i = 0; i < kSignals; ++i)
    if (input.key == Key::kCharacter && input.character == static_cast<char32_t>(kSignalRows[i].key))
      state.signal = i;
  // Enter alone does not send: a key pressed once too often ends nobody's work.
  if (input.key == Key::kCharacter && (input.character == U'y' || input.character == U'Y')) {
    state.dialog = Dialog::kNone;
    return Action::kKill;
  }
  if (input.key == Key::kEscape || input.key == Key::kEnter ||
      (input.key == Key::kCharacter &&
       (input.character == U'n' || input.character == U'N' || input.character == U'q')))
    state.dialog = Dialog::kNone;
  return Action::kNone;
}

Action press_character(ViewState& state, char32_t character, const Snapshot& snapshot) {
  if (character >= U'0' && character <= U'9') {
    for (std::size_t i = 0; i < snapshot.gpus.size(); ++i)
      if (snapshot.gpus[i].index == character - U'0') state.gpu = i;
    return Action::kNone;
  }
  for (const KeyRow& row : key_rows())
    if (row.key == character && row.press) return row.press(state, snapshot);
  return Action::kNone;
}

Action leave_page(ViewState& state) {
  if (state.page == Page::kMain) state.filter.clear();
  state.page = Page::kMain, state.top = 0;
  return Action::kNone;
}

}  // namespace

const SignalRow& signal_row(std::size_t number) {
  return kSignalRows[number % kSignals];
}

Action press(ViewState& state, const Input& input, const Snapshot& snapshot, const Frame& frame) {
  if (input.key == Key::kClosed) return Action::kQuit;
  if (input.key == Key::kNone || input.key == Key::kResize) return Action::kNone;
  state.notice = {};
  if (state.dialog == Dialog::kFilter) return press_in_filter(state, input);
  if (state.dialog == Dialog::kKill) return press_in_kill(state, input);
  constexpr auto kFar = static_cast<std::ptrdiff_t>(100000), kStep = static_cast<std::ptrdiff_t>(kPageStep),
                 kWheel = static_cast<std::ptrdiff_t>(kWheelStep);
  switch (input.key) {
    case Key::kUp: move(state, snapshot, -1); break;
    case Key::kDown: move(state, snapshot, 1); break;
    case Key::kPageUp: move(state, snapshot, -kStep); break;
    case Key::kPageDown: move(state, snapshot, kStep); break;
    case Key::kHome: move(state, snapshot, -kFar); break;
    case Key::kEnd: move(state, snapshot, kFar); break;
    case Key::kWheelUp: move(state, snapshot, -kWheel); break;
    case Key::kWheelDown: move(state, snapshot, kWheel); break;
    case Key::kTab: move_gpu(state, snapshot, 1); break;
    case Key::kBackTab:
      move_gpu(state, snapshot, snapshot.gpus.empty() ? 0 : snapshot.gpus.size() - 1);
      break;
    case Key::kEscape: return leave_page(state);
    case Key::kClick: click(state, input, snapshot, frame); break;
    case Key::kCharacter: return press_character(state, input.character, snapshot);
    default: break;
  }
  return Action::kNone;
}

}  // namespace nvstack::live
