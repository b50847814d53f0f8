// State is what -q shows of all GPUs at one moment, flat: each value under its path of -x
// ("temperature/gpu_temp"). It is what recordings hold and comparisons look at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace nvstack::history {

struct GpuState {
  std::string id;                 // the bus id: "00000000:81:00.0"
  std::optional<unsigned> index;  // of the driver, where it is known
  bool lost = false;              // the driver gave no handle; the values are those before
  bool silent = false;            // the driver gave no answer in time; the values are those before
  /// A value of docs/formats/smi.md, a plain value, or a list with its entries.
  std::map<std::string, Json> values;
};

struct State {
  std::string timestamp, driver_version;
  Json cuda_version;
  std::vector<GpuState> gpus;
};

/// From a document of -q --json. Errors: kMalformed where it has no list of GPUs, or one without bus id.
Result<State> state_of_log(const Json& log, const std::string& where);
/// The same document again, with a member `lost` in a GPU that is.
Json log_of_state(const State& state);

/// "id", "index", "lost", "silent": what a GPU's object holds beside its values.
bool is_own_name(std::string_view name);
/// As -x shows it: "38.89 W", "16x", "N/A"; a list as its number of entries.
std::string shown_text(const Json& leaf);

/// More paths below one GPU, or more GPUs, are no log of a machine.
inline constexpr std::size_t kPathsMax = 4096, kGpusMax = 4096, kPathBytesMax = 512;

}  // namespace nvstack::history
