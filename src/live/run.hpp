// The live view whole: the driver, the samplers, the pictures, the keys. What it needs of the world comes
// from outside, so that a test runs it without a terminal or a driver.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "host/host.hpp"
#include "live/terminal.hpp"
#include "nvml/reader.hpp"

namespace nvstack::live {

struct Options {
  std::string ids;  // as nvidia-smi -i takes them; "" is all
  std::chrono::milliseconds beat{1000};
  Access access = Access::kFull;
  Theme theme = Theme::kDark;
  Glyphs glyphs = Glyphs::kUnicode;
  std::size_t columns = 80;  // of a picture on paper
};
/// "100" to "10000". kUsage otherwise.
Result<std::chrono::milliseconds> parse_beat(const std::string& text);

struct World {
  std::function<Result<nvml::Nvml>()> open_library;
  std::shared_ptr<const host::Host> host;
  std::function<std::string()> clock;  // 12:34:56
};

/// One picture as text, after two passes so that rates are known. A GPU that does not answer within a second
/// is marked.
Result<std::string> run_once(const Options& options, const World& world);
/// Until the person leaves.
Status run_live(const Options& options, const World& world, Terminal& terminal);

}  // namespace nvstack::live
