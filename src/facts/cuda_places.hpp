// Every place on a machine that has a part of CUDA in it: toolkits, runtime libraries, stubs, compat
// packages, and those that pip and conda brought; and the variables by which programs choose among them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/version.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

enum class CudaPlaceKind { kToolkit, kRuntime, kCompat, kStub, kPip, kConda, kCudnn };
std::string_view cuda_place_kind_name(CudaPlaceKind kind);

struct CudaPlace {
  CudaPlaceKind kind = CudaPlaceKind::kToolkit;
  std::string path;                // the directory; of kPip the site-packages
  std::optional<Version> version;  // of kCompat: the driver's
  std::string what;                // "nvcc", "libcudart.so.12", "nvidia-cublas-cu12"
};

/// The caller's variables, verbatim; "" unset.
struct CudaVariables {
  std::string path, cuda_home, cuda_path, library_path, conda_prefix, virtual_env;
  std::string default_toolkit;  // what /usr/local/cuda leads to, "" none
  std::string alternative;      // what /etc/alternatives/cuda leads to
};

struct CudaPlaces {
  std::vector<CudaPlace> all;
  CudaVariables variables;
};

/// The "release 12.6, V12.6.85" line of nvcc --version; the longer of the two numbers.
std::optional<Version> parse_nvcc_version(std::string_view text);
/// Errors: none; what cannot be read is not there.
CudaPlaces read_cuda_places(const host::Host& host);

}  // namespace nvstack::facts
