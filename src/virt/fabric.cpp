// Model: the fabric manager, and what GPUs behind NVSwitches are without it.
#include "abi/nvml.h"
#include "virt/model.hpp"

namespace nvstack::virt {

using channel::ReadingId;

namespace {

constexpr std::int32_t kCudaNotReady = 802;  // CUDA_ERROR_SYSTEM_NOT_READY

/// Superchips join the fabric of their rack, whose manager runs elsewhere.
bool needs_manager(const ScenarioGpu& gpu) {
  const auto has = [&](const char* name) {
    const auto at = gpu.board.readings.find(name);
    return at != gpu.board.readings.end() && at->second.code == 0;
  };
  return has("fabric_state") && !has("numa_node_id");
}

}  // namespace

FabricManager installed_fabric_manager(const Scenario& scenario) {
  if (scenario.driver.library_version.empty()) return FabricManager::kNone;
  if (!scenario.switches.empty()) return FabricManager::kRunning;
  for (const ScenarioGpu& gpu : scenario.gpus)
    if (needs_manager(gpu)) return FabricManager::kRunning;
  return FabricManager::kNone;
}

bool Model::run_fabric_manager(FabricManager wanted) {
  if (fabric_manager == FabricManager::kNone) return false;
  const bool runs = wanted == FabricManager::kRunning;
  fabric_manager = wanted;
  bool joins = false;
  for (std::size_t i = 0; i < page().gpu_count; ++i) {
    if (!needs_manager(scenario_.gpus[i])) continue;
    joins = true;
    channel::Gpu& gpu = state_.gpu(i);
    const std::int64_t ready = scenario_.gpus[i].board.readings.at("fabric_state").value;
    const Writing writing(gpu);
    set_reading(gpu, ReadingId::fabric_state, runs ? ready : NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  }
  if (joins && !runs) page().cuda_init_code = kCudaNotReady;
  if (runs && page().cuda_init_code == kCudaNotReady) page().cuda_init_code = 0;
  machine_changed_ = true;
  return true;
}

}  // namespace nvstack::virt
