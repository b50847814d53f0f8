// Goal: what every key and click does to what is chosen; which processes are listed, and in which order; when
// a signal is refused before a question is asked.
#include "live/view_state.hpp"

#include <doctest.h>

#include "live/keys.hpp"
#include "live/process_order.hpp"
#include "live/test_snapshot.hpp"

using namespace nvstack::live;
using nvstack::live::test::make_snapshot;

namespace {

struct Hands {
  Snapshot snapshot = make_snapshot(3);
  ViewState state;
  Frame frame{{24, 80}};

  Action key(Key key) { return press(state, {.key = key}, snapshot, frame); }
  Action type(std::u32string_view text) {
    Action last = Action::kNone;
    for (const char32_t c : text)
      last = press(state, {.key = Key::kCharacter, .character = c}, snapshot, frame);
    return last;
  }
  Action click(std::size_t row, std::size_t column) {
    return press(state, {.key = Key::kClick, .row = row, .column = column}, snapshot, frame);
  }
  std::vector<unsigned> listed() const {
    std::vector<unsigned> pids;
    for (const ProcessLine& line : order_processes(snapshot, state))
      if (line.process) pids.push_back(line.process->pid);
    return pids;
  }
  unsigned chosen() const {
    const auto lines = order_processes(snapshot, state);
    const auto at = find_chosen(lines, state);
    return at ? lines[*at].process->pid : 0;
  }
};

using Pids = std::vector<unsigned>;

}  // namespace

TEST_CASE("the choice moves, stops at the ends, and stays with its process when the order changes") {
  Hands hands;
  CHECK(hands.chosen() == 4301);  // the most memory first
  hands.key(Key::kUp);
  CHECK(hands.chosen() == 4301);
  hands.key(Key::kDown);
  CHECK(hands.chosen() == 4300);
  hands.type(U"r");
  CHECK(hands.listed() == Pids{4100, 4200, 4300, 4301});
  CHECK(hands.chosen() == 4300);
  hands.key(Key::kEnd);
  CHECK(hands.chosen() == 4301);
  hands.key(Key::kHome);
  CHECK(hands.chosen() == 4100);
  hands.key(Key::kWheelDown);
  CHECK(hands.chosen() == 4301);
  hands.snapshot.processes.pop_back();  // it ends
  CHECK(hands.chosen() == 4100);
  hands.snapshot.processes.clear();
  hands.key(Key::kDown);
  CHECK(hands.chosen() == 0);
}

TEST_CASE("every column can sort, numbers from the largest and words from the first") {
  Hands hands;
  for (std::size_t i = 0; i < kColumns; ++i) {
    hands.type(U">");
    CHECK(hands.listed().size() == 4);
  }
  CHECK(hands.state.sort == Column::kGpuMemory);
  hands.type(U"<<<");
  CHECK(hands.state.sort == Column::kUser);
  CHECK(hands.listed() == Pids{4100, 4300, 4301, 4200});
  hands.state.sort = Column::kCommand, hands.state.direction = Direction::kAscending;
  CHECK(hands.listed() == Pids{4300, 4301, 4100, 4200});
  hands.state.sort = Column::kPlace;
  CHECK(hands.listed() == Pids{4100, 4200, 4300, 4301});
  hands.snapshot.processes[0].sm_percent.reset();
  hands.state.sort = Column::kSm, hands.state.direction = Direction::kDescending;
  CHECK(hands.listed().back() == 4100);  // what is not known is last
}

TEST_CASE("a filter is typed, kept by Enter, cleared by Escape, and every word must fit") {
  Hands hands;
  hands.type(U"/ANN job");
  CHECK(hands.state.dialog == Dialog::kFilter);
  CHECK(hands.listed() == Pids{4301, 4300});
  hands.key(Key::kEnter);
  CHECK(hands.state.dialog == Dialog::kNone);
  CHECK(hands.state.filter == "ANN job");
  hands.type(U"/");
  for (int i = 0; i < 4; ++i) hands.key(Key::kBackspace);
  hands.type(U"é");
  hands.key(Key::kBackspace);
  CHECK(hands.state.filter == "ANN");
  hands.type(std::u32string(500, U'x'));
  CHECK(hands.state.filter.size() <= 64);
  CHECK(hands.listed().empty());
  hands.key(Key::kEscape);
  CHECK(hands.state.filter.empty());
  for (const char* word : {"docker", "aaaaaaaa", "1b2c3d4e", "4200", "slurmstepd"}) {
    hands.state.filter = word;
    CHECK_FALSE(hands.listed().empty());
  }
}

TEST_CASE("GPUs are chosen by Tab and by their index, and may limit the list") {
  Hands hands;
  hands.key(Key::kBackTab);
  CHECK(hands.state.gpu == 2);
  hands.key(Key::kTab);
  CHECK(hands.state.gpu == 0);
  hands.type(U"1a");
  CHECK(hands.listed() == Pids{4301, 4300});
  hands.type(U"9");
  CHECK(hands.state.gpu == 1);
  hands.snapshot.gpus.clear();
  hands.key(Key::kTab);
  hands.key(Key::kBackTab);
  CHECK(hands.state.gpu == 1);
}

TEST_CASE("the tree groups by place and puts children below their parents") {
  Hands hands;
  hands.type(U"T");
  std::string text;
  for (const ProcessLine& line : order_processes(hands.snapshot, hands.state))
    text += line.process ? std::to_string(line.depth) + ":" + std::to_string(line.process->pid) + " "
                         : "[" + line.head + "] ";
  CHECK(
      text ==
      "[job 77.0 (ann)] 1:4300 2:4301 [cri-o aaaaaaaaaaaa (bob)] 1:4200 [docker aaaaaaaaaaaa (ann)] 1:4100 ");
  hands.snapshot.processes[2].parent = 4301;  // a ring, as two readings at different times may show
  CHECK(hands.listed().size() == 4);
}

TEST_CASE("pages open and close, and text moves") {
  Hands hands;
  CHECK(hands.type(U"t") == Action::kTopology);
  CHECK(hands.state.page == Page::kTopology);
  hands.key(Key::kDown), hands.key(Key::kUp), hands.key(Key::kUp);
  CHECK(hands.state.top == 0);
  hands.key(Key::kPageDown);
  CHECK(hands.state.top == 10);
  hands.type(U"e");
  CHECK(hands.state.page == Page::kEvents);
  CHECK(hands.state.top == 0);
  hands.key(Key::kEscape);
  CHECK(hands.state.page == Page::kMain);
  hands.type(U"??");
  CHECK(hands.state.page == Page::kMain);
  CHECK(hands.type(U"q") == Action::kQuit);
  CHECK(hands.key(Key::kClosed) == Action::kQuit);
  CHECK(hands.type(U"Z\u4e2d") == Action::kNone);
}

TEST_CASE("the beat has bounds, the picture can stand still, the theme goes round") {
  Hands hands;
  for (int i = 0; i < 9; ++i) CHECK(hands.type(U"+") == Action::kBeat);
  CHECK(hands.state.beat == std::chrono::milliseconds(100));
  for (int i = 0; i < 9; ++i) hands.type(U"-");
  CHECK(hands.state.beat == std::chrono::milliseconds(10000));
  hands.type(U" ");
  CHECK(hands.state.running == Running::kPaused);
  hands.type(U" c");
  CHECK(hands.state.running == Running::kGoing);
  CHECK(hands.state.theme == Theme::kLight);
  hands.type(U"cc");
  CHECK(hands.state.theme == Theme::kDark);
}

TEST_CASE("a signal is sent by y alone, to the process that was asked for") {
  Hands hands;
  CHECK(hands.type(U"k") == Action::kNone);
  REQUIRE(hands.state.dialog == Dialog::kKill);
  CHECK(hands.state.victim.pid == 4301);
  CHECK(hands.state.victim.start_ticks == 9301);
  CHECK(signal_row(hands.state.signal).name == std::string("TERM"));
  hands.snapshot.processes.erase(hands.snapshot.processes.begin());  // the list moves under the question
  hands.key(Key::kRight);
  CHECK(signal_row(hands.state.signal).name == std::string("KILL"));
  hands.key(Key::kLeft), hands.key(Key::kLeft);
  CHECK(signal_row(hands.state.signal).name == std::string("INT"));
  hands.type(U"k");
  CHECK(signal_row(hands.state.signal).name == std::string("KILL"));
  CHECK(hands.type(U"y") == Action::kKill);
  CHECK(hands.state.victim.pid == 4301);
  CHECK(hands.state.dialog == Dialog::kNone);
}

TEST_CASE("Enter, Escape, n and q send nothing") {
  for (const Input& input :
       {Input{.key = Key::kEnter}, Input{.key = Key::kEscape},
        Input{.key = Key::kCharacter, .character = U'n'}, Input{.key = Key::kCharacter, .character = U'q'}}) {
    Hands hands;
    hands.type(U"k");
    CHECK(press(hands.state, input, hands.snapshot, hands.frame) == Action::kNone);
    CHECK(hands.state.dialog == Dialog::kNone);
  }
}

TEST_CASE("a signal is refused read-only, without a process, and for one that is not seen here") {
  Hands hands;
  hands.state.access = Access::kReadOnly;
  hands.type(U"k");
  CHECK(hands.state.dialog == Dialog::kNone);
  CHECK(hands.state.notice.text == "read-only: no process is sent a signal");
  hands.state.access = Access::kFull;
  hands.snapshot.processes[3].start_ticks = 0;
  hands.type(U"k");
  CHECK(hands.state.dialog == Dialog::kNone);
  CHECK(nvstack::render(hands.state.notice) == "process 4301 is not to be seen in this /proc: refused");
  hands.snapshot.processes.clear();
  hands.type(U"k");
  CHECK(hands.state.notice.text == "there is no process to send a signal to");
  hands.key(Key::kUp);
  CHECK(hands.state.notice.empty());
}

TEST_CASE("a click chooses a GPU, a process, or sorts; a second one reverses") {
  Hands hands;
  hands.frame.add_region({2, 0, 80, Target::kGpu, 2});
  hands.frame.add_region({3, 0, 80, Target::kProcess, 2});
  hands.frame.add_region({4, 0, 8, Target::kColumn, static_cast<std::size_t>(Column::kPid)});
  hands.frame.add_region({5, 0, 80, Target::kGpu, 99});
  hands.frame.add_region({6, 0, 80, Target::kProcess, 99});
  hands.click(2, 10), hands.click(5, 10);
  CHECK(hands.state.gpu == 2);
  hands.click(3, 10), hands.click(6, 10), hands.click(20, 1);
  CHECK(hands.chosen() == 4200);
  hands.click(4, 3);
  CHECK(hands.listed() == Pids{4301, 4300, 4200, 4100});
  hands.click(4, 3);
  CHECK(hands.listed() == Pids{4100, 4200, 4300, 4301});
}
