// Driver, toolkit, cuDNN, compiler and GPU against each other, in both directions: what is given is compared,
// what is not given is proposed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "framework/gpu_words.hpp"
#include "framework/specifier.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

struct MatchAsked {
  std::optional<Version> driver, toolkit;  // toolkit X.Y
  std::optional<PythonVersion> cudnn;
  std::optional<unsigned> gcc, clang;  // major numbers
  std::vector<WantedGpu> gpus;
  DriverKind driver_kind = DriverKind::kLinux;
};

enum class Fit {
  kFits,
  kLimited,  // works with limits that are named
  kFails,
  kProposal,  // nothing was given to compare with
};
std::string_view fit_name(Fit fit);

/// `subject`: "driver-toolkit", "toolkit-gcc", "gpu-cudnn", ...
struct MatchLine {
  std::string subject;
  Fit fit = Fit::kProposal;
  Message text;
};

struct CudnnRow {
  PythonVersion version;
  Version cuda;                          // 12, or 11.8 for older ones
  std::optional<Capability> oldest_gpu;  // not known for old rows
};
Result<std::vector<CudnnRow>> load_cudnn(const catalog::Catalog& catalog);
/// The newest cuDNN for a CUDA and the oldest of these GPUs.
std::optional<CudnnRow> newest_cudnn(const std::vector<CudnnRow>& rows, const Version& cuda,
                                     const std::vector<WantedGpu>& gpus);

struct CompilerRow {
  Version from, to;  // toolkits X.Y
  unsigned gcc_max = 0;
  std::optional<unsigned> clang_max, gcc_min;
};
Result<std::vector<CompilerRow>> load_compilers(const catalog::Catalog& catalog);
const CompilerRow* compilers_of(const std::vector<CompilerRow>& rows, const Version& toolkit);

Result<std::vector<MatchLine>> match_cuda(const MatchAsked& asked, const Tables& tables);
Json match_json(const std::vector<MatchLine>& lines, const std::string& data_date);
std::string render_match(const std::vector<MatchLine>& lines, std::size_t columns);

}  // namespace nvstack::framework
