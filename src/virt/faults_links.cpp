// Faults of a GPU's links: NVLink, the fabric, PCIe, and the driver it is bound to.
#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/fault_rows.hpp"

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::ReadingId;

Result<channel::Link*> link_word(Gpu& gpu, const FaultWords& words) {
  const std::uint64_t number = TRY(number_word(words, 0, channel::kLinksMax - 1, "LINK"));
  channel::Link& link = gpu.links[number];
  if (link.peer == channel::LinkPeer::kNone)
    return fail(ErrorCode::kUsage, "this GPU has no NVLink " + std::to_string(number),
                "nvstack virt status shows the links");
  return &link;
}

}  // namespace

Status fault_link_down(Model& model, std::size_t index, const FaultWords& words) {
  Gpu& gpu = model.page().gpus[index];
  channel::Link* link = TRY(link_word(gpu, words));
  {
    const Writing writing(gpu);
    link->active = 0;
  }
  // Both ends see it.
  if (link->peer == channel::LinkPeer::kGpu && link->peer_gpu < model.page().gpu_count) {
    Gpu& peer = model.page().gpus[link->peer_gpu];
    const Writing writing(peer);
    peer.links[link->peer_link % channel::kLinksMax].active = 0;
  }
  model.xid(index, 74,
            "NVLink: fatal error detected on link " + words[0] + "(0x10000, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)");
  return {};
}

Status fault_link_errors(Model& model, std::size_t index, const FaultWords& words) {
  Gpu& gpu = model.page().gpus[index];
  channel::Link* link = TRY(link_word(gpu, words));
  const std::uint64_t count = TRY(number_word(words, 1, 1'000'000'000, "COUNT"));
  const Writing writing(gpu);
  link->errors[NVML_NVLINK_ERROR_DL_REPLAY] += count;
  link->errors[NVML_NVLINK_ERROR_DL_CRC_FLIT] += count;
  return {};
}

Status fault_fabric(Model& model, std::size_t index, const FaultWords&) {
  Gpu& gpu = model.page().gpus[index];
  if (channel::reading(gpu, ReadingId::fabric_state).code != 0)
    return fail(ErrorCode::kUsage, "this GPU is on no NVSwitch fabric",
                "h100x8, h200x8, b200x8 and gb200 are");
  const Writing writing(gpu);
  set_reading(gpu, ReadingId::fabric_state, NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  model.page().cuda_init_code = 802;  // CUDA_ERROR_SYSTEM_NOT_READY
  return {};
}

Status fault_fabric_manager(Model& model, std::size_t, const FaultWords& words) {
  const bool on = TRY(switch_word(words, 0));
  if (model.run_fabric_manager(on ? FabricManager::kRunning : FabricManager::kStopped)) return {};
  return fail(ErrorCode::kUsage, "this machine has no fabric manager", "machines with NVSwitches have one");
}

Status fault_pcie(Model& model, std::size_t index, const FaultWords& words) {
  const auto generation = static_cast<std::int64_t>(TRY(number_word(words, 0, 6, "GENERATION")));
  const auto width = static_cast<std::int64_t>(TRY(number_word(words, 1, 32, "WIDTH")));
  Gpu& gpu = model.page().gpus[index];
  const Writing writing(gpu);
  set_reading(gpu, ReadingId::pcie_generation, generation);
  set_reading(gpu, ReadingId::pcie_width, width);
  return {};
}

Status fault_pcie_replays(Model& model, std::size_t index, const FaultWords& words) {
  const auto count = static_cast<std::int64_t>(TRY(number_word(words, 0, 1'000'000'000, "COUNT")));
  Gpu& gpu = model.page().gpus[index];
  const Writing writing(gpu);
  set_reading(gpu, ReadingId::pcie_replay_count, value_or(gpu, ReadingId::pcie_replay_count, 0) + count);
  return {};
}

Status fault_bind(Model& model, std::size_t index, const FaultWords& words) {
  if (words.empty())
    return fail(ErrorCode::kUsage, "bind needs a driver: nvidia, nouveau, vfio-pci or none", "");
  const std::string driver = words[0] == "none" ? "" : words[0];
  if (driver == "nvidia" && !model.is_loaded("nvidia"))
    return fail(ErrorCode::kUsage, "the nvidia module is not loaded", "");
  if (driver != "nvidia" && !driver.empty()) TRY(model.load_module(driver));
  // What bind() puts on the log is what the kernel says of a holder.
  if (!model.bind(index, "") || !model.bind(index, driver))
    return fail(ErrorCode::kDenied, "GPU " + std::to_string(index) + " is in use",
                "end the programs that hold it first");
  return {};
}

}  // namespace nvstack::virt
