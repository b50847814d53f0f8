// Licensable features: a vGPU guest has one, a GPU of one's own none.
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "virtml/words.hpp"

using namespace nvstack::virtml;

namespace {

/// Older versions have smaller feature entries, so they are given the head and no entry.
nvmlReturn_t licensable_features(nvmlDevice_t device, nvmlGridLicensableFeatures_t* features, bool newest) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!features) return NVML_ERROR_INVALID_ARGUMENT;
  const bool guest =
      value_or_zero(*target.gpu, ReadingId::virtualization_mode) == NVML_GPU_VIRTUALIZATION_MODE_VGPU;
  features->isGridLicenseSupported = guest;
  features->licensableFeaturesCount = 0;
  if (!guest || !newest) return NVML_SUCCESS;
  features->licensableFeaturesCount = 1;
  nvmlGridLicensableFeature_t& feature = features->gridLicensableFeatures[0];
  feature = {};
  feature.featureCode = NVML_GRID_LICENSE_FEATURE_CODE_NVIDIA_RTX;
  feature.featureEnabled = 1;
  std::snprintf(feature.licenseInfo, sizeof feature.licenseInfo, "NVIDIA Virtual Applications License");
  std::snprintf(feature.productName, sizeof feature.productName, "NVIDIA RTX Virtual Workstation");
  feature.licenseExpiry.status = NVML_GRID_LICENSE_EXPIRY_NOT_AVAILABLE;
  return NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetGridLicensableFeatures_v4(nvmlDevice_t device,
                                                    nvmlGridLicensableFeatures_t* pGridLicensableFeatures) {
  return licensable_features(device, pGridLicensableFeatures, true);
}
nvmlReturn_t nvmlDeviceGetGridLicensableFeatures_v3(nvmlDevice_t device,
                                                    nvmlGridLicensableFeatures_t* pGridLicensableFeatures) {
  return licensable_features(device, pGridLicensableFeatures, false);
}
nvmlReturn_t nvmlDeviceGetGridLicensableFeatures_v2(nvmlDevice_t device,
                                                    nvmlGridLicensableFeatures_t* pGridLicensableFeatures) {
  return licensable_features(device, pGridLicensableFeatures, false);
}
nvmlReturn_t nvmlDeviceGetGridLicensableFeatures(nvmlDevice_t device,
                                                 nvmlGridLicensableFeatures_t* pGridLicensableFeatures) {
  return licensable_features(device, pGridLicensableFeatures, false);
}
