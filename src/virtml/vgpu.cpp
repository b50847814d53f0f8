#include "virtml/vgpu.hpp"

namespace nvstack::virtml {

namespace {

bool makes_vgpus(const Gpu& gpu) {
  return value_or_zero(gpu, ReadingId::virtualization_mode) == NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU &&
         gpu.vgpu_types[0].id != 0;
}

}  // namespace

nvmlReturn_t vgpu_host(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return makes_vgpus(*target.gpu) ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

bool is_vgpu_host(const channel::Page& state) {
  for (std::uint32_t i = 0; i < state.gpu_count; ++i)
    if (is_visible(state.gpus[i]) && makes_vgpus(state.gpus[i])) return true;
  return false;
}

nvmlReturn_t find_type(nvmlVgpuTypeId_t id, const VgpuType*& type, const Gpu*& gpu) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  for (std::uint32_t i = 0; id != 0 && i < state->gpu_count; ++i) {
    gpu = &state->gpus[i];
    type = is_visible(*gpu) && makes_vgpus(*gpu) ? channel::find_vgpu_type(*gpu, id) : nullptr;
    if (type) return NVML_SUCCESS;
  }
  return NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t find_vgpu(nvmlVgpuInstance_t id, Vgpu& vgpu, Target& target) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (id == 0) return NVML_ERROR_INVALID_ARGUMENT;
  for (std::uint32_t i = 0; i < state->gpu_count; ++i) {
    const Gpu& gpu = state->gpus[i];
    if (!is_visible(gpu)) continue;
    bool found = false;
    channel::read_consistent(gpu, [&] {
      found = false;
      for (const Vgpu& running : gpu.vgpus)
        if (running.id == id) vgpu = running, found = true;
    });
    if (!found) continue;
    target.gpu = &gpu, target.position = i;
    return NVML_SUCCESS;
  }
  return NVML_ERROR_NOT_FOUND;
}

}  // namespace nvstack::virtml
