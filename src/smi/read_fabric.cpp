// The NVLink fabric and the rack around a GPU.
#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "smi/read.hpp"

namespace nvstack::smi {

namespace {

std::string uuid_text(const unsigned char (&bytes)[16]) {
  std::string text;
  std::array<char, 4> digits{};
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    std::snprintf(digits.data(), digits.size(), "%02x", bytes[i]);
    text += digits.data();
  }
  return text;
}

/// Two bits of the health mask: 0 not supported, 1 true, 2 false.
Value health_bits(unsigned mask, unsigned shift, const char* yes, const char* no) {
  const unsigned bits = mask >> shift & 3u;
  return bits == 0 ? not_supported() : text_value(bits == 1 ? yes : no);
}

Value incorrect_configuration(unsigned mask) {
  constexpr std::array kWords = {"",
                                 "None",
                                 "Incorrect SysGuid",
                                 "Incorrect Chassis Serial Number",
                                 "No Partition",
                                 "Insufficient NVLinks",
                                 "Incompatible GPU Firmware",
                                 "Invalid Location",
                                 "GPU State Invalid"};
  const unsigned value = mask >> NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_INCORRECT_CONFIGURATION & 15u;
  if (value == 0) return not_supported();
  return text_value(value < kWords.size() ? kWords[value] : "Unknown");
}

Value health(const nvmlGpuFabricInfo_v3_t& fabric, int part) {
  const unsigned mask = fabric.healthMask;
  switch (part) {
    case kSummary: {
      constexpr std::array kWords = {"", "Healthy", "Unhealthy", "Limited Capacity"};
      if (fabric.healthSummary == 0 || fabric.healthSummary >= kWords.size()) return not_supported();
      return text_value(kWords[fabric.healthSummary]);
    }
    case kBandwidth:
      return health_bits(mask, NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_DEGRADED_BW, "Degraded", "Full");
    case kRecovery:
      return health_bits(mask, NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_ROUTE_RECOVERY, "True", "False");
    case kUnhealthy:
      return health_bits(mask, NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_ROUTE_UNHEALTHY, "True", "False");
    case kTimeout:
      return health_bits(mask, NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_ACCESS_TIMEOUT_RECOVERY, "True", "False");
    case kPartition:
      return health_bits(mask, NVML_GPU_FABRIC_HEALTH_MASK_SHIFT_PARTITION_ASSIGNED, "True", "False");
    default: return incorrect_configuration(mask);
  }
}

}  // namespace

Value read_fabric(Board& board, const Ask& ask) {
  const auto& fabric = board.fabric();
  if (!fabric.ok()) return missing(fabric.code == NVML_ERROR_FUNCTION_NOT_FOUND ? 3 : fabric.code);
  const unsigned state = fabric.value.state;
  if (state == NVML_GPU_FABRIC_STATE_NOT_SUPPORTED) return not_supported();
  constexpr std::array kStates = {"N/A", "Not Started", "In Progress", "Completed"};
  if (ask.part == kState) return text_value(state < kStates.size() ? kStates[state] : "Unknown");
  if (ask.part >= kSummary) return health(fabric.value, ask.part);
  if (state != NVML_GPU_FABRIC_STATE_COMPLETED) return not_supported();
  if (ask.part == kStatus) return text_value(code_words(fabric.value.status));
  if (ask.part == kClique) return number_value(std::uint64_t{fabric.value.cliqueId});
  return text_value(uuid_text(fabric.value.clusterUuid));
}

Value read_platform(Board& board, const Ask& ask) {
  const auto& platform = board.platform();
  if (!platform.ok()) return missing(platform.code);
  const auto& all = platform.value;
  switch (ask.part) {
    case kChassis: {
      const std::string_view serial(reinterpret_cast<const char*>(all.chassisSerialNumber), 16);
      return text_value(printable(serial.substr(0, serial.find('\0')), 16));
    }
    case kSlot: return number_value(std::uint64_t{all.slotNumber});
    case kTray: return number_value(std::uint64_t{all.trayIndex});
    case kHostId: return number_value(std::uint64_t{all.hostId});
    case kPeer: return text_value(all.peerType == 0 ? "Direct Connected" : "Switch Connected");
    case kModule: return number_value(std::uint64_t{all.moduleId});
    default: break;
  }
  std::uint64_t guid = 0;
  for (std::size_t i = 8; i < 16; ++i) guid = guid << 8 | all.ibGuid[i];
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(guid));
  return text_value(text.data());
}

Value read_platform_log(Board& board, const Ask& ask) {
  if (ask.part == kModule) {
    const auto module = board.number("nvmlDeviceGetModuleId");
    return module.ok() ? number_value(std::uint64_t{module.value}) : missing(module.code);
  }
  const auto& platform = board.platform();
  if (!platform.ok()) return missing(platform.code);
  return platform.value.chassisSerialNumber[0] == 0 ? not_supported() : read_platform(board, ask);
}

Value read_power_profiles(Board& board, const Ask& ask) {
  const auto profiles = board.record<nvmlWorkloadPowerProfileCurrentProfiles_t>(
      "nvmlDeviceWorkloadPowerProfileGetCurrentProfiles", 1);
  if (!profiles.ok()) return missing(profiles.code);
  const auto& mask =
      ask.part == 0 ? profiles.value.requestedProfilesMask : profiles.value.enforcedProfilesMask;
  std::string text;
  for (unsigned bit = 0; bit < 255; ++bit)
    if ((mask.mask[bit / 32] >> bit % 32 & 1u) != 0) text += (text.empty() ? "" : ",") + std::to_string(bit);
  return text.empty() ? text_value("Not Set") : text_value(std::move(text));
}

}  // namespace nvstack::smi
