// The name of a wheel file taken apart: torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl is a project,
// a version (its local part names the CUDA variant) and the interpreters, ABIs and platforms it is for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/pep440.hpp"

namespace nvstack::framework {

/// "1", "2abc": 1 < 1a < 2.
struct BuildTag {
  std::uint64_t number = 0;
  std::string rest;
  auto operator<=>(const BuildTag&) const = default;
};

struct WheelName {
  std::string file;     // as it was given, .whl and all
  std::string project;  // normalized: "torch"
  PythonVersion version;
  std::optional<BuildTag> build;
  // Compressed sets: "py2.py3" is two.
  std::vector<std::string> interpreters, abis, platforms;
};

/// kMalformed names the file and the part that is wrong.
Result<WheelName> parse_wheel_name(std::string_view file);
/// PEP 503: lower case, runs of - _ . become one "-".
std::string normalize_project(std::string_view name);

}  // namespace nvstack::framework
