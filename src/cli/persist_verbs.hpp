// The verbs of nvstack persist, one function each: words after the verb in, an exit code out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "persist/driver_tree.hpp"

namespace nvstack::cli {

Result<int> persist_status(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_who(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_release(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_take_back(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_install(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_remove(const std::vector<std::string>& words, Terminal& terminal);
Result<int> persist_lifetimes(const std::vector<std::string>& words, Terminal& terminal);

/// Where the daemon and the driver are looked for.
struct PersistPlaces {
  std::string runtime_dir;  // --runtime-dir
  std::string root;         // --root
};
std::vector<Option> persist_place_rows(PersistPlaces& places);

/// A GPU by its PCI address, UUID or index; nothing for "all". Errors: kUsage with the names there are.
Result<std::optional<persist::DriverGpu>> find_named_gpu(const std::string& name,
                                                         const std::vector<persist::DriverGpu>& gpus);

/// "90", "10m", "2h", "45s" in seconds, at most a week. Errors: kUsage.
Result<std::uint64_t> parse_period(const std::string& text);

}  // namespace nvstack::cli
