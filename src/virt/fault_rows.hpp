// The functions behind the rows of faults(), and the words they read. Private to virt.
#pragma once

#include <optional>

#include "virt/model.hpp"

namespace nvstack::virt {

using FaultWords = std::vector<std::string>;

/// The word at `index` as a whole number up to `max`. Errors: kUsage naming it.
Result<std::uint64_t> number_word(const FaultWords& words, std::size_t index, std::uint64_t max,
                                  const char* name);
/// "on" or "off"; "on" when the word is absent.
Result<bool> switch_word(const FaultWords& words, std::size_t index);

Status fault_xid(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_ecc(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_remap(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_retire(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_lost(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_reset_required(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_thermal(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_power_brake(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_link_down(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_link_errors(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_pcie(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_pcie_replays(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_hang(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_slow_open(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_init(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_fabric(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_fabric_manager(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_bind(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_firmware(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_upgrade(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_module_gone(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_module_file(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_nodes(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_nodes_mode(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_nvml(Model& model, std::size_t gpu, const FaultWords& words);
Status fault_cuda(Model& model, std::size_t gpu, const FaultWords& words);

}  // namespace nvstack::virt
