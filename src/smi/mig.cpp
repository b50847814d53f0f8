#include "smi/mig.hpp"

namespace nvstack::smi {

std::string mig_profile_name(unsigned slices, unsigned long long memory_mib) {
  return std::to_string(slices) + "g." + std::to_string((memory_mib + 1023) / 1024) + "gb";
}

std::string mig_device_profile(Board& part) {
  const auto name = part.text("nvmlDeviceGetName");
  const auto at = name.value.find(" MIG ");
  if (name.ok() && at != std::string::npos) return name.value.substr(at + 5);
  const auto attributes = part.record<nvmlDeviceAttributes_t>("nvmlDeviceGetAttributes_v2", 0);
  if (!attributes.ok()) return "N/A";
  const auto& all = attributes.value;
  const std::string profile = mig_profile_name(all.gpuInstanceSliceCount, all.memorySizeMB);
  if (all.computeInstanceSliceCount == all.gpuInstanceSliceCount) return profile;
  return std::to_string(all.computeInstanceSliceCount) + "c." + profile;
}

}  // namespace nvstack::smi
