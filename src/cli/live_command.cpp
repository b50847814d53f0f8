// nvstack smi --live: the live view on a terminal, or one picture as text.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "host/live_host.hpp"
#include "live/run.hpp"
#include "live/screen.hpp"
#include "live/theme.hpp"

namespace nvstack::cli {

namespace {

struct LiveWords {
  std::string ids, interval = "1000", theme;
  bool once = false, read_only = false, ascii = false, help = false;
};

std::vector<Option> option_rows(LiveWords& words) {
  return {
      {"-i,--id", "IDS", N_("only these GPUs: indices, UUIDs or bus ids, with commas between"), &words.ids},
      {"--interval", "MS", N_("milliseconds between two pictures, 100 to 10000; 1000 unless given"),
       &words.interval},
      {"--once", "",
       N_("print one picture as text and end; also what happens where the output is no terminal"),
       &words.once},
      {"--readonly", "", N_("no key sends a signal to a process"), &words.read_only},
      {"--theme", "dark|light|mono", N_("the colours; mono where NO_COLOR is set"), &words.theme},
      {"--ascii", "", N_("no character beyond ASCII; also where the locale is not UTF-8"), &words.ascii},
      {"-h,--help", "", N_("this text"), &words.help},
  };
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The user's locale, not ours: choose_language() sets C.UTF-8 for itself.
bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string value = to_lower(variable(name)); !value.empty())
      return contains(value, "utf-8") || contains(value, "utf8");
  return false;
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[16];
  if (!::localtime_r(&now, &parts) || std::strftime(text, sizeof text, "%H:%M:%S", &parts) == 0) return "";
  return text;
}

Result<live::Options> make_options(const LiveWords& words, const Terminal& terminal) {
  live::Options options;
  options.ids = words.ids;
  options.beat = TRY(live::parse_beat(words.interval));
  if (words.read_only) options.access = live::Access::kReadOnly;
  if (words.ascii || !is_utf8_locale()) options.glyphs = live::Glyphs::kAscii;
  if (!variable("NO_COLOR").empty()) options.theme = live::Theme::kMono;
  if (!words.theme.empty()) {
    const auto theme = live::parse_theme(words.theme);
    if (!theme)
      return fail(ErrorCode::kUsage,
                  "--theme is dark, light or mono, not \"" + printable(words.theme, 40) + "\"");
    options.theme = *theme;
  }
  const auto columns = parse_uint(variable("COLUMNS"));
  options.columns = columns && *columns <= 1000 ? static_cast<std::size_t>(*columns) : terminal.columns;
  return options;
}

/// Why there can be no moving picture; nothing when there can be one.
std::optional<Message> why_once() {
  if (::isatty(STDOUT_FILENO) != 1) return Message{N_("the output is no terminal: one picture as text"), {}};
  if (::isatty(STDIN_FILENO) != 1) return Message{N_("the input is no terminal: one picture as text"), {}};
  if (const std::string term = variable("TERM"); term.empty() || term == "dumb")
    return Message{N_("TERM names no terminal that can be painted on: one picture as text"), {}};
  return std::nullopt;
}

}  // namespace

Result<int> live_command(const std::vector<std::string>& words, Terminal& terminal) {
  LiveWords read;
  std::vector<std::string> positionals;
  const auto rows = option_rows(read);
  if (const auto parsed = parse_options(rows, words, positionals, 0); !parsed) return fail(parsed.error());
  if (read.help) {
    terminal.out(render_help(
        "smi --live [OPTION]...",
        N_("The GPUs and the processes on them, live: curves, containers, pods and jobs, events. The key h "
           "shows the keys."),
        rows, terminal.columns));
    return kOk;
  }
  const live::Options options = TRY(make_options(read, terminal));
  // One heap for all threads: each GPU's thread would otherwise keep pages of its own.
  ::mallopt(M_ARENA_MAX, 1);
  const live::World world{[] { return nvml::Nvml::open(); }, TRY(host::LiveHost::open("/")), time_of_day};
  const auto reason = read.once ? std::nullopt : why_once();
  if (read.once || reason) {
    if (reason) terminal.err("nvstack: " + render(*reason) + "\n");
    terminal.out(TRY(live::run_once(options, world)));
    return kOk;
  }
  std::fflush(stdout);
  const auto screen = TRY(live::open_screen());
  TRY(live::run_live(options, world, *screen));
  return kOk;
}

}  // namespace nvstack::cli
