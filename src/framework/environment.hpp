// What is wrong with the torch that is installed, or that a requirements file asks for, on one machine.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "facts/torch_environment.hpp"
#include "framework/request.hpp"
#include "framework/requirement.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

/// `id` is stable: cpu-build, driver-too-old, no-code, pair, variants, wrong-wheel, shadowed, ... or an
/// issue's.
struct TorchFinding {
  std::string id;
  Severity severity = Severity::kWarn;
  Message text;
  std::string cure;  // a command or words, translated already; "" none
};

/// `request` holds the machine: GPUs, driver, C library, architecture. `library_path`: LD_LIBRARY_PATH.
std::vector<TorchFinding> check_environment(const facts::TorchEnvironment& environment,
                                            const Request& request, const std::string& library_path,
                                            const Tables& tables);
std::vector<TorchFinding> check_requirements(const Requirements& requirements, const Request& request,
                                             const Tables& tables);
/// The torch that the requirements pin or bound, the packages of the family they name, the CUDA their index
/// is for.
Request request_of_requirements(const Requirements& requirements, Request request);

Json findings_json(const std::vector<TorchFinding>& findings);
std::string render_findings(const std::vector<TorchFinding>& findings, std::size_t columns);
bool has_bad(const std::vector<TorchFinding>& findings);

/// For the two checks: what holds of a torch of a variant on a machine, wherever it was found.
void judge_torch(const PythonVersion& torch, const std::string& variant, const Request& request,
                 const Tables& tables, std::vector<TorchFinding>& out);
/// torchvision, torchaudio and torchtext beside a torch.
void judge_family(const PythonVersion& torch,
                  const std::vector<std::pair<std::string, PythonVersion>>& others, const Tables& tables,
                  std::vector<TorchFinding>& out);

}  // namespace nvstack::framework
