// Machines for the tests of the host view: four boards on two NUMA nodes, with the driver loaded.
#pragma once

#include <string>

#include "virt/machine.hpp"

namespace nvstack::virt {

inline MachineModule make_module(const std::string& name, int references, std::vector<std::string> holders) {
  MachineModule module;
  module.name = name;
  module.version = "580.95.05";
  module.srcversion = "0F3E8A7E4C1D2B5A6978812";
  module.references = references;
  module.holders = std::move(holders);
  module.taint = "OE";
  return module;
}

inline MachineGpu make_gpu(unsigned index) {
  const char* bus[] = {"0000:c1:00.0", "0000:a1:00.0", "0000:41:00.0", "0000:01:00.0"};
  const char* bridge[] = {"0000:c0:01.1", "0000:a0:01.1", "0000:40:01.1", "0000:00:01.1"};
  MachineGpu gpu;
  gpu.bdf = bus[index];
  gpu.bridges = {bridge[index]};
  Board board;
  board.id = "rtx4090";
  board.device_id = 0x2684;
  board.subsystem_id = 0x16f3;
  board.audio_function = true;
  board.bar_bytes = {16u << 20, 64ull << 30, 32u << 20};
  board.texts["name"] = "NVIDIA GeForce RTX 4090";
  gpu.board = std::make_shared<const Board>(std::move(board));
  gpu.driver = "nvidia";
  gpu.numa_node = index < 2 ? 1 : 0;
  gpu.cpus = index < 2 ? "8-15,24-31" : "0-7,16-23";
  gpu.iommu_group = 20 + index;
  gpu.minor = static_cast<int>(index);
  gpu.uuid = "GPU-1d3a5c7e-0000-0000-0000-00000000000" + std::to_string(index);
  gpu.video_bios = "95.02.3c.40.b8";
  gpu.firmware = "580.95.05";
  gpu.irq = 120 + static_cast<int>(index);
  gpu.link_generation = 1, gpu.link_generation_max = 4, gpu.link_width = 16, gpu.link_width_max = 16;
  return gpu;
}

inline Machine make_machine() {
  Machine machine;
  machine.platform = "native";
  machine.driver_version = machine.library_version = "580.95.05";
  machine.flavor = "open";
  machine.nvrm_version =
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (root@builder)  "
      "Tue Sep 23 09:55:41 UTC 2025\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)\n";
  machine.modules = {make_module("nvidia", 3, {"nvidia_uvm", "nvidia_modeset"}),
                     make_module("nvidia_uvm", 0, {}), make_module("nvidia_modeset", 1, {"nvidia_drm"}),
                     make_module("nvidia_drm", 0, {})};
  machine.modules[3].parameters = {{"modeset", "N"}, {"fbdev", "N"}};
  machine.majors = {{"nvidia-uvm", 511}, {"nvidia-caps", 236}};
  for (unsigned i = 0; i < 4; ++i) machine.gpus.push_back(make_gpu(i));
  machine.nodes = {{0, "0-7,16-23", 64 << 10}, {1, "8-15,24-31", 64 << 10}};
  machine.kernel_log = "[    4.100000] NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05\n";
  return machine;
}

}  // namespace nvstack::virt
