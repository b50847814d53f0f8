// Seen is what one source says of a machine, as texts by path of -x: a moment of a recording, or what
// nvidia-smi -q printed in any of its forms. Two of them can be compared.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "history/state.hpp"

namespace nvstack::history {

struct SeenGpu {
  std::string id;                 // bus id as the source writes it
  std::optional<unsigned> index;  // of the driver, where the source has it
  bool lost = false;
  std::map<std::string, std::string> texts;
  bool silent = false;
};

struct Seen {
  std::string driver_version, cuda_version;
  std::vector<SeenGpu> gpus;
};

Seen seen_of_state(const State& state);
/// nvidia-smi -q -x, -q, or -q --json; found out by how the text begins. Errors: kMalformed.
Result<Seen> parse_seen(std::string_view text, const std::string& where);
Result<Seen> parse_seen_xml(std::string_view text, const std::string& where);
Result<Seen> parse_seen_query(std::string_view text, const std::string& where);

/// "610.43.02 [Deprecated; ...]" as "610.43.02".
std::string plain_version(std::string_view text);
/// A path as drivers from 535 on write it.
std::string current_path(std::string path);

}  // namespace nvstack::history
