// The table of faults and what is common to them; the faults themselves are in faults_gpu.cpp and
// faults_host.cpp.
#include "virt/faults.hpp"

#include "base/text.hpp"
#include "virt/fault_rows.hpp"

namespace nvstack::virt {

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      {"xid", "NUMBER [TEXT]", "an Xid in the kernel log, and its event", true, fault_xid},
      {"ecc", "single|double [COUNT] [sram] [uncontained]", "memory errors: counters, Xid, event", true,
       fault_ecc},
      {"remap", "pending|failed", "a row remapping that waits for a reset, or that failed", true,
       fault_remap},
      {"retire-page", "single|double", "a page retirement that is pending (boards before Ampere)", true,
       fault_retire},
      {"lost", "", "the GPU falls off the bus (Xid 79)", true, fault_lost},
      {"reset-required", "", "the GPU needs a reset before it works again (Xid 154)", true,
       fault_reset_required},
      {"thermal", "DEGREES", "the air around the GPU gets so hot that it reaches this temperature", true,
       fault_thermal},
      {"power-brake", "on|off", "the power supply's brake signal", true, fault_power_brake},
      {"nvlink-down", "LINK", "an NVLink goes down (Xid 74)", true, fault_link_down},
      {"nvlink-errors", "LINK COUNT", "CRC and replay errors on an NVLink", true, fault_link_errors},
      {"pcie", "GENERATION WIDTH", "the PCIe link trains down", true, fault_pcie},
      {"pcie-replays", "COUNT", "PCIe replays", true, fault_pcie_replays},
      {"hang", "MILLISECONDS", "every call to this GPU takes so long; 0 ends it", true, fault_hang},
      {"slow-open", "MILLISECONDS", "initialising takes so long", true, fault_slow_open},
      {"init-failure", "CODE", "initialising fails with this NVML code; 0 ends it", true, fault_init},
      {"fabric-not-ready", "", "the fabric manager has not brought NVSwitch up", true, fault_fabric},
      {"fabric-manager", "on|off", "the fabric manager runs, or stopped before it set the switches up", false,
       fault_fabric_manager},
      {"bind", "nvidia|nouveau|vfio-pci|none", "another driver, or none, takes the GPU", true, fault_bind},
      {"firmware-missing", "on|off", "the GSP firmware files are gone", false, fault_firmware},
      {"upgrade", "VERSION", "new libraries on disk while the old module runs (a mismatch)", false,
       fault_upgrade},
      {"module-gone", "", "the driver's modules are unloaded", false, fault_module_gone},
      {"module-file", "good|missing|damaged|other-kernel|unsigned|not-indexed",
       "the module files below /lib/modules", false, fault_module_file},
      {"nodes-gone", "on|off", "/dev/nvidia* are not there", false, fault_nodes},
      {"nodes-mode", "MODE", "/dev/nvidia* with other rights, as in 0600", false, fault_nodes_mode},
      {"nvml", "CODE", "nvmlInit answers this code; 0 ends it", false, fault_nvml},
      {"cuda", "CODE", "cuInit answers this CUresult; 0 ends it", false, fault_cuda},
  };
  return all;
}

Status apply_fault(Model& model, const std::string& name, std::size_t gpu,
                   const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const Fault& fault : faults()) {
    names.emplace_back(fault.name);
    if (fault.name != name) continue;
    if (fault.of_gpu && gpu >= model.page().gpu_count)
      return fail(ErrorCode::kUsage, "no GPU " + std::to_string(gpu), "nvstack virt status lists them");
    TRY(fault.apply(model, gpu, words));
    if (fault.of_gpu) model.touch(gpu);
    model.wake();
    model.machine_changed();
    return {};
  }
  const auto near = nearest_word(name, names);
  return fail(ErrorCode::kUsage, "no fault \"" + printable(name, 40) + "\"",
              near ? "did you mean " + *near + "?" : "nvstack virt fault lists them");
}

}  // namespace nvstack::virt
