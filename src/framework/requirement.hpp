// Requirements as pip writes them, and the packages that lock files of uv, poetry and pip name: as much of
// them as says what torch family is wanted from where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "framework/specifier.hpp"

namespace nvstack::framework {

struct Requirement {
  std::string name;     // normalized
  std::string written;  // as it stands there
  SpecifierSet versions;
  std::string url;     // "name @ URL"
  std::string marker;  // behind ';', verbatim
  std::size_t line = 0;

  /// The version of a single == or ===.
  std::optional<PythonVersion> exact() const;
};

struct Requirements {
  std::vector<Requirement> all;
  std::vector<std::string> index_urls;        // --index-url, -i
  std::vector<std::string> extra_index_urls;  // --extra-index-url
  std::vector<std::string> find_links;        // -f
  bool is_lock = false;
};

/// kMalformed names the line. Lines that name a file or another option are passed over.
Result<Requirement> parse_requirement(std::string_view text);
Result<Requirements> parse_requirements(std::string_view text);

}  // namespace nvstack::framework
