// Virtual GPUs of a vGPU host: made, changed and ended as its virtual machines would, by words of `nvstack
// virt vgpu`.
#pragma once

#include <string>
#include <vector>

#include "virt/model.hpp"

namespace nvstack::virt {

/// May a vGPU of that type be made on the GPU now? Types of one size share a GPU; others only in
/// heterogeneous mode.
bool is_creatable(const channel::Gpu& gpu, const channel::VgpuType& type);

/// create TYPE [VM] (a type's number or name): the text is the new vGPU's number.
Result<std::string> create_vgpu(Model& model, std::size_t gpu, const std::vector<std::string>& words);
/// destroy VGPU|all
Result<std::string> destroy_vgpu(Model& model, const std::vector<std::string>& words);
/// set VGPU NAME VALUE: sm, memory, encoder, decoder (percent), used (bytes), licensed (0, 1), driver (a
/// version).
Result<std::string> set_vgpu(Model& model, const std::vector<std::string>& words);

}  // namespace nvstack::virt
