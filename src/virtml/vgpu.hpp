// What the vGPU entry points share: a vGPU host's GPUs, the types they can be divided into, and the vGPUs
// that run.
#pragma once

#include "channel/vgpu.hpp"
#include "virtml/words.hpp"

namespace nvstack::virtml {

using channel::Vgpu;
using channel::VgpuType;

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
/// A GPU whose driver is a vGPU host's; NOT_SUPPORTED for all others.
nvmlReturn_t vgpu_host(nvmlDevice_t device, Target& target);
/// Does any GPU of this machine make vGPUs?
bool is_vgpu_host(const channel::Page& state);
/// The type of that number and a GPU that can have it. UNINITIALIZED, INVALID_ARGUMENT.
nvmlReturn_t find_type(nvmlVgpuTypeId_t id, const VgpuType*& type, const Gpu*& gpu);
/// A copy of the running vGPU of that number, and its GPU. UNINITIALIZED, INVALID_ARGUMENT for 0, NOT_FOUND.
nvmlReturn_t find_vgpu(nvmlVgpuInstance_t id, Vgpu& vgpu, Target& target);

/// What a type answers into one place.
template <typename T, typename Read>
nvmlReturn_t read_type(nvmlVgpuTypeId_t id, T* out, const Read& read) {
  const VgpuType* type = nullptr;
  const Gpu* gpu = nullptr;
  if (const nvmlReturn_t code = find_type(id, type, gpu)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  *out = static_cast<T>(read(*type));
  return NVML_SUCCESS;
}
/// What a running vGPU answers into one place. A missing place is told before a vGPU that is not there.
template <typename T, typename Read>
nvmlReturn_t read_vgpu(nvmlVgpuInstance_t id, T* out, const Read& read) {
  Vgpu vgpu;
  Target target;
  if (page() && !out) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = find_vgpu(id, vgpu, target)) return code;
  *out = static_cast<T>(read(vgpu, *target.gpu));
  return NVML_SUCCESS;
}
/// Checks alone, for what a vGPU that is staged does not have.
template <typename... Pointers>
nvmlReturn_t vgpu_lacks(nvmlVgpuInstance_t id, nvmlReturn_t answer, const Pointers*... out) {
  Vgpu vgpu;
  Target target;
  if (page() && !(... && (out != nullptr))) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = find_vgpu(id, vgpu, target);
  return code ? code : answer;
}
template <typename... Pointers>
nvmlReturn_t type_lacks(nvmlVgpuTypeId_t id, const Pointers*... out) {
  const VgpuType* type = nullptr;
  const Gpu* gpu = nullptr;
  if (const nvmlReturn_t code = find_type(id, type, gpu)) return code;
  return (... && (out != nullptr)) ? NVML_ERROR_NOT_SUPPORTED : NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace nvstack::virtml
