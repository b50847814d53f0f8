// What the driver says, through NVML, of itself and its GPUs.
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

// nvmlReturn_t, as far as the rules name them.
constexpr int kNoPermission = 4, kNotLoaded = 9, kNoLibrary = 12, kLost = 15, kMismatch = 18;

Observation answer(int code) {
  return seen("nvmlInit_v2", "answered " + std::to_string(code));
}

std::string name_of(const nvml::GpuSnapshot& gpu) {
  const std::string* bdf = gpu.bdf.value();
  return "GPU " + std::to_string(gpu.index) + (bdf ? " (" + *bdf + ")" : "");
}

bool is_true(const nvml::Field<bool>& field) {
  return field.value() && *field.value();
}

bool differs(const nvml::Field<bool>& now, const nvml::Field<bool>& pending) {
  return now.value() && pending.value() && *now.value() != *pending.value();
}

template <typename Test>
Seen each_gpu(const Patient& patient, const char* line, Test test) {
  Seen all;
  for (const nvml::GpuSnapshot& gpu : value(patient.facts.nvml).gpus)
    if (test(gpu)) add(all, name_of(gpu), line);
  return all;
}

}  // namespace

Seen check_hang(const Patient& patient) {
  if (patient.facts.nvml || patient.facts.nvml.error().code != ErrorCode::kTimedOut) return std::nullopt;
  return seen("NVML", printable(patient.facts.nvml.error().text()));
}

Seen check_nvml_lost(const Patient& patient) {
  Seen all = each_gpu(patient, "the driver says that it is lost (15)",
                      [](const nvml::GpuSnapshot& gpu) { return gpu.handle_code == kLost; });
  if (patient.facts.nvml && patient.facts.nvml->init_code == kLost) add(all, "nvmlInit_v2", "answered 15");
  return all;
}

Seen check_nvml_not_loaded(const Patient& patient) {
  if (!patient.facts.nvml || patient.facts.nvml->init_code != kNotLoaded) return std::nullopt;
  // A library without a GPU to serve is no fault.
  if (!needs_module(patient) || (patient.facts.gpus && gpus(patient).empty())) return std::nullopt;
  return answer(kNotLoaded);
}

Seen check_nvml_missing(const Patient& patient) {
  if (!loaded(patient, "nvidia") || gpus(patient).empty()) return std::nullopt;
  const bool refused = patient.facts.nvml && patient.facts.nvml->init_code == kNoLibrary;
  const bool absent = !patient.facts.nvml && patient.facts.nvml.error().code == ErrorCode::kNotFound;
  const bool no_file = patient.facts.libraries && !patient.facts.libraries->first("libnvidia-ml.so.1");
  if (!refused && !(absent && (no_file || !patient.facts.libraries)) && !no_file) return std::nullopt;
  return seen("libnvidia-ml.so.1", "is not found by the loader");
}

Seen check_nvml_failed(const Patient& patient) {
  if (!patient.facts.nvml) return std::nullopt;
  const int code = patient.facts.nvml->init_code;
  constexpr int kOwnRule[] = {0, kNoPermission, kNotLoaded, kNoLibrary, kLost, kMismatch};
  if (std::find(std::begin(kOwnRule), std::end(kOwnRule), code) != std::end(kOwnRule)) return std::nullopt;
  Observation all = answer(code);
  all.values["code"] = std::to_string(code);
  return all;
}

Seen check_nvml_permission(const Patient& patient) {
  if (!patient.facts.nvml || patient.facts.nvml->init_code != kNoPermission) return std::nullopt;
  return answer(kNoPermission);
}

Seen check_smi_no_devices(const Patient& patient) {
  if (!patient.facts.nvml || patient.facts.nvml->init_code != 0 || !patient.facts.nvml->gpus.empty())
    return std::nullopt;
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (gpu.driver == "nvidia") add(all, "/sys/bus/pci/devices/" + gpu.bdf, gpu_text(gpu));
  if (all) add(all, "NVML", "0 GPUs");
  return all;
}

Seen check_mig_empty(const Patient& patient) {
  return each_gpu(patient, "MIG is on, 0 MIG devices", [](const nvml::GpuSnapshot& gpu) {
    return is_true(gpu.mig) && gpu.mig_devices.value() && *gpu.mig_devices.value() == 0;
  });
}

Seen check_pending_mode(const Patient& patient) {
  Seen all;
  for (const nvml::GpuSnapshot& gpu : value(patient.facts.nvml).gpus) {
    if (differs(gpu.mig, gpu.mig_pending)) add(all, name_of(gpu), "MIG mode: current and pending differ");
    if (differs(gpu.ecc, gpu.ecc_pending)) add(all, name_of(gpu), "ECC mode: current and pending differ");
    if (all && gpu.bdf.value() && all->evidence.back().where == name_of(gpu))
      all->commands.push_back("nvidia-smi --gpu-reset -i " + *gpu.bdf.value());
  }
  return all;
}

Seen check_memory_failed(const Patient& patient) {
  return each_gpu(patient, "row remapping failed",
                  [](const nvml::GpuSnapshot& gpu) { return is_true(gpu.remap_failed); });
}

Seen check_memory_pending(const Patient& patient) {
  return each_gpu(patient, "retired pages or remapped rows are pending", [](const nvml::GpuSnapshot& gpu) {
    return is_true(gpu.remap_pending) || is_true(gpu.retired_pending);
  });
}

Seen check_ecc(const Patient& patient) {
  return each_gpu(patient, "uncorrected memory errors since the driver was loaded",
                  [](const nvml::GpuSnapshot& gpu) {
                    return gpu.ecc_uncorrected_volatile.value() && *gpu.ecc_uncorrected_volatile.value() > 0;
                  });
}

Seen check_throttle(const Patient& patient) {
  struct Reason {
    std::int64_t bit;
    const char* name;
    bool normal;  // part of working at full load
  };
  constexpr Reason kReasons[] = {{0x40, "HW Thermal Slowdown", false},
                                 {0x80, "HW Power Brake", false},
                                 {0x20, "SW Thermal Slowdown", false},
                                 {0x08, "HW Slowdown", false},
                                 {0x04, "SW Power Cap", true}};
  Seen all;
  std::vector<std::string> names;
  bool normal = true;
  for (const nvml::GpuSnapshot& gpu : value(patient.facts.nvml).gpus) {
    for (const Reason& reason : kReasons) {
      if (!gpu.clocks_event_reasons.value() || !(*gpu.clocks_event_reasons.value() & reason.bit)) continue;
      add(all, name_of(gpu), reason.name);
      normal = normal && reason.normal;
      if (std::find(names.begin(), names.end(), reason.name) == names.end()) names.emplace_back(reason.name);
    }
  }
  if (!all) return all;
  if (normal) all->severity = Severity::kInfo;
  all->values["reasons"] = join(names, ", ");
  return all;
}

}  // namespace nvstack::doctor
