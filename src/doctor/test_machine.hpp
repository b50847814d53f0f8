// Machines for the doctor's tests: a healthy one, written down as facts, which each test then breaks.
#pragma once

#include "doctor/doctor.hpp"

namespace nvstack::doctor::test {

inline facts::Package package(std::string name, std::string version = "580.95.05-1") {
  facts::Package out;
  out.name = std::move(name), out.version = std::move(version), out.arch = "amd64";
  return out;
}

inline facts::Library library(std::string soname, std::string version,
                              facts::LibraryKind kind = facts::LibraryKind::kDriver) {
  facts::Library out;
  out.path = "/usr/lib/x86_64-linux-gnu/" + soname;
  out.real_path = out.path + "." + version;
  out.soname = std::move(soname), out.version = parse_version(version), out.kind = kind;
  out.found_by = "ld.so.cache";
  return out;
}

inline facts::ModuleFile module_file(std::string kernel, std::string name,
                                     std::string version = "580.95.05") {
  facts::ModuleFile out;
  out.path = "/lib/modules/" + kernel + "/updates/dkms/" + name + ".ko";
  out.vermagic = kernel + " SMP preempt mod_unload modversions ";
  out.kernel = std::move(kernel), out.name = std::move(name), out.version = std::move(version);
  out.license = "Dual MIT/GPL", out.flavor = catalog::Flavor::kOpen;
  out.firmware = {"nvidia/580.95.05/gsp_ga10x.bin"};
  out.is_signed = true, out.signer = "DKMS module signing key";
  return out;
}

inline facts::LoadedModule loaded_module(std::string name, std::string version = "580.95.05") {
  facts::LoadedModule out;
  out.name = std::move(name), out.version = std::move(version), out.state = "Live";
  return out;
}

inline facts::PciGpu gpu(std::string bdf = "0000:01:00.0") {
  facts::PciGpu out;
  out.bdf = std::move(bdf), out.id = {0x2684, 0x10de, 0x16f3}, out.class_code = 0x030000;
  out.driver = "nvidia", out.link = {16.0, 16.0, 16, 16};
  out.bars = {{0, 0xf6000000, 1u << 24}, {1, 0xe0000000, 1u << 28}};
  out.verdict.name = "NVIDIA GeForce RTX 4090", out.verdict.architecture = catalog::Architecture::kAda;
  out.verdict.compute_capability = "8.9", out.verdict.known = true;
  return out;
}

inline facts::DeviceNode node(std::string path, std::uint32_t mode = 0666) {
  facts::DeviceNode out;
  out.path = std::move(path), out.status.type = host::FileType::kCharDevice, out.status.mode = mode;
  return out;
}

inline facts::ModprobeLine modprobe_line(facts::ModprobeVerb verb, std::string module, std::string argument,
                                         std::string verbatim) {
  return {verb, std::move(module), std::move(argument), "/etc/modprobe.d/test.conf", 1, std::move(verbatim)};
}

inline nvml::GpuSnapshot snapshot() {
  nvml::GpuSnapshot out;
  out.name = std::string("NVIDIA GeForce RTX 4090"), out.bdf = std::string("0000:01:00.0");
  out.persistence = true, out.mig = false, out.mig_pending = false, out.ecc = true, out.ecc_pending = true;
  out.clocks_event_reasons = std::int64_t{1};
  return out;
}

/// Debian 12 with one RTX 4090, open modules 580.95.05 from packages, everything as it should be.
inline facts::HostFacts healthy_machine() {
  constexpr const char* kKernel = "6.1.0-13-amd64";
  facts::HostFacts all;
  facts::Os os;
  os.id = os.known_as = "debian", os.version_id = os.known_version = "12", os.family = "debian";
  os.manager = facts::PackageManager::kApt;
  all.os = Result<facts::Os>(os);
  facts::Kernel kernel;
  kernel.release = kKernel, kernel.arch = "x86_64", kernel.lockdown = "none";
  kernel.command_line = {"BOOT_IMAGE=/vmlinuz", "ro", "quiet"}, kernel.installed = {kKernel};
  all.kernel = Result<facts::Kernel>(kernel);
  facts::Platform platform;
  platform.space = {{"/boot", 400u << 20}, {"/var", 4000u << 20}}, platform.year = 2026;
  all.platform = Result<facts::Platform>(platform);
  facts::PciGpus pci;
  pci.gpus = {gpu()};
  all.gpus = Result<facts::PciGpus>(pci);
  facts::Modules modules;
  for (const char* name : {"nvidia", "nvidia_modeset", "nvidia_drm", "nvidia_uvm"})
    modules.loaded.push_back(loaded_module(name));
  modules.files = {module_file(kKernel, "nvidia")};
  all.modules = Result<facts::Modules>(modules);
  facts::ProcDriver driver;
  driver.loaded = true;
  all.driver = Result<facts::ProcDriver>(driver);
  all.modprobe = Result<facts::Modprobe>(facts::Modprobe{});
  all.initramfs = Result<std::vector<facts::Initramfs>>(std::vector<facts::Initramfs>{});
  all.secure_boot = Result<facts::SecureBoot>(facts::SecureBoot{});
  facts::Dkms dkms;
  dkms.present = true;
  dkms.modules = {{"nvidia", "580.95.05", kKernel, "x86_64", facts::DkmsState::kInstalled, ""}};
  all.dkms = Result<facts::Dkms>(dkms);
  facts::Packages packages;
  packages.packages = {package("nvidia-open"), package("nvidia-kernel-open-dkms"),
                       package("nvidia-modprobe")};
  all.packages = Result<facts::Packages>(packages);
  all.runfile = Result<facts::Runfile>(facts::Runfile{});
  facts::Libraries libraries;
  libraries.all = {library("libcuda.so.1", "580.95.05"), library("libnvidia-ml.so.1", "580.95.05")};
  all.libraries = Result<facts::Libraries>(libraries);
  facts::Devices devices;
  devices.nodes = {node("/dev/nvidia0"), node("/dev/nvidiactl"), node("/dev/nvidia-uvm")};
  all.devices = Result<facts::Devices>(devices);
  facts::Firmware firmware;
  firmware.versions = {{"580.95.05", "/lib/firmware/nvidia/580.95.05", {"gsp_ga10x.bin"}, {}}};
  all.firmware = Result<facts::Firmware>(firmware);
  facts::Services services;
  services.persistence_socket = true;
  services.services = {{"nvidia-persistenced.service", "/lib/systemd/system/nvidia-persistenced.service",
                        true, false, true, "/usr/bin/nvidia-persistenced"}};
  all.services = Result<facts::Services>(services);
  nvml::Answer answer;
  answer.driver_version = "580.95.05", answer.cuda_version = 13000, answer.gpus = {snapshot()};
  all.nvml = Result<nvml::Answer>(answer);
  all.toolkits = Result<facts::Toolkits>(facts::Toolkits{});
  all.python = Result<std::vector<facts::PythonEnvironment>>(std::vector<facts::PythonEnvironment>{});
  all.containers = Result<facts::Containers>(facts::Containers{});
  all.log = Result<facts::LogText>(facts::LogText{"dmesg", "nvidia: loading\n", false});
  return all;
}

/// The same before the module was loaded.
inline facts::HostFacts unloaded_machine() {
  facts::HostFacts all = healthy_machine();
  all.modules->loaded.clear(), all.driver->loaded = false, all.gpus->gpus[0].driver = "";
  all.nvml->init_code = 9, all.nvml->gpus.clear(), all.devices->nodes.clear();
  return all;
}

inline bool has(const std::vector<Finding>& findings, std::string_view id) {
  for (const Finding& finding : findings)
    if (finding.id == id || has(finding.consequences, id)) return true;
  return false;
}
inline bool has(const Report& report, std::string_view id) {
  return has(report.findings, id);
}

}  // namespace nvstack::doctor::test
