// The words of `nvstack virt` that change a running virtual host, as its driver process carries them out.
#pragma once

#include <string>
#include <vector>

#include "virt/model.hpp"

namespace nvstack::virt {

struct ControlCaller {
  std::uint64_t connection = 0;  // work that it starts ends with it
  unsigned pid = 0, uid = 0;
};

/// "fault NAME GPU WORD...", "set GPU KEY VALUE", "load GPU ...", "module load|unload NAME", "reset GPU",
/// "time SPEED", "log", "stop", "replay GPU PATH=TEXT...". Returns the text to show. Errors: kUsage, kDenied.
Result<std::string> control(Model& model, const ControlCaller& caller, const std::vector<std::string>& words);

/// The words of a payload: each ends with a NUL.
std::vector<std::string> split_payload(std::string_view payload);

}  // namespace nvstack::virt
