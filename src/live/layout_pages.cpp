// The pages of text, and the question before a signal.
#include <algorithm>

#include "base/message.hpp"
#include "base/text.hpp"
#include "live/keys.hpp"
#include "live/layout_parts.hpp"

namespace nvstack::live {

namespace {

struct Line {
  std::string text;
  Role role = Role::kPlain;
};

void draw_lines(Frame& frame, Rows rows, const std::vector<Line>& lines, std::size_t top) {
  const std::size_t last = lines.size() > rows.count ? lines.size() - rows.count : 0;
  top = std::min(top, last);
  for (std::size_t i = 0; i < rows.count && top + i < lines.size(); ++i)
    frame.put(rows.first + i, 1, lines[top + i].text, lines[top + i].role);
}

/// Tabs of the matrix to the next multiple of eight.
std::string without_tabs(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\t')
      out.append(8 - out.size() % 8, ' ');
    else
      out += c;
  }
  return out;
}

}  // namespace

void draw_help(Frame& frame, Rows rows, const ViewState& state) {
  std::vector<Line> lines = {{translate(N_("Keys")), Role::kTitle}};
  constexpr std::size_t kKeyWidth = 20;
  const std::size_t columns = frame.size().columns;
  for (const KeyRow& row : key_rows()) {
    if (!row.shown) continue;
    std::string key = row.shown;
    key.resize(kKeyWidth, ' ');
    const std::string words = wrap(translate(row.words), columns - kKeyWidth - 2, 0);
    for (const std::string_view part : split_lines(words)) {
      lines.push_back({key + std::string(part)});
      key.assign(kKeyWidth, ' ');
    }
  }
  draw_lines(frame, rows, lines, state.top);
}

void draw_topology(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state) {
  std::vector<Line> lines;
  if (snapshot.topology.empty()) lines.push_back({translate(N_("asking the driver ...")), Role::kDim});
  for (const std::string& line : snapshot.topology)
    lines.push_back({without_tabs(line), lines.empty() ? Role::kTitle : Role::kPlain});
  draw_lines(frame, rows, lines, state.top);
}

void draw_events(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state) {
  std::vector<Line> lines;
  for (auto event = snapshot.events.rbegin(); event != snapshot.events.rend(); ++event)
    lines.push_back({event->time + "  " + event->text, weight_role(event->weight)});
  if (lines.empty()) lines.push_back({translate(N_("nothing has happened since the start")), Role::kDim});
  draw_lines(frame, rows, lines, state.top);
}

void draw_kill_dialog(Frame& frame, const ViewState& state) {
  const std::size_t width = std::min<std::size_t>(frame.size().columns, 64),
                    left = (frame.size().columns - width) / 2;
  const std::size_t top = frame.size().rows / 2 - 3;
  std::string signals;
  for (std::size_t i = 0; i < kSignals; ++i) {
    const std::string name = signal_row(i).name;
    signals += i == state.signal ? "[" + name + "] " : " " + name + "  ";
  }
  const std::vector<std::string> lines = {
      "",
      render(Message{N_("Send a signal to process {pid}?"), {{"pid", std::to_string(state.victim.pid)}}}),
      state.victim.command,
      signals + translate(N_("(t k i, or Left and Right)")),
      translate(N_("y sends it, n or Esc does not")),
      "",
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    frame.put(top + i, left, std::string(width, ' '), Role::kDialog);
    frame.put(top + i, left + 2, lines[i], Role::kDialog, width - 4);
  }
}

}  // namespace nvstack::live
