// CUDA toolkits, compat packages and cuDNN on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/version.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct CudaToolkit {
  std::string path;                // "/usr/local/cuda-12.4"
  std::optional<Version> version;  // version.json, version.txt, or the directory's name
  bool has_nvcc = false;
  bool has_compat = false;  // compat/libcuda.so.1
  bool is_default = false;  // /usr/local/cuda leads to it
};

struct Cudnn {
  std::optional<Version> version;  // cudnn_version.h or the library's own name
  std::string path;
};

struct Toolkits {
  std::vector<CudaToolkit> cuda;
  std::vector<Cudnn> cudnn;
  std::string cuda_home;  // CUDA_HOME or CUDA_PATH, verbatim
  std::string path;       // PATH, verbatim
};

Result<Toolkits> read_toolkits(const host::Host& host);
/// version.json of a toolkit (11.1 and later).
Result<Version> parse_toolkit_json(std::string_view text);
/// version.txt of older ones: "CUDA Version 10.2.89".
Result<Version> parse_toolkit_text(std::string_view text);
/// CUDNN_MAJOR, CUDNN_MINOR and CUDNN_PATCHLEVEL of a header.
Result<Version> parse_cudnn_header(std::string_view text);

}  // namespace nvstack::facts
