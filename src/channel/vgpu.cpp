#include "channel/vgpu.hpp"

#include <algorithm>

namespace nvstack::channel {

const VgpuType* find_vgpu_type(const Gpu& gpu, std::uint32_t id) {
  for (const VgpuType& type : gpu.vgpu_types)
    if (type.id != 0 && type.id == id) return &type;
  return nullptr;
}

bool is_vgpu_creatable(const Gpu& gpu, const VgpuType& type, bool mixed_sizes) {
  std::uint64_t capacity_mib = 0, taken_mib = 0;
  for (const VgpuType& other : gpu.vgpu_types)
    capacity_mib = std::max<std::uint64_t>(capacity_mib, other.framebuffer_mib);
  std::uint32_t running = 0;
  for (const Vgpu& vgpu : gpu.vgpus) {
    const VgpuType* other = vgpu.id ? find_vgpu_type(gpu, vgpu.type) : nullptr;
    if (!other) continue;
    if (!mixed_sizes && other->framebuffer_mib != type.framebuffer_mib) return false;
    taken_mib += other->framebuffer_mib;
    ++running;
  }
  if (!mixed_sizes && running >= type.instances_max) return false;
  return running < kVgpusMax && taken_mib + type.framebuffer_mib <= capacity_mib;
}

}  // namespace nvstack::channel
