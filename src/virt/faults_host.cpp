// Faults of the whole machine: modules, firmware, nodes, libraries.
#include "base/text.hpp"
#include "virt/fault_rows.hpp"

namespace nvstack::virt {

Result<std::uint64_t> number_word(const FaultWords& words, std::size_t index, std::uint64_t max,
                                  const char* name) {
  const auto value = index < words.size() ? parse_uint(words[index]) : std::nullopt;
  if (!value || *value > max)
    return fail(ErrorCode::kUsage, std::string(name) + " must be a whole number up to " + std::to_string(max),
                index < words.size() ? "it is \"" + printable(words[index], 40) + "\"" : "it is missing");
  return *value;
}

Result<bool> switch_word(const FaultWords& words, std::size_t index) {
  if (index >= words.size() || words[index] == "on") return true;
  if (words[index] == "off") return false;
  return fail(ErrorCode::kUsage, "\"" + printable(words[index], 40) + "\" is neither on nor off", "");
}

Status fault_firmware(Model& model, std::size_t, const FaultWords& words) {
  model.firmware_present = !TRY(switch_word(words, 0));
  return {};
}

Status fault_upgrade(Model& model, std::size_t, const FaultWords& words) {
  if (words.empty() || !branch_versions(words[0]) || words[0].size() > 31)
    return fail(ErrorCode::kUsage, "upgrade needs a version of a branch that can be staged, as in 590.48.01",
                "");
  model.upgrade_libraries(words[0]);
  return {};
}

Status fault_module_gone(Model& model, std::size_t, const FaultWords&) {
  for (const char* name : {"nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia_peermem", "nvidia"})
    if (model.is_loaded(name)) TRY(model.unload_module(name));
  return {};
}

Status fault_module_file(Model& model, std::size_t, const FaultWords& words) {
  constexpr std::pair<std::string_view, ModuleFiles> kStates[] = {
      {"good", ModuleFiles::kGood},         {"missing", ModuleFiles::kMissing},
      {"damaged", ModuleFiles::kDamaged},   {"other-kernel", ModuleFiles::kOtherKernel},
      {"unsigned", ModuleFiles::kUnsigned}, {"not-indexed", ModuleFiles::kNotIndexed}};
  std::vector<std::string> names;
  for (const auto& [name, state] : kStates) {
    names.emplace_back(name);
    if (words.empty() || words[0] != name) continue;
    model.module_files = state;
    return {};
  }
  return fail(ErrorCode::kUsage, "module-file needs one of " + join(names, ", "), "");
}

Status fault_nodes(Model& model, std::size_t, const FaultWords& words) {
  model.nodes_present = !TRY(switch_word(words, 0));
  return {};
}

Status fault_nodes_mode(Model& model, std::size_t, const FaultWords& words) {
  unsigned mode = 0;
  for (const char digit : words.empty() ? std::string("x") : words[0]) {
    if (digit < '0' || digit > '7' || mode > 0777)
      return fail(ErrorCode::kUsage, "MODE must be octal, as in 0600", "");
    mode = mode * 8 + static_cast<unsigned>(digit - '0');
  }
  model.node_mode = mode;
  return {};
}

Status fault_nvml(Model& model, std::size_t, const FaultWords& words) {
  model.page().init_code = static_cast<std::int32_t>(TRY(number_word(words, 0, 999, "CODE")));
  return {};
}

Status fault_cuda(Model& model, std::size_t, const FaultWords& words) {
  model.page().cuda_init_code = static_cast<std::int32_t>(TRY(number_word(words, 0, 999, "CODE")));
  return {};
}

}  // namespace nvstack::virt
