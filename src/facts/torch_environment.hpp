// One Python environment as its torch sees it: the torch family and NVIDIA wheels in it, by their dist-info
// alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "facts/python.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct InstalledWheel {
  std::string name;     // normalized: "torch", "nvidia-cudnn-cu12"
  std::string version;  // "2.6.0+cu124"
};

struct TorchEnvironment {
  std::string prefix;
  std::string python;                  // "3.11", by lib/python3.11
  std::string packages;                // its site-packages
  std::vector<InstalledWheel> wheels;  // torch*, nvidia-*, triton, cuda-*
  std::optional<TorchInstall> torch;   // torch/version.py
  std::vector<std::string> tags;       // of torch's WHEEL file: "cp311-cp311-manylinux_2_28_x86_64"
  std::vector<std::string> shadowing;  // copies of the driver's libraries in it
  bool is_virtual = false;             // pyvenv.cfg or conda-meta is there

  /// The version of a wheel; "" when it is not there.
  std::string version_of(std::string_view name) const;
};

/// kNotFound: there is no Python beneath the prefix.
Result<TorchEnvironment> read_torch_environment(const host::Host& host, const std::string& prefix);
/// "torch-2.6.0+cu124.dist-info" -> torch, 2.6.0+cu124; nothing for another name.
std::optional<InstalledWheel> wheel_of_dist_info(std::string_view directory);
/// The Tag lines of a WHEEL file, at most 64.
std::vector<std::string> parse_wheel_tags(std::string_view text);

}  // namespace nvstack::facts
