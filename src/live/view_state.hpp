// ViewState is what the person at the keys has chosen, and `press` how a key changes it: pure, so that every
// key is a test.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "live/frame.hpp"
#include "live/snapshot.hpp"

namespace nvstack::live {

enum class Page { kMain, kTopology, kEvents, kHelp };
enum class Dialog { kNone, kFilter, kKill };
enum class Column { kPid, kUser, kGpu, kType, kGpuMemory, kSm, kCpu, kMemory, kTime, kPlace, kCommand };
constexpr std::size_t kColumns = 11;
enum class Direction { kAscending, kDescending };
enum class Access { kFull, kReadOnly };
enum class Scope { kAllGpus, kChosenGpu };
enum class Arrangement { kList, kTree };
enum class Theme { kDark, kLight, kMono };
enum class Running { kGoing, kPaused, kOnce };

/// Whom a signal is meant for; the start time tells it from a later process of the same number.
struct Victim {
  unsigned pid = 0;
  std::uint64_t start_ticks = 0;
  std::string command;
};
/// The signals that may be chosen, in the order of the dialog.
struct SignalRow {
  char key;
  const char* name;
  int number;
};
constexpr std::size_t kSignals = 3;
const SignalRow& signal_row(std::size_t number);

struct ViewState {
  Page page = Page::kMain;
  Dialog dialog = Dialog::kNone;
  std::size_t gpu = 0;      // places in Snapshot::gpus
  unsigned pid = 0;         // the chosen process; 0: the first
  std::size_t pid_gpu = 0;  // a process on two GPUs stands twice
  std::size_t top = 0;      // first line of a page of text
  Column sort = Column::kGpuMemory;
  Direction direction = Direction::kDescending;
  Scope scope = Scope::kAllGpus;
  Arrangement arrangement = Arrangement::kList;
  std::string filter;
  Victim victim;
  std::size_t signal = 0;
  Theme theme = Theme::kDark;
  Access access = Access::kFull;
  Running running = Running::kGoing;
  std::chrono::milliseconds beat{1000};
  Message notice;  // the answer to the last key; gone with the next
};

/// A key or a click.
enum class Key {
  kNone,
  kCharacter,
  kUp,
  kDown,
  kLeft,
  kRight,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kTab,
  kBackTab,
  kEnter,
  kEscape,
  kBackspace,
  kClick,
  kWheelUp,
  kWheelDown,
  kResize,
  kClosed,  // the terminal is gone
};
struct Input {
  Key key = Key::kNone;
  char32_t character = 0;
  std::size_t row = 0, column = 0;  // of a click
};

/// What the program must do beside drawing anew.
enum class Action { kNone, kQuit, kKill, kBeat, kTopology };

/// `frame` is what was shown when the key was pressed.
Action press(ViewState& state, const Input& input, const Snapshot& snapshot, const Frame& frame);

}  // namespace nvstack::live
