#include "live/screen.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/message.hpp"
#include "live/theme.hpp"

#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace nvstack::live {

namespace {

constexpr int kEscapeDelayMs = 50;

struct KeyName {
  int code;
  Key key;
};
constexpr std::array kKeyNames = {
    KeyName{KEY_UP, Key::kUp},
    KeyName{KEY_DOWN, Key::kDown},
    KeyName{KEY_LEFT, Key::kLeft},
    KeyName{KEY_RIGHT, Key::kRight},
    KeyName{KEY_PPAGE, Key::kPageUp},
    KeyName{KEY_NPAGE, Key::kPageDown},
    KeyName{KEY_HOME, Key::kHome},
    KeyName{KEY_END, Key::kEnd},
    KeyName{KEY_BTAB, Key::kBackTab},
    KeyName{KEY_ENTER, Key::kEnter},
    KeyName{KEY_BACKSPACE, Key::kBackspace},
    KeyName{KEY_RESIZE, Key::kResize},
};

Input character_input(wint_t code) {
  switch (code) {
    case 27: return {.key = Key::kEscape};
    case '\t': return {.key = Key::kTab};
    case '\n':
    case '\r': return {.key = Key::kEnter};
    case 8:
    case 127: return {.key = Key::kBackspace};
    default: return {.key = Key::kCharacter, .character = static_cast<char32_t>(code)};
  }
}

Input mouse_input() {
  MEVENT event{};
  if (getmouse(&event) != OK || event.x < 0 || event.y < 0) return {};
  Input input{.key = Key::kNone,
              .row = static_cast<std::size_t>(event.y),
              .column = static_cast<std::size_t>(event.x)};
  if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED)) input.key = Key::kClick;
  if (event.bstate & BUTTON4_PRESSED) input.key = Key::kWheelUp;
  if (event.bstate & BUTTON5_PRESSED) input.key = Key::kWheelDown;
  return input;
}

/// A terminal that is gone answers every read at once: without this look the view would spin.
bool is_closed() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

class Screen : public Terminal {
 public:
  explicit Screen(SCREEN* screen) : screen_(screen) {
    cbreak(), noecho(), nonl();
    keypad(stdscr, TRUE);
    curs_set(0);
    set_escdelay(kEscapeDelayMs);
    mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
    mouseinterval(0);
    if (has_colors()) start_color(), use_default_colors();
  }
  ~Screen() override {
    endwin();
    delscreen(screen_);
  }

  Size size() override {
    return {static_cast<std::size_t>(std::max(LINES, 1)), static_cast<std::size_t>(std::max(COLS, 1))};
  }

  void paint(const Frame& frame, Theme theme) override {
    if (!shown_ || shown_->size() != frame.size() || theme_ != theme) {
      set_theme(theme);
      shown_.reset();
      erase();
    }
    const std::size_t columns = frame.size().columns;
    for (std::size_t row = 0; row < frame.size().rows; ++row)
      if (!shown_ || !std::equal(frame.row(row), frame.row(row) + columns, shown_->row(row)))
        paint_row(row, frame.row(row), columns);
    refresh();
    shown_ = frame;
  }

  Input read(std::chrono::milliseconds limit) override {
    timeout(static_cast<int>(std::max<std::chrono::milliseconds::rep>(limit.count(), 0)));
    wint_t code = 0;
    const int kind = get_wch(&code);
    if (kind == ERR) return {.key = is_closed() ? Key::kClosed : Key::kNone};
    if (kind != KEY_CODE_YES) return character_input(code);
    if (code == KEY_MOUSE) return mouse_input();
    for (const KeyName& name : kKeyNames)
      if (static_cast<int>(code) == name.code) {
        if (name.key == Key::kResize) shown_.reset();
        return {.key = name.key};
      }
    return {};
  }

 private:
  void set_theme(Theme theme) {
    theme_ = theme;
    for (std::size_t i = 0; i < kRoles; ++i) {
      const Style style = style_of(theme, static_cast<Role>(i));
      attributes_[i] = A_NORMAL;
      if (has_colors() && (style.foreground >= 0 || style.background >= 0)) {
        init_pair(static_cast<short>(i + 1), static_cast<short>(style.foreground),
                  static_cast<short>(style.background));
        attributes_[i] |= COLOR_PAIR(static_cast<int>(i + 1));
      }
      // A terminal without colours shows titles and choices reversed.
      if (style.reverse || (!has_colors() && style.background >= 0)) attributes_[i] |= A_REVERSE;
      if (style.bold) attributes_[i] |= A_BOLD;
    }
  }

  /// Runs of one role at a time.
  void paint_row(std::size_t row, const Cell* cells, std::size_t columns) {
    for (std::size_t at = 0; at < columns;) {
      std::size_t end = at;
      run_.clear();
      while (end < columns && cells[end].role == cells[at].role) {
        if (cells[end].glyph != 0) run_ += static_cast<wchar_t>(cells[end].glyph);
        ++end;
      }
      attrset(static_cast<int>(attributes_[static_cast<std::size_t>(cells[at].role)]));
      mvaddnwstr(static_cast<int>(row), static_cast<int>(at), run_.c_str(), static_cast<int>(run_.size()));
      at = end;
    }
  }

  SCREEN* screen_;
  Theme theme_ = Theme::kDark;
  std::array<attr_t, kRoles> attributes_{};
  std::optional<Frame> shown_;
  std::wstring run_;
};

}  // namespace

Result<std::unique_ptr<Terminal>> open_screen() {
  SCREEN* screen = newterm(nullptr, stdout, stdin);
  if (!screen)
    return fail(ErrorCode::kNotAvailable, translate(N_("TERM names no terminal that can be painted on")),
                translate(N_("nvstack smi --live --once prints one picture as text")));
  set_term(screen);
  return std::make_unique<Screen>(screen);
}

}  // namespace nvstack::live
