// Walks the processes of a GPU, or of the MIG device that a handle stands for.
#pragma once

#include "virtml/instances.hpp"

namespace nvstack::virtml {

/// Calls `start`, then `each` with every process; both again when the driver wrote meanwhile.
template <typename Start, typename Each>
void for_each_process(const Target& target, const Start& start, const Each& each) {
  const Gpu& gpu = *target.gpu;
  const std::uint32_t instance = target.is_mig() ? instance_of(target).id : 0;
  const std::uint32_t compute = target.is_mig() ? compute_of(target).id : 0;
  channel::read_consistent(gpu, [&] {
    start();
    for (unsigned i = 0; i < gpu.process_count && i < channel::kProcessesMax; ++i) {
      const channel::Process& process = gpu.processes[i];
      if (target.is_mig() && (process.gpu_instance != instance || process.compute_instance != compute))
        continue;
      each(process);
    }
  });
}

}  // namespace nvstack::virtml
