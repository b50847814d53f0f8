// In which modes a GPU is.
#include <array>

#include "smi/read.hpp"

namespace nvstack::smi {

Value read_display_mode(Board& board, const Ask& ask) {
  if (board.system.compat.branch >= 580) return missing(NVML_ERROR_DEPRECATED);
  return read_enabled(board, {.function = "nvmlDeviceGetDisplayMode", .unit = ask.unit});
}
Value read_display_attached(Board& board, const Ask&) {
  const auto mode = board.number("nvmlDeviceGetDisplayMode");
  // Newer libraries call the question deprecated; there the original was only ever seen to say Yes.
  if (mode.code == NVML_ERROR_DEPRECATED) return yes_no(true);
  return mode.ok() ? yes_no(mode.value != 0) : missing(mode.code);
}

Value read_addressing_mode(Board& board, const Ask&) {
  const auto mode = board.record<nvmlDeviceAddressingMode_t>("nvmlDeviceGetAddressingMode", 1);
  constexpr std::array kWords = {"None", "HMM", "ATS"};
  // Drivers that have the row and no such question answer so.
  if (mode.code == NVML_ERROR_FUNCTION_NOT_FOUND) return text_value(kWords[0]);
  if (!mode.ok()) return missing(mode.code);
  return text_value(mode.value.value < kWords.size() ? kWords[mode.value.value] : "Unknown");
}

Value read_operation_mode(Board& board, const Ask& ask) {
  const auto mode = board.pair("nvmlDeviceGetGpuOperationMode");
  if (!mode.ok()) return missing(mode.code);
  constexpr std::array kWords = {"All On", "Compute", "Low Double Precision"};
  const unsigned value = ask.part == 0 ? mode.value.first : mode.value.second;
  return text_value(value < kWords.size() ? kWords[value] : "Unknown");
}

Value read_c2c_mode(Board& board, const Ask&) {
  const auto mode = board.record<nvmlC2cModeInfo_v1_t>("nvmlDeviceGetC2cModeInfoV", 0);
  return mode.ok() ? enabled(mode.value.isC2cEnabled != 0) : missing(mode.code);
}

Value read_virtualization_mode(Board& board, const Ask&) {
  const auto mode = board.number("nvmlDeviceGetVirtualizationMode");
  if (!mode.ok()) return missing(mode.code);
  constexpr std::array kWords = {"None", "Pass-Through", "VGPU", "Host VGPU", "Host VSGA"};
  return text_value(mode.value < kWords.size() ? kWords[mode.value] : "Unknown");
}
Value read_host_vgpu_mode(Board& board, const Ask&) {
  const auto mode = board.number("nvmlDeviceGetHostVgpuMode");
  if (!mode.ok()) return not_supported();
  return text_value(mode.value == NVML_HOST_VGPU_MODE_SRIOV ? "SR-IOV" : "Non SR-IOV");
}

Value read_vgpu_mixture(Board& board, const Ask&) {
  const auto mode = board.record<nvmlVgpuHeterogeneousMode_v1_t>("nvmlDeviceGetVgpuHeterogeneousMode", 1);
  if (!mode.ok()) return not_supported();
  return text_value(mode.value.mode ? "Enabled" : "Disabled");
}

Value read_recovery_action(Board& board, const Ask&) {
  const auto action = board.field(NVML_FI_DEV_GET_GPU_RECOVERY_ACTION);
  if (!action.ok()) return missing(action.code);
  constexpr std::array kWords = {"None",      "Reset",           "Reboot",
                                 "Drain P2P", "Drain and Reset", "Recover IMEX Domain"};
  const auto index = static_cast<std::size_t>(action.value);
  return text_value(index < kWords.size() ? kWords[index] : "Unknown");
}

Value read_compute_mode(Board& board, const Ask&) {
  const auto mode = board.number("nvmlDeviceGetComputeMode");
  if (!mode.ok()) return missing(mode.code);
  constexpr std::array kWords = {"Default", "Exclusive_Thread", "Prohibited", "Exclusive_Process"};
  return text_value(mode.value < kWords.size() ? kWords[mode.value] : "Unknown");
}

Value read_dram_encryption(Board& board, const Ask& ask) {
  nvmlDramEncryptionInfo_t current{}, pending{};
  current.version = pending.version = struct_version<nvmlDramEncryptionInfo_t>(1);
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetDramEncryptionMode, board.device, &current, &pending);
  if (code != NVML_SUCCESS) return missing(code);
  return enabled((ask.part == 0 ? current : pending).encryptionState == NVML_FEATURE_ENABLED);
}

Value read_vgpu_capability(Board& board, const Ask& ask) {
  unsigned result = 0;
  const auto code = ask.location == 1 ? NVML_CALL(board.nvml(), nvmlGetVgpuDriverCapabilities,
                                                  static_cast<nvmlVgpuDriverCapability_t>(ask.part), &result)
                                      : NVML_CALL(board.nvml(), nvmlDeviceGetVgpuCapabilities, board.device,
                                                  static_cast<nvmlDeviceVgpuCapability_t>(ask.part), &result);
  // Only a vGPU host has an answer; everyone else is told N/A, whatever the code.
  return code == NVML_SUCCESS ? yes_no(result != 0) : not_supported();
}

Value read_egm(Board& board, const Ask&) {
  const auto capabilities = board.record<nvmlDeviceCapabilities_t>("nvmlDeviceGetCapabilities", 1);
  if (!capabilities.ok()) return missing(capabilities.code);
  return text_value((capabilities.value.capMask & NVML_DEV_CAP_EGM) != 0 ? "enabled" : "disabled");
}

/// No public call answers this. Boards from Hopper on were seen "Disabled", older ones "N/A".
Value read_sparse_mode(Board& board, const Ask&) {
  const auto architecture = board.number("nvmlDeviceGetArchitecture");
  return architecture.ok() && architecture.value >= NVML_DEVICE_ARCH_HOPPER ? enabled(false)
                                                                            : not_supported();
}

Value read_power_management(Board& board, const Ask&) {
  if (board.system.compat.branch >= 580) return missing(NVML_ERROR_DEPRECATED);
  const auto mode = board.number("nvmlDeviceGetPowerManagementMode");
  if (!mode.ok() || mode.value == 0) return missing(mode.ok() ? NVML_ERROR_NOT_SUPPORTED : mode.code);
  return text_value("Supported");
}

Value read_reset_status(Board& board, const Ask& ask) {
  const auto status = board.field(static_cast<unsigned>(ask.part));
  return status.ok() ? yes_no(status.value != 0) : missing(status.code);
}

}  // namespace nvstack::smi
