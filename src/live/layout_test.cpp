// Goal: the pictures, character by character: every size, both alphabets, healthy and broken GPUs. A changed
// picture is a changed expectation: look at it, then write it down.
#include "live/layout.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "live/test_snapshot.hpp"

using namespace nvstack::live;
using nvstack::contains;
using nvstack::live::test::make_snapshot;

namespace {

std::string text_of(const Snapshot& snapshot, const ViewState& state, Size size,
                    Glyphs glyphs = Glyphs::kAscii) {
  return "\n" + draw(snapshot, state, size, glyphs).text();
}

Snapshot broken_snapshot() {
  Snapshot snapshot = make_snapshot(4);
  snapshot.gpus[1].health = Health::kHung, snapshot.gpus[1].hung_seconds = 12;
  snapshot.gpus[2].health = Health::kLost, snapshot.gpus[2].code = 15;
  snapshot.gpus[3].health = Health::kStarting, snapshot.gpus[3].hung_seconds = 0.6;
  return snapshot;
}

/// The part of a picture between two of its lines, the first one counted as 0.
std::string lines_of(const std::string& text, std::size_t first, std::size_t count) {
  const auto lines = nvstack::split_lines(text);
  std::string part = "\n";
  for (std::size_t i = first; i < first + count && i + 1 < lines.size(); ++i)
    part += std::string(lines[i + 1]) + "\n";
  return part;
}

}  // namespace

TEST_CASE("80 columns and 24 rows hold everything") {
  CHECK(text_of(make_snapshot(2), {}, {24, 80}, Glyphs::kUnicode) == R"(
 nvstack  driver 580.95.05  CUDA 13.0  GPUs 2  processes 4             12:34:56
 ID NAME            P GPU%               MEMORY    POWER TEMP  FAN  MHz HELD BY
> 0 H100 80GB HB~  P0  90% ▃▃▄▄▅▆▆▇ 70.0G/80.0G 612/700W  67C    - 1980   power
  1 H100 80GB HB~  P0  90% ▃▃▄▄▅▆▆▇ 70.0G/80.0G 612/700W  67C    - 1980   power
 GPU 0  H100 80GB HBM3  0000:1B:00.0  PCIe 5.0 x16          12.3 kJ since start
 use 90%             memory 70.0G/80.0G  power 612/700W      heat 67C
              ▁▂▄▅▆        ▆▆▆▆▆▆▆▆▆▆▆▆        ▆▆▆▆▆▆▆▆▆▆▆▆        ▃▃▃▃▃▃▃▃▃▃▃▃
       ▁▁▃▄▅▆██████        ████████████        ████████████        ████████████
 PCIe 1.2G in 3.4G out  NVLink 200G in 190G out  capped by the power limit
    PID USER     GPU TYP GPU-MEMvSM%  CPU%   MEM PLACE        COMMAND
   4301 ann        1 C      4.2G  89   101  3.5G job 77.0     gmx worker
   4300 ann        1 C      4.2G  89   101  3.5G job 77.0     gmx mdrun
   4200 bob        0 C      4.1G  90   101  3.5G aaaaaaaaaaaa vllm serve
   4100 ann        0 C      4.0G  90   101  3.5G aaaaaaaaaaaa python3 train.py ~







 4301  pid inside 7  job 77.0  unit slurmstepd.scope  gmx worker
 12:34:50 GPU 1: Xid 79  12:34:01 GPU 0: P8 -> P0
 h help  / filter  < > r sort  k kill  T tree  a scope  t topo  e events  q quit
)");
}

TEST_CASE("without Unicode the same stands in ASCII") {
  const std::string text = text_of(make_snapshot(2), {}, {24, 80});
  CHECK(lines_of(text, 2, 7) == R"(
> 0 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
  1 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 GPU 0  H100 80GB HBM3  0000:1B:00.0  PCIe 5.0 x16          12.3 kJ since start
 use 90%             memory 70.0G/80.0G  power 612/700W      heat 67C
              ..:||        ||||||||||||        ||||||||||||        ::::::::::::
       ..::||######        ############        ############        ############
 PCIe 1.2G in 3.4G out  NVLink 200G in 190G out  capped by the power limit
)");
  for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("a larger frame has taller curves and more columns") {
  CHECK(lines_of(text_of(make_snapshot(2), {}, {40, 120}, Glyphs::kUnicode), 0, 16) == R"(
 nvstack  driver 580.95.05  CUDA 13.0  GPUs 2  processes 4                                                     12:34:56
 ID NAME                       P GPU%                        MEMORY    POWER TEMP  FAN  MHz MEM-MHz PCIe in/out HELD BY
> 0 H100 80GB HBM3            P0  90%      ▁▁▁▂▃▃▄▄▅▆▆▇ 70.0G/80.0G 612/700W  67C    - 1980    2619   1.2G/3.4G   power
  1 H100 80GB HBM3            P0  90%      ▁▁▁▂▃▃▄▄▅▆▆▇ 70.0G/80.0G 612/700W  67C    - 1980    2619   1.2G/3.4G   power
 GPU 0  H100 80GB HBM3  0000:1B:00.0  PCIe 5.0 x16                                                  12.3 kJ since start
 use 90%                       memory 70.0G/80.0G            power 612/700W                heat 67C
                           ▂▄                  ▄▄▄▄▄▄▄▄▄▄▄▄                  ▄▄▄▄▄▄▄▄▄▄▄▄
                        ▂▄▇██                  ████████████                  ████████████                  ▅▅▅▅▅▅▅▅▅▅▅▅
                     ▂▅▇█████                  ████████████                  ████████████                  ████████████
                 ▁▃▅█████████                  ████████████                  ████████████                  ████████████
 PCIe 1.2G in 3.4G out               NVLink 200G in 190G out               capped by the power limit
    PID USER     GPU TYP GPU-MEMvSM%  CPU%   MEM     TIME PLACE              COMMAND
   4301 ann        1 C      4.2G  89   101  3.5G    12:34 job 77.0           gmx worker
   4300 ann        1 C      4.2G  89   101  3.5G    12:34 job 77.0           gmx mdrun
   4200 bob        0 C      4.1G  90   101  3.5G    12:34 aaaaaaaaaaaa       vllm serve
   4100 ann        0 C      4.0G  90   101  3.5G    12:34 aaaaaaaaaaaa       python3 train.py --layers 80
)");
}

TEST_CASE("40 columns and 10 rows are enough") {
  CHECK(text_of(make_snapshot(2), {}, {10, 40}) == R"(
 nvstack  driver 580.95.05  C~ 12:34:56
 ID NAME          GPU%      MEMORY TEMP
> 0 H100 80GB HB~  90% 70.0G/80.0G  67C
  1 H100 80GB HB~  90% 70.0G/80.0G  67C
    PID GPU GPU-MEMvCOMMAND
   4301   1    4.2G gmx worker
   4300   1    4.2G gmx mdrun
   4200   0    4.1G vllm serve
   4100   0    4.0G python3 train.py --~
 h help  / filter  < > r sort  k kill  ~
)");
}

TEST_CASE("GPUs that hang, are lost or have not answered stand in their rows beside the others") {
  CHECK(lines_of(text_of(broken_snapshot(), {}, {24, 80}), 2, 4) == R"(
> 0 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
  1 H100 80GB HB~ hung for 12s
  2 H100 80GB HB~ lost: GPU is lost
  3 H100 80GB HB~ no answer yet, asked 0.6s ago
)");
}

TEST_CASE("of many GPUs those around the chosen one are shown") {
  ViewState state;
  state.gpu = 40;
  CHECK(lines_of(text_of(make_snapshot(64), state, {24, 80}), 2, 9) == R"(
 36 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 37 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 38 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 39 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
>40 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 41 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 42 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 43 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
 44 H100 80GB HB~  P0  90% ::::|||# 70.0G/80.0G 612/700W  67C    - 1980   power
)");
}

TEST_CASE("the tree stands under the heads of its groups") {
  ViewState state;
  state.arrangement = Arrangement::kTree;
  CHECK(lines_of(text_of(make_snapshot(2), state, {24, 120}), 9, 8) == R"(
    PID USER     GPU TYP GPU-MEMvSM%  CPU%   MEM     TIME PLACE              COMMAND
 job 77.0 (ann)
   4300 ann        1 C      4.2G  89   101  3.5G    12:34 job 77.0           gmx mdrun
   4301 ann        1 C      4.2G  89   101  3.5G    12:34 job 77.0             gmx worker
 cri-o aaaaaaaaaaaa (bob)
   4200 bob        0 C      4.1G  90   101  3.5G    12:34 aaaaaaaaaaaa       vllm serve
 docker aaaaaaaaaaaa (ann)
   4100 ann        0 C      4.0G  90   101  3.5G    12:34 aaaaaaaaaaaa       python3 train.py --layers 80
)");
}

TEST_CASE("a frame that is too small says what it needs, whatever its size") {
  for (std::size_t rows = 0; rows < 30; ++rows)
    for (std::size_t columns = 0; columns < 60; columns += 3) {
      const Frame frame = draw(make_snapshot(3), {}, {rows, columns}, Glyphs::kUnicode);
      const bool small = rows < kSizeLeast.rows || columns < kSizeLeast.columns;
      CHECK(contains(frame.text(), "H100") == !small);
    }
  CHECK(text_of(make_snapshot(1), {}, {4, 30}) == R"(
too small: 10 rows and 40
columns are needed


)");
}

TEST_CASE("nothing there: no GPU, no process, no numbers") {
  Snapshot empty;
  CHECK(contains(text_of(empty, {}, {24, 80}), "no process uses a GPU, or the driver shows none here"));
  Snapshot blank = make_snapshot(1);
  blank.gpus[0].reading = {};
  CHECK(contains(text_of(blank, {}, {24, 120}),
                 "           -        -    -    -    -       -           -       -"));
  ViewState state;
  state.filter = "zzz";
  CHECK(contains(text_of(make_snapshot(1), state, {24, 80}), "no process fits the filter"));
  state.filter.clear(), state.scope = Scope::kChosenGpu, state.gpu = 1;
  Snapshot idle = make_snapshot(2);
  idle.processes.resize(1);
  CHECK(contains(text_of(idle, state, {24, 80}), "no process uses this GPU"));
}

TEST_CASE("the title says paused and read-only, the ticker that /proc hangs") {
  ViewState state;
  state.running = Running::kPaused, state.access = Access::kReadOnly;
  Snapshot snapshot = make_snapshot(1);
  snapshot.processes_overdue_seconds = 12;
  const std::string text = text_of(snapshot, state, {24, 80});
  CHECK(contains(text, " nvstack [paused] [read-only]  driver 580.95.05"));
  CHECK(contains(text, "/proc has not answered for 12s"));
}

TEST_CASE("the question before a signal names the process and the chosen signal") {
  ViewState state;
  state.dialog = Dialog::kKill, state.victim = {4100, 1, "python3 train.py"}, state.signal = 1;
  const std::string text = text_of(make_snapshot(2), state, {24, 80});
  CHECK(contains(text, "Send a signal to process 4100?"));
  CHECK(contains(text, " TERM  [KILL]  INT "));
  const std::string narrow = text_of(make_snapshot(2), state, {10, 40});
  CHECK(contains(narrow, "y sends it, n or Esc does not"));
}

TEST_CASE("pages of text end where their text ends") {
  ViewState state;
  state.page = Page::kHelp, state.top = 10000;
  CHECK(contains(text_of(make_snapshot(1), state, {24, 80}), "q                   quit"));
  state.page = Page::kEvents;
  CHECK(contains(text_of(make_snapshot(1), state, {24, 80}), "12:34:50  GPU 1: Xid 79"));
  CHECK(contains(text_of(Snapshot{}, state, {24, 80}), "nothing has happened since the start"));
  state.page = Page::kTopology;
  Snapshot snapshot = make_snapshot(1);
  CHECK(contains(text_of(snapshot, state, {24, 80}), "asking the driver ..."));
  snapshot.topology = {"\tGPU0\tGPU1", "GPU0\t X \tNV18"};
  CHECK(contains(text_of(snapshot, state, {24, 80}), "        GPU0    GPU1\n GPU0     X      NV18\n"));
}

TEST_CASE("regions lead back to what was drawn") {
  const Snapshot snapshot = make_snapshot(2);
  const Frame frame = draw(snapshot, {}, {24, 80}, Glyphs::kUnicode);
  REQUIRE(frame.region_at(3, 5));
  CHECK(frame.region_at(3, 5)->target == Target::kGpu);
  CHECK(frame.region_at(3, 5)->value == 1);
  REQUIRE(frame.region_at(9, 5));
  CHECK(frame.region_at(9, 5)->target == Target::kColumn);
  REQUIRE(frame.region_at(11, 5));
  CHECK(frame.region_at(11, 5)->value == 1);
  CHECK(frame.row(10)[0].role == Role::kSelected);
}

TEST_CASE("one picture on paper holds every GPU and process") {
  ViewState state;
  state.running = Running::kOnce;
  for (const std::size_t gpus : {1, 2, 8, 64}) {
    const Snapshot snapshot = make_snapshot(gpus);
    const std::string text = text_of(snapshot, state, whole_size(snapshot, state, 80));
    CHECK(contains(text, " " + std::to_string(gpus - 1) + " H100"));
    CHECK(contains(text, "  0 H100"));
    for (const Process& process : snapshot.processes) CHECK(contains(text, std::to_string(process.pid)));
    CHECK_FALSE(contains(text, "q quit"));
  }
}
