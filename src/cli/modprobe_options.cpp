#include "cli/modprobe_options.hpp"

#include <fmt/format.h>

#include <array>
#include <climits>
#include <optional>

#include "base/text.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kMinorsMax = 64, kCapabilitiesMax = 256;
constexpr int kImexMax = 65'536;

struct Row {
  char letter;
  const char* name;
  const char* argument;  // null: none
  const char* help;      // what the original's --help shows; null: nothing
};

/// Names and letters of nvidia-modprobe 610.43.03, option-table.h.
constexpr std::array<Row, 10> kRows = {{
    {'v', "version", nullptr, "Print the utility version and exit."},
    {'h', "help", nullptr, "Print this list of options and exit."},
    {'c', "create-nvidia-device-file", "MINOR-NUMBER",
     "Make the device file with this minor number; may be given up to 64 times."},
    {'u', "unified-memory", nullptr, "Load the unified memory module or make its device files instead."},
    {'m', "modeset", nullptr, "Load the modeset module and make its device file."},
    {'s', "nvswitch", nullptr, "Make the NVSwitch device files with the minor numbers given by -c."},
    {'l', "nvlink", nullptr, "Make the NVLink control device file."},
    {'f', "nvidia-capability-device-file", "PATH",
     "Make the device file of the capability with this file below /proc; may be given up to 256 times."},
    {'i', "nvidia-imex-channel-device-file", "FIRST:COUNT", "Make the device files of these IMEX channels."},
    {'a', "auto-online-movable", nullptr,
     "Let the kernel online new memory as movable, as Grace Hopper needs it."},
}};

const Row* row_of(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name || (name.size() == 1 && row.letter == name[0])) return &row;
  return nullptr;
}

struct Given {
  const Row* row = nullptr;
  std::string value;
};

/// Options of one word, which may take the next one as its value; nothing when it is none.
std::optional<std::vector<Given>> read_word(const std::vector<std::string>& words, std::size_t& at) {
  std::string_view word = words[at];
  if (word.size() < 2 || word[0] != '-') return std::nullopt;
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  const auto parts = cut(word, "=");
  std::vector<Given> given;
  if (const Row* row = row_of(parts ? parts->first : word)) {
    given.push_back({row, parts ? std::string(parts->second) : ""});
  } else {
    if (words[at].starts_with("--")) return std::nullopt;
    for (const char letter : word) {
      const Row* bundled = row_of(std::string_view(&letter, 1));
      if (!bundled) return std::nullopt;
      given.push_back({bundled, ""});
    }
  }
  const Row& last = *given.back().row;
  for (std::size_t i = 0; i + 1 < given.size(); ++i)
    if (given[i].row->argument) return std::nullopt;
  if (!last.argument) return parts ? std::nullopt : std::optional(given);
  if (parts) return given;
  if (at + 1 >= words.size()) return std::nullopt;
  given.back().value = words[++at];
  return given;
}

std::optional<int> number_of(std::string_view text) {
  const bool hex = text.starts_with("0x");
  const auto number = hex ? parse_hex(text) : parse_uint(text);
  if (!number || *number > INT_MAX) return std::nullopt;
  return static_cast<int>(*number);
}

/// "" or the sentence of an error; "invalid" for one of the command line as a whole.
std::string apply(ModprobeWish& wish, const Given& given) {
  switch (given.row->letter) {
    case 'u': wish.unified_memory = true; return "";
    case 'm': wish.modeset = true; return "";
    case 's': wish.nvswitch = true; return "";
    case 'l': wish.nvlink = true; return "";
    case 'a': wish.auto_online_movable = true; return "";
    case 'f':
      if (wish.capabilities.size() == kCapabilitiesMax)
        return "Too many NVIDIA capability device files requested.";
      wish.capabilities.push_back(given.value);
      return "";
    case 'i': {
      const auto parts = cut(given.value, ":");
      const auto first = number_of(parts ? parts->first : ""), count = number_of(parts ? parts->second : "");
      if (!first || !count || *count > kImexMax || *first > kImexMax)
        return "Couldn't read IMEX channel minor numbers.";
      wish.imex_first = *first, wish.imex_count = *count;
      return "";
    }
    default: {
      const auto minor = number_of(given.value);
      if (!minor) return "invalid";
      if (wish.minors.size() == kMinorsMax) return "Too many NVIDIA character device files requested.";
      wish.minors.push_back(*minor);
      return "";
    }
  }
}

}  // namespace

std::variant<ModprobeWish, ModprobeText, std::string> parse_modprobe_options(
    const std::string& program, const std::vector<std::string>& words) {
  const std::string invalid =
      "Invalid commandline, please run `" + program + " --help` for usage information.";
  ModprobeWish wish;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto given = read_word(words, at);
    if (!given) return invalid;
    for (const Given& option : *given) {
      if (option.row->letter == 'v') return ModprobeText::kVersion;
      if (option.row->letter == 'h') return ModprobeText::kHelp;
      if (const std::string error = apply(wish, option); !error.empty())
        return error == "invalid" ? invalid : error;
    }
  }
  return wish;
}

std::string render_modprobe_text(ModprobeText text) {
  std::string lines = "\nnvidia-modprobe:  version 610.43.03\n\n";
  if (text == ModprobeText::kVersion) return lines;
  lines +=
      "  Loads the NVIDIA kernel modules and makes their device files, for programs that may not do so "
      "themselves.\n"
      "  Part of nvstack.\n\n\nnvidia-modprobe [options]\n\n";
  for (const Row& row : kRows) {
    lines += fmt::format("  -{}{}, --{}{}\n", row.letter, row.argument ? std::string(" ") + row.argument : "",
                         row.name, row.argument ? std::string("=") + row.argument : "");
    lines += std::string("      ") + row.help + "\n\n";
  }
  return lines;
}

}  // namespace nvstack::cli
