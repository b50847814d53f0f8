#include "persist/options.hpp"

#include <functional>
#include <variant>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr const char* kVersion = "595.71.05";  // the release whose contract this is
constexpr unsigned kParallelMax = 256;

using Target = std::variant<std::monostate, bool Options::*, std::string Options::*>;

struct Row {
  const char* name;
  char letter;        // 0: none
  const char* value;  // "" takes none
  bool negatable;     // --no-NAME turns it off
  Target target;
  const char* help;
};

const Row kRows[] = {
    {"version", 'v', "", false, {}, "Print the version and exit."},
    {"help", 'h', "", false, {}, "Print the options and exit."},
    {"verbose", 'V', "", false, &Options::verbose,
     "Log every change of state too, and what happens at start and exit. Without it: errors, warnings, "
     "start, stop."},
    {"user", 'u', "USERNAME", false, &Options::user,
     "Run as this user. It needs write access to the runtime directory, which is made before the change."},
    {"group", 'g', "GROUPNAME", false, &Options::group,
     "Run as this group; it wins over the primary group of --user in any order."},
    {"persistence-mode", 0, "", true, &Options::persistence,
     "Hold every GPU from the start on (the default). --no-persistence-mode starts with none."},
    {"uvm-persistence-mode", 0, "", true, &Options::uvm,
     "Also turn UVM persistence on (confidential computing with a single GPU). Off by default."},
    {"nvidia-cfg-path", 0, "PATH", false, &Options::cfg_path,
     "The directory of libnvidia-cfg.so.1, in case the loader does not find it."},
    {"foreground", 'f', "", false, &Options::foreground,
     "Stay in the foreground, log to standard error too, and report to the service manager (sd_notify)."},
    {"backend",
     0,
     "auto|cfg|nodes",
     false,
     {},
     "Hold GPUs through libnvidia-cfg or by their device nodes; auto takes the library where it is "
     "installed."},
    {"root", 0, "DIR", false, &Options::root,
     "Where /dev, /proc and /sys of the driver lie, for a driver in a container or a chroot."},
    {"runtime-dir", 0, "DIR", false, &Options::runtime_dir,
     "Where socket, control and nvidia-persistenced.pid lie. Default: /var/run/nvidia-persistenced."},
    {"state-dir", 0, "DIR", false, &Options::state_dir,
     "Remember here, by UUID, what was asked for each GPU. Default: $STATE_DIRECTORY; without either, "
     "nothing."},
    {"policy", 0, "FILE", false, &Options::policy,
     "Lines \"GPU-UUID|ADDRESS|all on|off\": what each GPU starts with. Read again at SIGHUP."},
    {"readonly-socket", 0, "PATH", false, &Options::readonly_socket,
     "A second socket that answers NULL and GET alone, to be mounted into containers."},
    {"parallel-opens",
     0,
     "N",
     false,
     {},
     "How many GPUs may be initialized at once. Default: 16; 1 is the original's way."},
    {"strict-compat", 0, "", false, &Options::strict_compat,
     "The original's exit codes (0 for a wrong command line) and no second try of a GPU that failed to "
     "open."},
};

tl::unexpected<Error> wrong(const std::string& program, const std::string& what) {
  return fail(ErrorCode::kUsage, program + ": " + what);
}

struct Match {
  const Row* row = nullptr;
  bool negated = false;
};

Match find_long(std::string_view name) {
  for (const Row& row : kRows) {
    if (name == row.name) return {&row, false};
    if (row.negatable && name.starts_with("no-") && name.substr(3) == row.name) return {&row, true};
  }
  return {};
}

const Row* find_letter(char letter) {
  for (const Row& row : kRows)
    if (row.letter == letter && letter != 0) return &row;
  return nullptr;
}

bool all_letters(std::string_view name) {
  for (const char letter : name)
    if (!find_letter(letter)) return false;
  return !name.empty();
}

/// Options whose value is no plain word or switch.
Status set_special(Options& options, const Row& row, const std::string& value, const std::string& program) {
  const std::string_view name = row.name;
  if (name == "version") options.action = Options::Action::kVersion;
  if (name == "help") options.action = Options::Action::kHelp;
  const auto unfit = [&] {
    return wrong(program,
                 "\"" + printable(value, 60) + "\" is not a valid argument for option \"" + row.name + "\".");
  };
  if (name == "backend") {
    if (value != "auto" && value != "cfg" && value != "nodes") return unfit();
    options.backend = value == "auto"  ? Options::Backend::kAuto
                      : value == "cfg" ? Options::Backend::kCfg
                                       : Options::Backend::kNodes;
  }
  if (name == "parallel-opens") {
    const auto number = parse_uint(value);
    if (!number || *number < 1 || *number > kParallelMax) return unfit();
    options.parallel_opens = static_cast<unsigned>(*number);
  }
  return {};
}

Status set(Options& options, const Match& match, const std::string& value, const std::string& program) {
  if (const auto* flag = std::get_if<bool Options::*>(&match.row->target)) options.*(*flag) = !match.negated;
  if (const auto* text = std::get_if<std::string Options::*>(&match.row->target)) options.*(*text) = value;
  return set_special(options, *match.row, value, program);
}

class Reader {
 public:
  Reader(const std::vector<std::string>& words, const std::string& program)
      : words_(words), program_(program) {}

  Result<Options> read() {
    for (; at_ < words_.size() && options_.action == Options::Action::kRun; ++at_) {
      if (words_[at_] == "--") break;
      TRY(read_word(words_[at_]));
    }
    return options_;
  }

 private:
  Status read_word(const std::string& word) {
    if (!word.starts_with("-")) return wrong(program_, "invalid option: \"" + printable(word, 100) + "\"");
    const std::string_view bare = std::string_view(word).substr(word.starts_with("--") ? 2 : 1);
    const auto parts = cut(bare, "=");
    const std::string_view name = parts ? parts->first : bare;
    std::optional<std::string> value;
    if (parts) value = std::string(parts->second);
    if (name.size() == 1)
      if (const Row* row = find_letter(name[0])) return apply({row, false}, name, value);
    if (name.size() > 1)
      if (const Match match = find_long(name); match.row) return apply(match, name, value);
    return read_bundle(name, value);
  }

  /// "-Vu NAME": every letter is an option, only the last may take a value.
  Status read_bundle(std::string_view name, const std::optional<std::string>& value) {
    const auto unknown = [&] {
      return wrong(program_, "unrecognized option: \"" + printable(words_[at_], 100) + "\"");
    };
    if (!all_letters(name)) return unknown();
    for (std::size_t i = 0; i < name.size() && options_.action == Options::Action::kRun; ++i) {
      const bool last = i + 1 == name.size();
      const Row* row = find_letter(name[i]);
      if (!last && *row->value) return unknown();
      TRY(apply({row, false}, name.substr(i, 1), last ? value : std::nullopt));
    }
    return {};
  }

  Status apply(const Match& match, std::string_view name, std::optional<std::string> value) {
    const std::string shown = "\"" + std::string(name) + "\"";
    if (!*match.row->value) {
      if (value)
        return wrong(program_, "option " + shown +
                                   " does not take an argument, but was given an argument of \"" +
                                   printable(*value, 100) + "\".");
    } else if (!value && at_ + 1 < words_.size()) {
      value = words_[++at_];
    }
    if (*match.row->value && (!value || value->empty()))
      return wrong(program_, "option " + shown + " requires an argument.");
    return set(options_, match, value.value_or(""), program_);
  }

  const std::vector<std::string>& words_;
  const std::string& program_;
  std::size_t at_ = 0;
  Options options_;
};

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& words, const std::string& program) {
  return Reader(words, program).read();
}

std::string render_version() {
  return std::string("\nnvidia-persistenced:  version ") + kVersion +
         "\n\n  The NVIDIA Persistence Daemon.\n\n  A tool for maintaining persistent driver state, "
         "specifically for "
         "use by the NVIDIA Linux driver.\n\n  nvstack, a drop-in for NVIDIA's program of that version.\n\n";
}

std::string render_help() {
  std::string text = render_version() + "\nnvidia-persistenced [options]\n\n";
  for (const Row& row : kRows) {
    const std::string value = row.value;
    text += "  ";
    if (row.letter) text += std::string("-") + row.letter + (value.empty() ? "" : " " + value) + ", ";
    text += std::string("--") + row.name + (value.empty() ? "" : "=" + value);
    if (row.negatable) text += std::string(", --no-") + row.name;
    text += "\n" + std::string(6, ' ') + wrap(row.help, 72, 6) + "\n\n";
  }
  return text;
}

}  // namespace nvstack::persist
