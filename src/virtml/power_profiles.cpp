// Workload power profiles and power smoothing, as boards since Blackwell have them; and the name a GPU is
// given.
#include <cstring>

#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// Readings hold the first 64 of the 255 profiles; none of the published ones is above.
void fill_mask(nvmlMask255_t& mask, std::int64_t bits) {
  mask = {};
  mask.mask[0] = static_cast<unsigned>(bits);
  mask.mask[1] = static_cast<unsigned>(static_cast<std::uint64_t>(bits) >> 32);
}
std::uint64_t bits_of(const nvmlMask255_t& mask) {
  return mask.mask[0] | static_cast<std::uint64_t>(mask.mask[1]) << 32;
}
/// A profile that no reading can hold is one that the board lacks.
bool is_beyond(const nvmlMask255_t& mask) {
  for (unsigned i = 2; i < NVML_255_MASK_NUM_ELEMS; ++i)
    if (mask.mask[i]) return true;
  return false;
}

nvmlReturn_t change_profiles(nvmlDevice_t device, const nvmlWorkloadPowerProfileRequestedProfiles_t* profiles,
                             unsigned operation) {
  Target target;
  if (const nvmlReturn_t code =
          versioned(device, profiles, nvmlWorkloadPowerProfileRequestedProfiles_v1, target))
    return code;
  if (is_beyond(profiles->requestedProfilesMask)) return NVML_ERROR_INVALID_ARGUMENT;
  return ask(Op::set_power_profile, target, operation, bits_of(profiles->requestedProfilesMask));
}

enum Smoothing : std::uint64_t { kState = 0, kPreset = 1, kParameter = 2 };

}  // namespace

nvmlReturn_t nvmlDeviceWorkloadPowerProfileGetProfilesInfo(
    nvmlDevice_t device, nvmlWorkloadPowerProfileProfilesInfo_t* profilesInfo) {
  Target target;
  if (const nvmlReturn_t code =
          versioned(device, profilesInfo, nvmlWorkloadPowerProfileProfilesInfo_v1, target))
    return code;
  std::int64_t supported = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::power_profiles_supported, &supported))
    return code;
  if (supported == 0) return NVML_ERROR_NOT_SUPPORTED;
  fill_mask(profilesInfo->perfProfilesMask, supported);
  for (unsigned i = 0; i < NVML_WORKLOAD_POWER_MAX_PROFILES; ++i) {
    nvmlWorkloadPowerProfileInfo_t& profile = profilesInfo->perfProfile[i];
    profile = {};
    profile.version = nvmlWorkloadPowerProfileInfo_v1;
    if (i >= 64 || !(supported >> i & 1)) continue;
    profile.profileId = i;
    profile.priority = i;
    // Max-P and Max-Q exclude each other.
    if (i <= NVML_POWER_PROFILE_MAX_Q)
      fill_mask(profile.conflictingMask, i == NVML_POWER_PROFILE_MAX_P ? 2 : 1);
  }
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceWorkloadPowerProfileGetCurrentProfiles(
    nvmlDevice_t device, nvmlWorkloadPowerProfileCurrentProfiles_t* currentProfiles) {
  Target target;
  if (const nvmlReturn_t code =
          versioned(device, currentProfiles, nvmlWorkloadPowerProfileCurrentProfiles_v1, target))
    return code;
  std::int64_t supported = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::power_profiles_supported, &supported))
    return code;
  if (supported == 0) return NVML_ERROR_NOT_SUPPORTED;
  fill_mask(currentProfiles->perfProfilesMask, supported);
  fill_mask(currentProfiles->requestedProfilesMask,
            value_or_zero(*target.gpu, ReadingId::power_profile_requested));
  fill_mask(currentProfiles->enforcedProfilesMask,
            value_or_zero(*target.gpu, ReadingId::power_profile_enforced));
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceWorkloadPowerProfileSetRequestedProfiles(
    nvmlDevice_t device, nvmlWorkloadPowerProfileRequestedProfiles_t* requestedProfiles) {
  return change_profiles(device, requestedProfiles, NVML_POWER_PROFILE_OPERATION_SET);
}
nvmlReturn_t nvmlDeviceWorkloadPowerProfileClearRequestedProfiles(
    nvmlDevice_t device, nvmlWorkloadPowerProfileRequestedProfiles_t* requestedProfiles) {
  return change_profiles(device, requestedProfiles, NVML_POWER_PROFILE_OPERATION_CLEAR);
}
nvmlReturn_t nvmlDeviceWorkloadPowerProfileUpdateProfiles_v1(
    nvmlDevice_t device, nvmlWorkloadPowerProfileUpdateProfiles_v1_t* updateProfiles) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!updateProfiles || is_beyond(updateProfiles->updateProfilesMask)) return NVML_ERROR_INVALID_ARGUMENT;
  return ask(Op::set_power_profile, target, static_cast<unsigned>(updateProfiles->operation),
             bits_of(updateProfiles->updateProfilesMask));
}
nvmlReturn_t nvmlDevicePowerSmoothingActivatePresetProfile(nvmlDevice_t device,
                                                           nvmlPowerSmoothingProfile_t* profile) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, profile, nvmlPowerSmoothingProfile_v1, target)) return code;
  return ask(Op::set_power_smoothing, target, kPreset, profile->profileId);
}
nvmlReturn_t nvmlDevicePowerSmoothingUpdatePresetProfileParam(nvmlDevice_t device,
                                                              nvmlPowerSmoothingProfile_t* profile) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, profile, nvmlPowerSmoothingProfile_v1, target)) return code;
  if (profile->paramId >= NVML_POWER_SMOOTHING_NUM_PROFILE_PARAMS ||
      profile->profileId >= NVML_POWER_SMOOTHING_MAX_NUM_PROFILES)
    return NVML_ERROR_INVALID_ARGUMENT;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &profile->value, sizeof bits);
  return ask(Op::set_power_smoothing, target, kParameter, bits,
             static_cast<std::uint64_t>(profile->profileId) << 32 | profile->paramId);
}
nvmlReturn_t nvmlDevicePowerSmoothingSetState(nvmlDevice_t device, nvmlPowerSmoothingState_t* state) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, state, nvmlPowerSmoothingState_v1, target)) return code;
  return ask(Op::set_power_smoothing, target, kState, static_cast<unsigned>(state->state));
}
nvmlReturn_t nvmlDeviceGetHostname_v1(nvmlDevice_t device, nvmlHostname_v1_t* hostname) {
  return read_text(device, hostname ? hostname->value : nullptr, NVML_DEVICE_HOSTNAME_BUFFER_SIZE,
                   TextId::hostname);
}
nvmlReturn_t nvmlDeviceSetHostname_v1(nvmlDevice_t device, nvmlHostname_v1_t* hostname) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!hostname) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t bytes = ::strnlen(hostname->value, NVML_DEVICE_HOSTNAME_BUFFER_SIZE);
  if (bytes == NVML_DEVICE_HOSTNAME_BUFFER_SIZE) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Request request{
      Op::set_hostname, target.position, target.gpu->generation, static_cast<std::uint32_t>(bytes), {}};
  channel::Reply reply{};
  return ask(request, reply, hostname->value);
}
