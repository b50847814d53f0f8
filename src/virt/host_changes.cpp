// What changed between two moments of a machine, so that an open of one GPU among a thousand is not paid by
// all.
#include <tuple>

#include "virt/host_state.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

/// What decides which files there are.
bool same_place(const MachineGpu& a, const MachineGpu& b) {
  const auto place = [](const MachineGpu& gpu) {
    return std::tie(gpu.bdf, gpu.irq, gpu.driver, gpu.bridges, gpu.numa_node, gpu.cpus, gpu.iommu_group,
                    gpu.minor, gpu.excluded, gpu.board->id, gpu.board->device_id, gpu.board->subsystem_id);
  };
  return place(a) == place(b) && a.numa.has_value() == b.numa.has_value();
}

/// What decides what some of them say.
bool same_state(const MachineGpu& a, const MachineGpu& b) {
  const auto state = [](const MachineGpu& gpu) {
    return std::tie(gpu.uuid, gpu.video_bios, gpu.firmware, gpu.initialized, gpu.on_bus, gpu.link_generation,
                    gpu.link_generation_max, gpu.link_width, gpu.link_width_max, gpu.runtime_status,
                    gpu.driver_override, gpu.power, gpu.numa, gpu.registry);
  };
  return state(a) == state(b);
}

bool same_modules(const Machine& a, const Machine& b) {
  if (a.modules.size() != b.modules.size()) return false;
  for (std::size_t i = 0; i < a.modules.size(); ++i) {
    const MachineModule &before = a.modules[i], &next = b.modules[i];
    if (before.name != next.name || before.version != next.version || before.holders != next.holders ||
        before.parameters != next.parameters || before.taint != next.taint)
      return false;
  }
  return true;
}

bool same_structure(const Machine& a, const Machine& b) {
  const auto structure = [](const Machine& machine) {
    return std::tie(machine.platform, machine.nvrm_version, machine.driver_version, machine.library_version,
                    machine.flavor, machine.parameters, machine.switches, machine.nodes, machine.capabilities,
                    machine.majors, machine.device_nodes, machine.device_mode, machine.firmware,
                    machine.module_files, machine.fabric_manager, machine.registry);
  };
  if (structure(a) != structure(b) || !same_modules(a, b) || a.gpus.size() != b.gpus.size()) return false;
  for (std::size_t i = 0; i < a.gpus.size(); ++i)
    if (!same_place(a.gpus[i], b.gpus[i])) return false;
  return true;
}

}  // namespace

MachineChange find_change(const Machine& before, const Machine& next, const RealKernel& real) {
  MachineChange change;
  change.everything = !same_structure(before, next);
  if (change.everything) return change;
  for (std::size_t i = 0; i < next.gpus.size(); ++i)
    if (!same_state(before.gpus[i], next.gpus[i])) change.part.merge(render_gpu(next, i));
  if (!is_wsl(next)) put_modules(change.part, next);
  if (const std::string modules = merge_modules(next, real.proc_modules); !modules.empty())
    put_file(change.part, "/proc/modules", modules);
  if (before.kernel_log != next.kernel_log) change.part.merge(render_files(next));
  // Folders are there already; those that were added on the way may differ from what is shown in nothing but
  // that.
  std::erase_if(change.part, [](const auto& entry) { return entry.second.kind == NodeKind::kDirectory; });
  return change;
}

}  // namespace nvstack::virt
