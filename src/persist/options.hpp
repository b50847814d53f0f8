// The daemon's command line: the original's own way of reading options (one dash or two, bundled short ones,
// "=" or a blank before the value, --no- for switches) and ours beside them.
#pragma once

#include <string>
#include <vector>

#include "abi/persistence_rpc.h"
#include "base/result.hpp"

namespace nvstack::persist {

struct Options {
  enum class Action { kRun, kVersion, kHelp };
  enum class Backend { kAuto, kCfg, kNodes };

  Action action = Action::kRun;
  bool verbose = false;
  std::string user;   // "" stays who started it
  std::string group;  // "" is the user's
  bool persistence = true;
  bool uvm = false;
  std::string cfg_path;

  bool foreground = false;
  Backend backend = Backend::kAuto;
  std::string root;  // where /dev, /proc and /sys of the driver lie
  std::string runtime_dir = NVPD_RUNTIME_PATH;
  std::string state_dir;        // "" remembers nothing
  std::string policy;           // file of intents for each GPU
  std::string readonly_socket;  // path of the second socket
  unsigned parallel_opens = 16;
  bool strict_compat = false;
};

/// Errors: kUsage, with the original's sentence ("NAME: unrecognized option: \"x\"").
Result<Options> parse_options(const std::vector<std::string>& words, const std::string& program);

std::string render_version();
std::string render_help();

}  // namespace nvstack::persist
