// The boards and scenarios that the program carries, and a folder of one's own that comes before them.
#pragma once

#include "virt/scenario.hpp"

namespace nvstack::virt {

struct ScenarioName {
  std::string name, summary;
};

/// Looks in `folder` (NAME.toml, boards/NAME.toml; "" for none), then in the program.
class BuiltinLibrary : public ScenarioLibrary {
 public:
  explicit BuiltinLibrary(std::string folder = {}) : folder_(std::move(folder)) {}
  Result<std::string> board_text(const std::string& id) const override;
  /// A scenario by name, or the file that a word with a slash or .toml names. Errors: kNotFound with the
  /// nearest name.
  Result<std::string> scenario_text(const std::string& name) const;
  /// The program's scenarios, by name.
  std::vector<ScenarioName> scenarios() const;
  static std::vector<std::string> boards();

 private:
  std::string folder_;
};

/// scenario_text and parse_scenario in one.
Result<Scenario> load_scenario(const std::string& name);

}  // namespace nvstack::virt
