// The fields of GpuSnapshot by their JSON names: one list serves writing, reading and tests. Private to nvml.
#pragma once

#include "nvml/snapshot.hpp"

namespace nvstack::nvml {

template <typename Gpu, typename Visit>
void for_each_field(Gpu& gpu, const Visit& visit) {
  visit("name", gpu.name);
  visit("uuid", gpu.uuid);
  visit("serial", gpu.serial);
  visit("bdf", gpu.bdf);
  visit("vbios", gpu.vbios);
  visit("minor", gpu.minor);
  visit("memory_total_bytes", gpu.memory_total_bytes);
  visit("memory_used_bytes", gpu.memory_used_bytes);
  visit("persistence", gpu.persistence);
  visit("ecc", gpu.ecc);
  visit("ecc_pending", gpu.ecc_pending);
  visit("mig", gpu.mig);
  visit("mig_pending", gpu.mig_pending);
  visit("ecc_uncorrected_volatile", gpu.ecc_uncorrected_volatile);
  visit("ecc_corrected_volatile", gpu.ecc_corrected_volatile);
  visit("remap_pending", gpu.remap_pending);
  visit("remap_failed", gpu.remap_failed);
  visit("remapped_correctable", gpu.remapped_correctable);
  visit("remapped_uncorrectable", gpu.remapped_uncorrectable);
  visit("retired_pending", gpu.retired_pending);
  visit("clocks_event_reasons", gpu.clocks_event_reasons);
  visit("temperature_c", gpu.temperature_c);
  visit("power_mw", gpu.power_mw);
  visit("power_limit_mw", gpu.power_limit_mw);
  visit("utilization_percent", gpu.utilization_percent);
  visit("performance_state", gpu.performance_state);
  visit("pcie_width", gpu.pcie_width);
  visit("pcie_width_max", gpu.pcie_width_max);
  visit("pcie_generation", gpu.pcie_generation);
  visit("pcie_generation_max", gpu.pcie_generation_max);
  visit("mig_devices", gpu.mig_devices);
  visit("fabric_state", gpu.fabric_state);
  visit("fabric_status", gpu.fabric_status);
}

}  // namespace nvstack::nvml
