// JSON of the topics about the machine itself: distribution, kernel, platform, PCI, Secure Boot.
#include <cstdio>

#include "facts/topic_json.hpp"

namespace nvstack::facts {

namespace {

std::string hex(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string id_text(unsigned vendor, unsigned device) {
  return hex(vendor, 4) + ":" + hex(device, 4);
}

Json link_json(const PciLink& link) {
  return Json::object()
      .set("speed_gts", link.speed_gts)
      .set("speed_max_gts", link.speed_max_gts)
      .set("width", link.width)
      .set("width_max", link.width_max);
}

Json bar_json(const PciBar& bar) {
  return Json::object()
      .set("index", bar.index)
      .set("start", "0x" + hex(bar.start, 1))
      .set("size_bytes", bar.size_bytes);
}

void set_verdict(Json& json, const catalog::GpuVerdict& verdict) {
  json.set("name", verdict.name)
      .set("architecture", catalog::architecture_name(verdict.architecture))
      .set("chip", verdict.chip)
      .set("compute_capability", verdict.compute_capability)
      .set("open", catalog::open_support_name(verdict.open))
      .set("open_reason", verdict.open_reason)
      .set("legacy_branch", verdict.legacy_branch)
      .set("known", verdict.known)
      .set("self_hosted", verdict.self_hosted);
}

Json gpu_json(const PciGpu& gpu) {
  Json json = Json::object().set("bdf", gpu.bdf).set("device_id", id_text(0x10de, gpu.id.device));
  Json subsystem;
  if (gpu.id.subvendor != 0) subsystem = id_text(gpu.id.subvendor, gpu.id.subdevice);
  json.set("subsystem", std::move(subsystem));
  set_verdict(json, gpu.verdict);
  json.set("class_code", "0x" + hex(gpu.class_code, 6))
      .set("driver", gpu.driver)
      .set("driver_override", gpu.driver_override)
      .set("modalias", gpu.modalias)
      .set("link", link_json(gpu.link))
      .set("bars", array_of(gpu.bars, bar_json))
      .set("numa_node", gpu.numa_node)
      .set("runtime_status", gpu.runtime_status)
      .set("power_control", gpu.power_control)
      .set("power_state", gpu.power_state)
      .set("iommu_group", gpu.iommu_group)
      .set("sriov_vfs_total", gpu.sriov_vfs_total)
      .set("sriov_vfs", gpu.sriov_vfs)
      .set("boot_vga", gpu.boot_vga)
      .set("responds", gpu.responds)
      .set("placement", gpu_placement_name(gpu.placement));
  return json;
}

Json neighbour_json(const PciNeighbour& neighbour) {
  return Json::object()
      .set("bdf", neighbour.bdf)
      .set("device_id", id_text(neighbour.vendor, neighbour.device))
      .set("class_code", "0x" + hex(neighbour.class_code, 6))
      .set("driver", neighbour.driver);
}

}  // namespace

Json topic_json(const Os& os) {
  return Json::object()
      .set("id", os.id)
      .set("version_id", os.version_id)
      .set("id_like", os.id_like)
      .set("pretty_name", os.pretty_name)
      .set("codename", os.codename)
      .set("base_codename", os.base_codename)
      .set("variant_id", os.variant_id)
      .set("known_as", os.known_as)
      .set("known_version", os.known_version)
      .set("family", os.family)
      .set("manager", package_manager_name(os.manager));
}

Json topic_json(const Kernel& kernel) {
  return Json::object()
      .set("release", kernel.release)
      .set("arch", kernel.arch)
      .set("version", kernel.version)
      .set("flavor", kernel_flavor_name(kernel.flavor))
      .set("command_line", kernel.command_line)
      .set("taint", kernel.taint)
      .set("lockdown", kernel.lockdown)
      .set("compiler", kernel.compiler)
      .set("gcc_major", kernel.gcc_major)
      .set("module_sig_force", kernel.module_sig_force)
      .set("installed", kernel.installed);
}

Json topic_json(const Platform& platform) {
  const auto space = [](const Platform::Space& place) {
    return Json::object().set("path", place.path).set("free_bytes", place.free_bytes);
  };
  return Json::object()
      .set("system_vendor", platform.system_vendor)
      .set("product_name", platform.product_name)
      .set("device_tree_model", platform.device_tree_model)
      .set("hypervisor", platform.hypervisor)
      .set("wsl", platform.wsl)
      .set("wsl_libraries", platform.wsl_libraries)
      .set("dxg_device", platform.dxg_device)
      .set("vgpu_host", platform.vgpu_host)
      .set("grid_config", platform.grid_config)
      .set("auto_online_blocks", platform.auto_online_blocks)
      .set("iommu", platform.iommu)
      .set("space", array_of(platform.space, space))
      .set("year", platform.year);
}

Json topic_json(const PciGpus& gpus) {
  return Json::object()
      .set("gpus", array_of(gpus.gpus, gpu_json))
      .set("nvswitches", array_of(gpus.nvswitches, neighbour_json))
      .set("other_display", array_of(gpus.other_display, neighbour_json));
}

Json topic_json(const SecureBoot& secure_boot) {
  return Json::object()
      .set("efi", secure_boot.efi)
      .set("enabled", secure_boot.enabled)
      .set("setup_mode", secure_boot.setup_mode)
      .set("mok_validation", secure_boot.mok_validation)
      .set("enrolled", secure_boot.enrolled)
      .set("pending", secure_boot.pending)
      .set("key_files", secure_boot.key_files);
}

}  // namespace nvstack::facts
