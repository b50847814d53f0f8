// Goal: every state check fires on a machine with that fault, and not on one that only looks like it.
#include <doctest.h>

#include <set>

#include "base/text.hpp"
#include "doctor/rule.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;
using namespace nvstack::doctor::test;
using Facts = facts::HostFacts;
using facts::ModprobeVerb;

namespace {

struct Case {
  std::string_view id;
  void (*fault)(Facts&);
  void (*near)(Facts&);
};

constexpr const char* kKernel = "6.1.0-13-amd64";
constexpr const char* kOld = "6.1.0-9-amd64";

void unload(Facts& f) {
  f = unloaded_machine();
}
void no_file(Facts& f) {
  unload(f);
  f.modules->files = {module_file(kOld, "nvidia")};
}
void secure(Facts& f) {
  unload(f);
  f.secure_boot->efi = true, f.secure_boot->enabled = true, f.kernel->lockdown = "integrity";
}
void option(Facts& f, const std::string& text) {
  f.modprobe->lines.push_back(
      modprobe_line(ModprobeVerb::kOptions, "nvidia", text, "options nvidia " + text));
}
void torch(Facts& f, const std::string& cuda) {
  facts::PythonEnvironment python;
  python.prefix = "/venv", python.torch = facts::TorchInstall{"2.6.0", cuda, "/venv/torch", {}};
  f.python->push_back(python);
}
void toolkit(Facts& f, const std::string& version) {
  f.toolkits->cuda.push_back({"/usr/local/cuda-" + version, parse_version(version), true, false, true});
}
facts::Service unit(std::string name, bool enabled, std::string start = "") {
  const std::string file = "/lib/systemd/system/" + name;
  return {std::move(name), file, enabled, false, enabled, std::move(start)};
}
void nvswitch(Facts& f) {
  f.gpus->nvswitches.push_back({"0000:c1:00.0", 0x10de, 0x22a3, 0x068000, "nvidia-nvswitch"});
}
nvml::GpuSnapshot& answer(Facts& f) {
  return f.nvml->gpus[0];
}
facts::PciGpu& card(Facts& f) {
  return f.gpus->gpus[0];
}
void engine(Facts& f) {
  f.containers->engines.push_back(
      {"docker", "/usr/bin/dockerd", "/etc/docker/daemon.json", false, false, {}});
}
void dkms(Facts& f, const std::string& version, facts::DkmsState state, const std::string& kernel = kKernel) {
  f.dkms->modules.push_back({"nvidia", version, kernel, "x86_64", state, ""});
}

const Case kModuleCases[] = {
    {"headers-missing", [](Facts& f) { no_file(f), f.dkms->kernels_without_headers = {kKernel}; },
     [](Facts& f) {
       f.dkms->kernels_without_headers = {kKernel, kOld};
     }},
    {"uek-compiler",
     [](Facts& f) { f.kernel->flavor = facts::KernelFlavor::kUek, f.dkms->failures.resize(1); },
     [](Facts& f) { f.kernel->flavor = facts::KernelFlavor::kUek; }},
    {"dkms-build-failed",
     [](Facts& f) {
       no_file(f), f.dkms->failures.resize(1);
       f.dkms->failures[0].name = "nvidia", f.dkms->failures[0].log = "cc: error: x\n";
     },
     [](Facts& f) { f.dkms->failures.resize(1), f.dkms->failures[0].name = "nvidia"; }},
    {"dkms-source-missing", [](Facts& f) { dkms(f, "535.1", facts::DkmsState::kBroken); },
     [](Facts& f) { dkms(f, "580.95.05", facts::DkmsState::kInstalled, kOld); }},
    {"several-dkms-versions", [](Facts& f) { dkms(f, "535.1", facts::DkmsState::kBuilt); },
     [](Facts& f) { dkms(f, "580.95.05", facts::DkmsState::kBuilt, kOld); }},
    {"dkms-not-built",
     [](Facts& f) {
       no_file(f), f.dkms->modules.clear(), dkms(f, "580.95.05", facts::DkmsState::kAdded, "");
     },
     [](Facts& f) { no_file(f); }},
    {"module-file-damaged",
     [](Facts& f) {
       f.modules->files[0].error = Error{ErrorCode::kMalformed, "cut off", "", {}};
     },
     [](Facts& f) {
       f.modules->files[0].error = Error{ErrorCode::kDenied, "denied", "", {}};
     }},
    {"vermagic-mismatch", [](Facts& f) { f.modules->files[0].vermagic = "6.1.0-9-amd64 SMP"; },
     [](Facts& f) {
       f.modules->files[0].vermagic = "5.14.0-70 SMP",
       f.modules->files[0].path = "/lib/modules/k/weak-updates/nvidia.ko";
     }},
    {"module-not-indexed", [](Facts& f) { unload(f), f.modules->out_of_index = {kKernel}; },
     [](Facts& f) { unload(f), f.modules->out_of_index = {kOld}; }},
    {"module-missing", no_file, unload},
    {"unsigned-module-rejected", [](Facts& f) { secure(f), f.modules->files[0].is_signed = false; },
     [](Facts& f) { unload(f), f.modules->files[0].is_signed = false; }},
    {"secure-boot-rejects-module", secure,
     [](Facts& f) { secure(f), f.secure_boot->enrolled = {"DKMS module signing key"}; }},
    {"key-waits-for-reboot", [](Facts& f) { f.secure_boot->pending = {"DKMS module signing key"}; },
     [](Facts& f) { f.secure_boot->enrolled = {"DKMS module signing key"}; }},
    {"module-masked",
     [](Facts& f) {
       unload(f);
       f.modprobe->lines = {
           modprobe_line(ModprobeVerb::kInstall, "nvidia", "/bin/false", "install nvidia /bin/false")};
     },
     [](Facts& f) {
       unload(f);
       f.modprobe->lines = {modprobe_line(ModprobeVerb::kBlacklist, "nvidiafb", "", "blacklist nvidiafb")};
     }},
    {"kernel-command-line", [](Facts& f) { f.kernel->command_line = {"rd.driver.blacklist=foo,nvidia"}; },
     [](Facts& f) {
       f.kernel->command_line = {"rd.driver.blacklist=nouveau", "modprobe.blacklist=nvidiafb"};
     }},
    {"driver-not-installed",
     [](Facts& f) {
       unload(f), f.modules->files.clear(), f.packages->packages.clear(), f.dkms->modules.clear();
     },
     [](Facts& f) { f.packages->packages.clear(), f.dkms->modules.clear(); }},
    {"module-not-loaded", unload, [](Facts& f) { unload(f), card(f).driver = "vfio-pci"; }},
    {"newest-kernel-without-module",
     [](Facts& f) {
       f.kernel->installed = {kKernel, "6.1.0-20-amd64"};
     },
     [](Facts& f) {
       f.kernel->installed = {kOld, kKernel};
     }},
    {"reload-pending", [](Facts& f) { f.modules->files[0].version = "580.105.08"; }, [](Facts&) {}},
    {"mixed-module-versions", [](Facts& f) { f.modules->loaded[1].version = "575.57.08"; },
     [](Facts& f) { f.modules->loaded[1].version = ""; }},
    {"initramfs-old-module",
     [](Facts& f) {
       f.initramfs->resize(1);
       auto& image = f.initramfs->front();
       image.kernel = kKernel, image.nvidia_modules = {"nvidia.ko"},
       image.firmware = {"lib/firmware/nvidia/570.1/gsp_ga10x.bin"};
     },
     [](Facts& f) {
       f.initramfs->resize(1);
       auto& image = f.initramfs->front();
       image.kernel = kKernel, image.nvidia_modules = {"nvidia.ko"};
       image.firmware = {"lib/firmware/nvidia/580.95.05/gsp_ga10x.bin",
                         "lib/firmware/nvidia/ga102/gsp/gsp-535.bin"};
     }},
    {"gsp-firmware-missing", [](Facts& f) { f.firmware->versions.clear(); },
     [](Facts& f) {
       f.firmware->versions.push_back({"535.1", "/lib/firmware/nvidia/535.1", {}, {"gsp_ga10x.bin"}});
     }},
    {"gsp-disabled-with-open-module", [](Facts& f) { option(f, "NVreg_EnableGpuFirmware=0"); },
     [](Facts& f) {
       option(f, "NVreg_EnableGpuFirmware=0"), f.modules->files[0].flavor = catalog::Flavor::kProprietary;
     }},
    {"temporary-path-missing", [](Facts& f) { option(f, "NVreg_TemporaryFilePath=var/tmp"); },
     [](Facts& f) { option(f, "NVreg_TemporaryFilePath=/var/tmp"); }},
    {"unknown-module-parameter", [](Facts& f) { option(f, "NVreg_EnableGpuFirmwar=0"); },
     [](Facts& f) { option(f, "NVreg_EnableGpuFirmware=1 NVreg_DynamicPowerManagement=0x02"); }},
};

const Case kDeviceCases[] = {
    {"nouveau-in-initramfs",
     [](Facts& f) {
       unload(f), card(f).driver = "nouveau";
       f.modprobe->lines = {modprobe_line(ModprobeVerb::kBlacklist, "nouveau", "", "blacklist nouveau")};
     },
     [](Facts& f) { unload(f), card(f).driver = "nouveau"; }},
    {"nouveau-bound", [](Facts& f) { unload(f), card(f).driver = "nouveau"; }, unload},
    {"vfio-bound", [](Facts& f) { card(f).driver = "vfio-pci"; },
     [](Facts& f) { card(f).driver_override = "vfio-pci"; }},
    {"bound-elsewhere", [](Facts& f) { card(f).driver = "rivafb"; }, [](Facts& f) { card(f).driver = ""; }},
    {"bar-unassigned", [](Facts& f) { card(f).bars[1].start = 0; },
     [](Facts& f) {
       card(f).bars.push_back({3, 0, 0});
     }},
    {"gpu-lost", [](Facts& f) { card(f).responds = false; },
     [](Facts& f) { card(f).responds = false, card(f).power_state = "D3cold"; }},
    {"link-narrow", [](Facts& f) { card(f).link.width = 4; }, [](Facts& f) { card(f).link.speed_gts = 2.5; }},
    {"excluded-gpu", [](Facts& f) { f.driver->gpus.resize(1), f.driver->gpus[0].excluded = true; },
     [](Facts& f) { f.driver->gpus.resize(1); }},
    {"uvm-missing", [](Facts& f) { f.devices->nodes.pop_back(); }, [](Facts& f) { unload(f); }},
    {"device-nodes-missing", [](Facts& f) { f.devices->nodes.erase(f.devices->nodes.begin()); }, unload},
    {"node-permissions", [](Facts& f) { f.devices->nodes[0] = node("/dev/nvidia0", 0660); },
     [](Facts& f) { f.devices->nodes.push_back(node("/dev/nvidia-caps/nvidia-cap1", 0400)); }},
    {"no-gpu", [](Facts& f) { f.gpus->gpus.clear(); },
     [](Facts& f) { f.gpus->gpus.clear(), f.platform->wsl = true; }},
    {"open-module-old-gpu",
     [](Facts& f) { unload(f), card(f).verdict.open = catalog::OpenSupport::kUnsupported; },
     [](Facts& f) { unload(f), card(f).verdict.open = catalog::OpenSupport::kRequired; }},
    {"proprietary-module-new-gpu",
     [](Facts& f) {
       unload(f), card(f).verdict.open = catalog::OpenSupport::kRequired;
       f.modules->files[0].flavor = catalog::Flavor::kProprietary;
     },
     [](Facts& f) {  // the driver shows a GPU whose id nobody published
       card(f).verdict.open = catalog::OpenSupport::kRequired,
       f.modules->files[0].flavor = catalog::Flavor::kProprietary;
     }},
    {"legacy-gpu", [](Facts& f) { unload(f), card(f).verdict.legacy_branch = 470; },
     [](Facts& f) { unload(f), card(f).verdict.legacy_branch = 580; }},
    {"memory-onlining",
     [](Facts& f) {
       card(f).placement = facts::GpuPlacement::kSelfHosted, f.platform->auto_online_blocks = "online";
     },
     [](Facts& f) { f.platform->auto_online_blocks = "online"; }},
    {"driver-hangs",
     [](Facts& f) { f.nvml = Result<nvml::Answer>(fail(ErrorCode::kTimedOut, "no answer in 10 s")); },
     [](Facts& f) { f.nvml = Result<nvml::Answer>(fail(ErrorCode::kNotAvailable, "captured")); }},
    {"nvml-gpu-lost", [](Facts& f) { answer(f).handle_code = 15; },
     [](Facts& f) { answer(f).handle_code = 4; }},
    {"nvml-driver-not-loaded", unload, [](Facts& f) { unload(f), f.gpus->gpus.clear(); }},
    {"nvml-library-missing", [](Facts& f) { f.libraries->all.pop_back(); },
     [](Facts& f) { unload(f), f.libraries->all.pop_back(); }},
    {"nvml-failed", [](Facts& f) { f.nvml->init_code = 999; }, [](Facts& f) { f.nvml->init_code = 9; }},
    {"nvml-no-permission", [](Facts& f) { f.nvml->init_code = 4; }, [](Facts& f) { f.nvml->init_code = 3; }},
    {"smi-no-devices", [](Facts& f) { f.nvml->gpus.clear(); }, [](Facts& f) { unload(f); }},
    {"mig-without-instances", [](Facts& f) { answer(f).mig = true, answer(f).mig_devices = std::int64_t{0}; },
     [](Facts& f) { answer(f).mig = true, answer(f).mig_devices = std::int64_t{7}; }},
    {"pending-mode", [](Facts& f) { answer(f).mig_pending = true; },
     [](Facts& f) { answer(f).ecc_pending = nvml::Missing{3}; }},
    {"gpu-memory-failed", [](Facts& f) { answer(f).remap_failed = true; },
     [](Facts& f) { answer(f).remap_failed = false; }},
    {"gpu-memory-pending", [](Facts& f) { answer(f).remap_pending = true; },
     [](Facts& f) { answer(f).retired_pending = false; }},
    {"ecc-uncorrected", [](Facts& f) { answer(f).ecc_uncorrected_volatile = std::int64_t{2}; },
     [](Facts& f) { answer(f).ecc_corrected_volatile = std::int64_t{2}; }},
    {"throttled", [](Facts& f) { answer(f).clocks_event_reasons = std::int64_t{0x40}; },
     [](Facts& f) { answer(f).clocks_event_reasons = std::int64_t{0x3}; }},
};

const Case kPackageCases[] = {
    {"wsl-linux-driver", [](Facts& f) { f.platform->wsl = true; },
     [](Facts& f) { f.platform->wsl = true, f.packages->packages = {package("cuda-toolkit-12-8")}; }},
    {"disk-full", [](Facts& f) { f.platform->space[0].free_bytes = 1 << 20; },
     [](Facts& f) { f.platform->space[0].free_bytes = 60 << 20; }},
    {"clock-wrong", [](Facts& f) { f.platform->year = 1970; }, [](Facts& f) { f.platform->year = 2031; }},
    {"old-repository-key",
     [](Facts& f) {
       f.packages->keys = {"/etc/apt/trusted.gpg.d/7fa2af80.asc"}, f.packages->repositories.resize(1);
       f.packages->repositories[0].nvidia = true;
     },
     [](Facts& f) {
       f.packages->keys = {"/etc/apt/trusted.gpg.d/7fa2af80.asc",
                           "/usr/share/keyrings/cuda-archive-keyring.gpg"};
       f.packages->repositories.resize(1), f.packages->repositories[0].nvidia = true;
     }},
    {"mixed-package-origins",
     [](Facts& f) {
       f.packages->packages = {package("akmod-nvidia"), package("nvidia-driver-cuda")};
     },
     [](Facts& f) {
       f.packages->packages = {package("akmod-nvidia"), package("xorg-x11-drv-nvidia-cuda")};
     }},
    {"packages-broken",
     [](Facts& f) { f.packages->packages[0].state = facts::PackageState::kHalfConfigured; },
     [](Facts& f) { f.packages->packages[0].state = facts::PackageState::kConfigFiles; }},
    {"packages-held", [](Facts& f) { f.packages->packages[0].held = true; }, [](Facts&) {}},
    {"runfile-over-packages", [](Facts& f) { f.runfile->uninstaller = true; },
     [](Facts& f) { f.runfile->uninstaller = true, f.packages->packages = {package("nvidia-modprobe")}; }},
    {"unsupported-distribution", [](Facts& f) { f.os->known_as = ""; },
     [](Facts& f) { f.os->known_as = "", f.gpus->gpus.clear(); }},
    {"several-library-versions",
     [](Facts& f) { f.libraries->all.push_back(library("libcuda.so.1", "535.183.06")); },
     [](Facts& f) {
       f.libraries->all.push_back(library("libcuda.so.1", "535.183.06", facts::LibraryKind::kCompat));
     }},
    {"foreign-nvml-library",
     [](Facts& f) {
       auto other = library("libnvidia-ml.so.1", "535.1");
       other.found_by = "LD_LIBRARY_PATH", f.libraries->all.insert(f.libraries->all.begin(), other);
     },
     [](Facts& f) { f.libraries->all[1].found_by = "LD_LIBRARY_PATH"; }},
    {"stub-library", [](Facts& f) { f.libraries->all[0].kind = facts::LibraryKind::kStub; },
     [](Facts& f) { f.libraries->library_path = "/usr/local/cuda/lib64"; }},
    {"cuda-compat",
     [](Facts& f) { f.libraries->all[0] = library("libcuda.so.1", "590.1", facts::LibraryKind::kCompat); },
     [](Facts& f) {
       f.libraries->all[0] = library("libcuda.so.1", "590.1", facts::LibraryKind::kCompat);
       card(f).verdict.name = "NVIDIA H100 PCIe";
     }},
    {"driver-library-mismatch", [](Facts& f) { f.libraries->all[1].version = parse_version("580.105.08"); },
     [](Facts& f) { unload(f), f.libraries->all[1].version = parse_version("580.105.08"); }},
    {"cuda-driver-too-old", [](Facts& f) { f.nvml->cuda_version = 12040, toolkit(f, "13.0"); },
     [](Facts& f) { f.nvml->cuda_version = 12040, toolkit(f, "12.9"); }},
    {"no-kernel-image", [](Facts& f) { torch(f, "12.4"), card(f).verdict.compute_capability = "12.0"; },
     [](Facts& f) { torch(f, "12.8"), card(f).verdict.compute_capability = "12.0"; }},
    {"cpu-only-torch", [](Facts& f) { torch(f, ""); }, [](Facts& f) { torch(f, "12.8"); }},
    {"cuda-home-mismatch",
     [](Facts& f) { torch(f, "12.4"), toolkit(f, "11.8"), f.toolkits->cuda_home = "/usr/local/cuda-11.8/"; },
     [](Facts& f) { torch(f, "12.4"), toolkit(f, "12.8"), f.toolkits->cuda_home = "/usr/local/cuda"; }},
};

const Case kServiceCases[] = {
    {"fabric-manager-missing", nvswitch,
     [](Facts& f) {
       nvswitch(f), f.services->services.push_back(unit("nvidia-fabricmanager.service", true));
     }},
    {"nvswitch-version-mismatch",
     [](Facts& f) { nvswitch(f), f.services->fabric_manager_version = "575.57.08-1"; },
     [](Facts& f) { nvswitch(f), f.services->fabric_manager_version = "580.95.05-1"; }},
    {"fabric-not-ready", [](Facts& f) { answer(f).fabric_state = std::int64_t{2}; },
     [](Facts& f) { answer(f).fabric_state = std::int64_t{3}, answer(f).fabric_status = std::int64_t{0}; }},
    {"fabric-manager-not-needed",
     [](Facts& f) { f.services->services.push_back(unit("nvidia-fabricmanager.service", true)); },
     [](Facts& f) { f.services->services.push_back(unit("nvidia-fabricmanager.service", false)); }},
    {"persistence-stale", [](Facts& f) { f.services->persistence_pid_stale = true; },
     [](Facts& f) { f.services->persistence_pid = 812; }},
    {"persistence-open-files", [](Facts& f) { f.services->open_files_limit = 1'073'741'816; },
     [](Facts& f) { f.services->open_files_limit = 1'048'576; }},
    {"persistence-default-off",
     [](Facts& f) {
       f.services->services[0].exec_start += " --no-persistence-mode", answer(f).persistence = false;
     },
     [](Facts& f) { f.services->services[0].exec_start += " --no-persistence-mode"; }},
    {"persistence-legacy",
     [](Facts& f) { f.services->services.clear(), f.services->persistence_socket = false; },
     [](Facts& f) { f.services->services.clear(); }},
    {"persistence-off", [](Facts& f) { answer(f).persistence = false; },
     [](Facts& f) { answer(f).persistence = false, f.services->display = "wayland"; }},
    {"suspend-services-off", [](Facts& f) { option(f, "NVreg_PreserveVideoMemoryAllocations=1"); },
     [](Facts& f) {
       option(f, "NVreg_PreserveVideoMemoryAllocations=1"), option(f, "NVreg_UseKernelSuspendNotifiers=1");
     }},
    {"container-toolkit-missing", engine,
     [](Facts& f) {
       engine(f), f.containers->toolkit_binary = "/usr/bin/nvidia-ctk",
                  f.containers->cdi_specs = {"/etc/cdi/n.yaml"};
     }},
    {"cdi-stale", [](Facts& f) { f.containers->cdi_driver_version = "575.57.08"; },
     [](Facts& f) { f.containers->cdi_driver_version = "580.95.05"; }},
    {"engine-config-damaged",
     [](Facts& f) {
       engine(f), f.containers->engines[0].config_error = Error{ErrorCode::kMalformed, "byte 3", "", {}};
     },
     [](Facts& f) {
       engine(f), f.containers->engines[0].config_error = Error{ErrorCode::kDenied, "denied", "", {}};
     }},
};

bool fires(const Case& test, void (*change)(Facts&), const catalog::Catalog& catalog) {
  Facts facts = healthy_machine();
  change(facts);
  for (const RuleCheck& rule : rule_checks())
    if (rule.id == test.id) return rule.check({facts, catalog, std::nullopt}).has_value();
  FAIL("no such check");
  return false;
}

template <std::size_t N>
void try_all(const Case (&cases)[N], std::set<std::string_view>* tested = nullptr) {
  const catalog::Catalog catalog;
  for (const Case& test : cases) {
    CAPTURE(test.id);
    if (tested) tested->insert(test.id);
    CHECK(fires(test, test.fault, catalog));
    CHECK(!fires(test, test.near, catalog));
  }
}

}  // namespace

TEST_CASE("checks of modules, builds and options") {
  try_all(kModuleCases);
}
TEST_CASE("checks of devices and of the driver's answers") {
  try_all(kDeviceCases);
}
TEST_CASE("checks of packages and libraries") {
  try_all(kPackageCases);
}
TEST_CASE("checks of services and containers") {
  try_all(kServiceCases);
}

TEST_CASE("no check is left without a machine that has its fault") {
  std::set<std::string_view> tested;
  try_all(kModuleCases, &tested), try_all(kDeviceCases, &tested);
  try_all(kPackageCases, &tested), try_all(kServiceCases, &tested);
  for (const RuleCheck& rule : rule_checks()) CHECK_MESSAGE(tested.contains(rule.id), rule.id);
}

TEST_CASE("nothing known: every check is silent") {
  const Facts facts;
  const catalog::Catalog catalog;
  for (const RuleCheck& rule : rule_checks()) {
    CAPTURE(rule.id);
    CHECK(!rule.check({facts, catalog, std::nullopt}));
  }
}
