// Proof that CUDA works, level by level, as a report for people: what was tried, the error's name, cause and
// cure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "cuda/report.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

enum class Outcome { kOk, kFailed, kSkipped };
std::string_view outcome_name(Outcome outcome);

/// 0 files, 1 library, 2 init, 3 devices, 4 memory, 5 kernel, 6 framework.
struct VerifyLevel {
  int level = 0;
  Outcome outcome = Outcome::kSkipped;
  std::optional<int> code;  // a CUresult
  std::string error;        // its name
  std::optional<int> gpu;   // where it failed
  Message text;             // what was found
  Message cure;
};
std::string_view verify_level_name(int level);

struct VerifyReport {
  std::vector<VerifyLevel> levels;
  std::string library;
  std::optional<int> driver_cuda;  // 13000
  std::vector<cuda::Gpu> gpus;
  bool ok() const;
};

/// A row of cuda_errors.tsv; `known` is false for a code without one.
struct CudaErrorRow {
  std::string name, meaning, cure;
  bool known = false;
};
CudaErrorRow find_cuda_error(int code, const catalog::Catalog& catalog);

/// Judges one level's probe (1 to 5). `reading`: the error of a child that hung or crashed.
VerifyLevel judge_level(int level, const Result<cuda::Report>& reading, const catalog::Catalog& catalog);
/// GPUs that the kernel module has and the process may open, and that CUDA does not list, fail the level: the
/// GPU that was lost is the one that nobody asks. `expected` are PCI addresses; with MIG devices nothing is
/// said.
void judge_missing(VerifyLevel& level, const cuda::Report& report, const std::vector<std::string>& expected);
/// A libcuda that is the toolkit's stub, or a compat package's, by its path: said before its error codes.
std::optional<Message> library_warning(const std::string& path);

/// The probe's kernel for a driver (13000) and a GPU: the oldest PTX that knows the GPU.
std::string probe_ptx(const Tables& tables, int driver_cuda, int major, int minor);

Json verify_json(const VerifyReport& report);
std::string render_verify(const VerifyReport& report, std::size_t columns);

}  // namespace nvstack::framework
