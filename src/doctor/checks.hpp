// Every state check by name, in one list for the table in rules.cpp. A check answers nothing when the rule
// does not apply or what it needs could not be read.
#pragma once

#include "doctor/bedside.hpp"

namespace nvstack::doctor {

// rules_modules.cpp: the module that should be loaded
Seen check_module_file_damaged(const Patient& patient);
Seen check_vermagic(const Patient& patient);
Seen check_module_not_indexed(const Patient& patient);
Seen check_module_missing(const Patient& patient);
Seen check_unsigned_module(const Patient& patient);
Seen check_secure_boot(const Patient& patient);
Seen check_key_waits(const Patient& patient);
Seen check_module_masked(const Patient& patient);
Seen check_command_line(const Patient& patient);
Seen check_module_not_loaded(const Patient& patient);
Seen check_driver_not_installed(const Patient& patient);
Seen check_newest_kernel(const Patient& patient);

// rules_versions.cpp: modules, boot images and firmware of different versions
Seen check_reload_pending(const Patient& patient);
Seen check_mixed_modules(const Patient& patient);
Seen check_initramfs_old(const Patient& patient);
Seen check_gsp_firmware(const Patient& patient);
Seen check_gsp_disabled(const Patient& patient);
Seen check_unknown_parameter(const Patient& patient);
Seen check_temporary_path(const Patient& patient);

// rules_builds.cpp: DKMS, headers, compilers
Seen check_headers(const Patient& patient);
Seen check_uek(const Patient& patient);
Seen check_dkms_failed(const Patient& patient);
Seen check_dkms_source(const Patient& patient);
Seen check_dkms_several(const Patient& patient);
Seen check_dkms_not_built(const Patient& patient);

// rules_devices.cpp: the GPU on its bus and its nodes
Seen check_nouveau_initramfs(const Patient& patient);
Seen check_nouveau(const Patient& patient);
Seen check_vfio(const Patient& patient);
Seen check_bound_elsewhere(const Patient& patient);
Seen check_bar(const Patient& patient);
Seen check_gpu_lost(const Patient& patient);
Seen check_link(const Patient& patient);
Seen check_excluded(const Patient& patient);
Seen check_uvm(const Patient& patient);
Seen check_nodes(const Patient& patient);
Seen check_node_permissions(const Patient& patient);
Seen check_no_gpu(const Patient& patient);

// rules_gpu.cpp: which driver fits the GPU
Seen check_open_on_old(const Patient& patient);
Seen check_proprietary_on_new(const Patient& patient);
Seen check_legacy(const Patient& patient);
Seen check_memory_onlining(const Patient& patient);

// rules_answers.cpp: what the driver says of itself and its GPUs
Seen check_hang(const Patient& patient);
Seen check_nvml_lost(const Patient& patient);
Seen check_nvml_not_loaded(const Patient& patient);
Seen check_nvml_missing(const Patient& patient);
Seen check_nvml_failed(const Patient& patient);
Seen check_nvml_permission(const Patient& patient);
Seen check_smi_no_devices(const Patient& patient);
Seen check_mig_empty(const Patient& patient);
Seen check_pending_mode(const Patient& patient);
Seen check_memory_failed(const Patient& patient);
Seen check_memory_pending(const Patient& patient);
Seen check_ecc(const Patient& patient);
Seen check_throttle(const Patient& patient);

// rules_packages.cpp
Seen check_wsl_driver(const Patient& patient);
Seen check_disk(const Patient& patient);
Seen check_clock(const Patient& patient);
Seen check_old_key(const Patient& patient);
Seen check_mixed_origins(const Patient& patient);
Seen check_packages_broken(const Patient& patient);
Seen check_packages_held(const Patient& patient);
Seen check_runfile(const Patient& patient);
Seen check_distribution(const Patient& patient);

// rules_libraries.cpp
Seen check_mismatch(const Patient& patient);
Seen check_several_libraries(const Patient& patient);
Seen check_foreign_library(const Patient& patient);
Seen check_stub(const Patient& patient);
Seen check_compat(const Patient& patient);
Seen check_driver_too_old(const Patient& patient);
Seen check_torch_cpu(const Patient& patient);
Seen check_torch_architecture(const Patient& patient);
Seen check_cuda_home(const Patient& patient);

// rules_services.cpp
Seen check_fabric_missing(const Patient& patient);
Seen check_fabric_not_ready(const Patient& patient);
Seen check_fabric_version(const Patient& patient);
Seen check_fabric_not_needed(const Patient& patient);
Seen check_open_files(const Patient& patient);
Seen check_persistence_stale(const Patient& patient);
Seen check_persistence_default(const Patient& patient);
Seen check_persistence_legacy(const Patient& patient);
Seen check_persistence_off(const Patient& patient);
Seen check_suspend(const Patient& patient);

// rules_containers.cpp
Seen check_toolkit(const Patient& patient);
Seen check_cdi_stale(const Patient& patient);
Seen check_engine_config(const Patient& patient);

}  // namespace nvstack::doctor
