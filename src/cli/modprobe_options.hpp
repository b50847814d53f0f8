// The command line of nvidia-modprobe, in the original's grammar: long names with one dash or two,
// `--name=value` or
// `--name value`, short options in one word. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace nvstack::cli {

struct ModprobeWish {
  std::vector<int> minors;                // -c
  std::vector<std::string> capabilities;  // -f, paths below /proc
  bool unified_memory = false, modeset = false, nvswitch = false, nvlink = false, auto_online_movable = false;
  int imex_first = 0, imex_count = 0;  // -i FIRST:COUNT
};

enum class ModprobeText { kVersion, kHelp };

/// What to do, a text to print, or the sentence of an error.
std::variant<ModprobeWish, ModprobeText, std::string> parse_modprobe_options(
    const std::string& program, const std::vector<std::string>& words);

std::string render_modprobe_text(ModprobeText text);

}  // namespace nvstack::cli
