// Python environments and the torch in them, by their files alone: nothing is imported or run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/version.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

/// torch/version.py and the dist-info beside it.
struct TorchInstall {
  std::string version;                     // "2.6.0+cu124"
  std::string cuda;                        // torch.version.cuda: "12.4", "" for a CPU build
  std::string path;                        // .../site-packages/torch
  std::vector<std::string> nvidia_wheels;  // "nvidia-cudnn-cu12 9.1.0.70"
};

struct PythonEnvironment {
  std::string prefix;   // "/usr", "/home/u/venv", "$CONDA_PREFIX"
  std::string version;  // "3.11" by lib/python3.11
  std::string kind;     // "system", "venv", "conda", "user" (~/.local)
  std::optional<TorchInstall> torch;
  std::vector<std::string> shadowing;  // its own libcuda/libnvidia-ml copies
};

/// The system's, VIRTUAL_ENV, CONDA_PREFIX, and venvs named by the caller's environment.
Result<std::vector<PythonEnvironment>> read_python(const host::Host& host);
/// torch/version.py: fills version and cuda. kMalformed when there is no __version__.
Result<TorchInstall> parse_torch_version(std::string_view text);
/// "nvidia_cudnn_cu12-9.1.0.70.dist-info" -> "nvidia-cudnn-cu12 9.1.0.70"; "" for any other name.
std::string wheel_of_directory(std::string_view name);

}  // namespace nvstack::facts
