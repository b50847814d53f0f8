// Which wheels a Python can load, best first: the tags of PEP 425 with the platforms of PEP 600 (manylinux)
// and PEP 656 (musllinux), in the order in which installers prefer them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/wheel_name.hpp"

namespace nvstack::framework {

/// CPython alone: torch has wheels for no other.
struct PythonTarget {
  unsigned major = 3, minor = 12;
  bool free_threaded = false;  // "3.13t"

  std::string text() const;         // "3.13t"
  std::string interpreter() const;  // "cp313"
  std::string abi() const;          // "cp313t", "cp37m"
  auto operator<=>(const PythonTarget&) const = default;
};
/// "3.11", "3.13t", "3.11.9", "cp311", "python3.11".
Result<PythonTarget> parse_python_target(std::string_view text);

struct LibcTarget {
  enum class Kind { kGlibc, kMusl };
  Kind kind = Kind::kGlibc;
  unsigned major = 2, minor = 28;
  std::string text() const;  // "glibc 2.35", "musl 1.2"
};
/// "2.35" for glibc, "1.2" for musl.
Result<LibcTarget> parse_libc_target(std::string_view text, LibcTarget::Kind kind);

class WheelTags {
 public:
  WheelTags(const PythonTarget& python, const LibcTarget& libc, const std::string& arch);

  /// The place of the wheel's best tag, 0 the most preferred; nothing when the Python cannot load it.
  std::optional<std::size_t> rank(const WheelName& name) const;
  /// All of them, "cp311-cp311-manylinux_2_35_x86_64" first.
  const std::vector<std::string>& ordered() const { return ordered_; }

 private:
  void add(const std::string& interpreter, const std::string& abi, const std::string& platform);

  std::string own_;  // "cp311"
  std::vector<std::string> ordered_;
  std::unordered_map<std::string, std::size_t> rank_;
};

/// The platforms of one machine, best first: manylinux_2_35_x86_64 ... linux_x86_64.
std::vector<std::string> platform_tags(const LibcTarget& libc, const std::string& arch);

}  // namespace nvstack::framework
