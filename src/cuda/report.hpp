// What the CUDA driver answered, level by level: whether it loads, starts, sees its GPUs, moves memory and
// runs a kernel. Values with a JSON form, because each level is asked in a process of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace nvstack::cuda {

/// One call of the driver that decided something; `code` is a CUresult.
struct Call {
  std::string function;  // "cuInit"
  int code = 0;
  std::string name;  // what cuGetErrorName said, "" unknown
};

struct Gpu {
  int ordinal = 0;
  std::string name, uuid, bus_id;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0, compute_mode = 0;
  bool integrated = false;
  std::uint64_t memory_bytes = 0;
  std::optional<Call> failed;  // the first call on this GPU that failed
  std::string log;             // of the compiler of PTX
  std::string mismatch;        // a wrong result of the kernel: "thread 3: 10 expected, 0 found"
};

struct Report {
  std::string library;         // the file that was loaded
  std::string load_error;      // the loader's words, "" loaded
  std::optional<int> version;  // cuDriverGetVersion: 13000
  std::optional<Call> failed;  // the first call that failed, before any GPU
  std::vector<Gpu> gpus;
};

Json report_json(const Report& report);
Result<Report> parse_report(std::string_view json);

}  // namespace nvstack::cuda
