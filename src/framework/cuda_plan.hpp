// The steps that make a machine fit for one of three purposes: to run CUDA programs, to build them, or to run
// containers with them. Steps are rows of cuda_steps.rec.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

struct CudaPlanAsked {
  std::string purpose;          // run, develop, container
  std::optional<Version> cuda;  // X.Y; the newest that the driver brings by default
  std::optional<Version> driver;
  std::string manager = "apt";  // as in commands.rec
  std::string arch = "x86_64";
};

struct CudaStep {
  std::string id;
  Message what, reason;
  std::vector<std::string> commands;
};

struct CudaPlan {
  Version cuda;
  std::vector<CudaStep> steps;
  std::vector<Message> warnings;  // "the driver is too old", "no driver"
};

/// kUsage: no such purpose, or a CUDA that is no release.
Result<CudaPlan> make_cuda_plan(const CudaPlanAsked& asked, const Tables& tables);
Json cuda_plan_json(const CudaPlan& plan);
std::string render_cuda_plan(const CudaPlan& plan, std::size_t columns);

}  // namespace nvstack::framework
