// What the vGPU entry points share: a machine that can be staged runs no virtual GPUs of its own, so no vGPU instance and no
// vGPU type has a valid number.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

template <typename Capability>
bool known_capability(Capability capability, unsigned count) {
  return static_cast<unsigned>(capability) < count;
}
/// An argument that is wrong on any device; the device is looked at first.
inline nvmlReturn_t refuse(nvmlDevice_t device) {
  Target target;
  const nvmlReturn_t code = resolve(device, target);
  return code ? code : NVML_ERROR_INVALID_ARGUMENT;
}
/// 0 is never an instance; other numbers name none that runs.
template <typename... Pointers>
nvmlReturn_t no_instance(nvmlVgpuInstance_t instance, const Pointers*... out) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return instance != 0 && (... && (out != nullptr)) ? NVML_ERROR_NOT_FOUND : NVML_ERROR_INVALID_ARGUMENT;
}
template <typename... Pointers>
nvmlReturn_t no_type(nvmlVgpuTypeId_t, const Pointers*...) {
  return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
}

}  // namespace nvstack::virtml
