// Each setting: how its value reads, which call it is, what is said.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "base/text.hpp"
#include "smi/persistence.hpp"
#include "smi/read.hpp"
#include "smi/setting_words.hpp"
#include "smi/settings.hpp"

namespace nvstack::smi {

namespace {

constexpr std::array kOnOff = {ValueWord{"DISABLED", 0}, ValueWord{"ENABLED", 1}};

std::string bus_id(Board& board) {
  return log_text(read_pci(board, {.part = kBusId}));
}
std::string gpu(Board& board) {
  return "GPU " + bus_id(board);
}

Outcome bad_value(const Setting& setting) {
  return {.code = NVML_ERROR_INVALID_ARGUMENT,
          .message = "Invalid value \"" + printable(setting.value, 100) +
                     "\". Please run 'nvidia-smi -h' for help."};
}

/// What a refusal is called: not supported is a warning, anything else ends the run.
Outcome refused(int code, const std::string& what, Board& board) {
  const bool absent = code == NVML_ERROR_NOT_SUPPORTED || code == NVML_ERROR_FUNCTION_NOT_FOUND ||
                      code == NVML_ERROR_DEPRECATED;
  if (absent)
    return {.code = NVML_ERROR_NOT_SUPPORTED,
            .message = "Setting " + what + " is not supported for " + gpu(board) + ".",
            .warning = true};
  return {.code = code, .message = "Unable to set " + what + " for " + gpu(board) + ": " + code_words(code)};
}
Outcome done(std::string message) {
  return {.code = NVML_SUCCESS, .message = std::move(message)};
}

Outcome set_persistence(Board& board, const Setting& setting) {
  const auto value = parse_value_word(setting.value, kOnOff);
  if (!value) return bad_value(setting);
  const char* word = *value ? "Enabled" : "Disabled";
  const auto now = board.number("nvmlDeviceGetPersistenceMode");
  if (now.ok() && now.value == static_cast<unsigned>(*value))
    return done("Persistence mode is already " + std::string(word) + " for " + gpu(board) + ".");
  int code = NVML_ERROR_UNKNOWN;
  const auto& pci = board.pci();
  const auto daemon = pci.ok() ? ask_persistence_daemon(pci.value, *value != 0) : std::nullopt;
  if (daemon && *daemon == 0) {
    code = NVML_SUCCESS;
  } else if (daemon && *daemon == 7) {
    code = NVML_ERROR_NO_PERMISSION;
  } else {
    code = NVML_CALL(board.nvml(), nvmlDeviceSetPersistenceMode, board.device,
                     static_cast<nvmlEnableState_t>(*value));
  }
  if (code != NVML_SUCCESS) return refused(code, "persistence mode", board);
  return done(std::string(word) + " persistence mode for " + gpu(board) + ".");
}

Outcome set_ecc(Board& board, const Setting& setting) {
  const auto value = parse_value_word(setting.value, kOnOff);
  if (!value) return bad_value(setting);
  const char* word = *value ? "Enabled" : "Disabled";
  const auto& mode = board.ecc_mode();
  if (mode.ok() && mode.value.second == static_cast<unsigned>(*value))
    return done("ECC support is already " + std::string(word) + " for " + gpu(board) + ".");
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceSetEccMode, board.device, static_cast<nvmlEnableState_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "ECC support", board);
  Outcome outcome = done(std::string(word) + " ECC support for " + gpu(board) + ".");
  outcome.reboot = true;
  return outcome;
}

Outcome reset_ecc(Board& board, const Setting& setting) {
  constexpr std::array kCounters = {ValueWord{"VOLATILE", 0}, ValueWord{"AGGREGATE", 1}};
  const auto value = parse_value_word(setting.value, kCounters);
  if (!value) return bad_value(setting);
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceClearEccErrorCounts, board.device,
                              static_cast<nvmlEccCounterType_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "ECC error counts", board);
  return done("Reset " + std::string(*value ? "aggregate" : "volatile") + " ECC errors to zero for " +
              gpu(board) + ".");
}

Outcome set_compute_mode(Board& board, const Setting& setting) {
  constexpr std::array kModes = {ValueWord{"DEFAULT", 0}, ValueWord{"EXCLUSIVE_THREAD", 1},
                                 ValueWord{"PROHIBITED", 2}, ValueWord{"EXCLUSIVE_PROCESS", 3}};
  auto value = parse_value_word(setting.value, kModes);
  if (!value) return bad_value(setting);
  if (*value == NVML_COMPUTEMODE_EXCLUSIVE_THREAD) value = NVML_COMPUTEMODE_EXCLUSIVE_PROCESS;
  const std::string word = kModes[static_cast<std::size_t>(*value)].name;
  const auto now = board.number("nvmlDeviceGetComputeMode");
  if (now.ok() && now.value == static_cast<unsigned>(*value))
    return done("Compute mode is already set to " + word + " for " + gpu(board) + ".");
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceSetComputeMode, board.device, static_cast<nvmlComputeMode_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "compute mode", board);
  return done("Set compute mode to " + word + " for " + gpu(board) + ".");
}

Outcome set_mig(Board& board, const Setting& setting) {
  const auto value = parse_value_word(setting.value, kOnOff);
  if (!value) return bad_value(setting);
  nvmlReturn_t activation = NVML_SUCCESS;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceSetMigMode, board.device, static_cast<unsigned>(*value), &activation);
  const std::string verb = *value ? "enable" : "disable";
  if (code != NVML_SUCCESS) {
    const bool absent = code == NVML_ERROR_NOT_SUPPORTED || code == NVML_ERROR_FUNCTION_NOT_FOUND;
    return {.code = absent ? NVML_ERROR_NOT_SUPPORTED : code,
            .message = "Unable to " + verb + " MIG Mode for " + gpu(board) + ": " +
                       (absent ? "Not Supported" : code_words(code)),
            .warning = absent};
  }
  const std::string message = (*value ? "Enabled" : "Disabled") + std::string(" MIG Mode for ") + gpu(board);
  if (activation == NVML_SUCCESS) return done(message);
  return done(
      "Warning: MIG mode is in pending " + verb + " state for " + gpu(board) + ":" + code_words(activation) +
      "\n" + bus_id(board) +
      " is currently being used by one or more other processes (e.g. CUDA application or a monitoring "
      "application such as another instance of nvidia-smi). Please first kill all processes using the device "
      "and retry the command or reboot the system to make MIG mode effective.");
}

Outcome set_power_limit(Board& board, const Setting& setting, const Options& options) {
  const auto watts = parse_double(setting.value);
  if (!watts || *watts <= 0 || *watts > 100'000) return bad_value(setting);
  const auto milliwatts = static_cast<unsigned>(*watts * 1000);
  constexpr std::array kScopes = {ValueWord{"GPU", 0}, ValueWord{"TOTAL_MODULE", 1},
                                  ValueWord{"GPU_BASE", 2}};
  const auto scope = parse_value_word(options.scope.empty() ? "0" : options.scope, kScopes);
  if (!scope) return bad_value({setting.kind, options.scope});
  const auto old = board.number("nvmlDeviceGetPowerManagementLimit");
  const auto bounds = board.pair("nvmlDeviceGetPowerManagementLimitConstraints");
  if (*scope == 0 && bounds.ok() && (milliwatts < bounds.value.first || milliwatts > bounds.value.second)) {
    return {.code = NVML_ERROR_INVALID_ARGUMENT,
            .message = "Provided power limit " + log_text(watts_value(milliwatts)) +
                       " is not a valid power limit which should be between " +
                       log_text(watts_value(bounds.value.first)) + " and " +
                       log_text(watts_value(bounds.value.second)) + " for " + gpu(board)};
  }
  nvmlReturn_t code = NVML_SUCCESS;
  if (*scope == 0) {
    code = NVML_CALL(board.nvml(), nvmlDeviceSetPowerManagementLimit, board.device, milliwatts);
  } else {
    nvmlPowerValue_v2_t power{
        struct_version<nvmlPowerValue_v2_t>(2),
        static_cast<nvmlPowerScopeType_t>(*scope == 1 ? NVML_POWER_SCOPE_MODULE : NVML_POWER_SCOPE_GPU_BASE),
        milliwatts};
    code = NVML_CALL(board.nvml(), nvmlDeviceSetPowerManagementLimit_v2, board.device, &power);
  }
  if (code == NVML_ERROR_NOT_SUPPORTED || code == NVML_ERROR_FUNCTION_NOT_FOUND)
    return {.code = NVML_ERROR_NOT_SUPPORTED,
            .message = "Changing power management limit is not supported for GPU: " + bus_id(board) + ".",
            .warning = true};
  if (code != NVML_SUCCESS) return refused(code, "power management limit", board);
  return done("Power limit for " + gpu(board) + " was set to " + log_text(watts_value(milliwatts)) +
              " from " + log_text(old.ok() ? watts_value(old.value) : missing(old.code)) + ".");
}

Outcome lock_clocks(Board& board, const Setting& setting, bool memory) {
  const auto range = parse_range(setting.value);
  if (!range) return bad_value(setting);
  const auto code = memory ? NVML_CALL(board.nvml(), nvmlDeviceSetMemoryLockedClocks, board.device,
                                       range->first, range->second)
                           : NVML_CALL(board.nvml(), nvmlDeviceSetGpuLockedClocks, board.device, range->first,
                                       range->second);
  if (code != NVML_SUCCESS) return refused(code, memory ? "memory clocks" : "GPU clocks", board);
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                memory ? "Memory clocks set to \"(memClkMin %u, memClkMax %u)\" for %s"
                       : "GPU clocks set to \"(gpuClkMin %u, gpuClkMax %u)\" for %s",
                range->first, range->second, gpu(board).c_str());
  return done(text.data());
}

Outcome reset_clocks(Board& board, const char* function, const char* what) {
  const auto code = board.nvml().call<nvmlReturn_t(nvmlDevice_t)>(function, board.device);
  if (code != NVML_SUCCESS) return refused(code, what, board);
  return done("Reset " + std::string(what) + " to default for " + gpu(board));
}

Outcome set_application_clocks(Board& board, const Setting& setting) {
  const auto clocks = parse_range(setting.value);
  if (!clocks || !contains(setting.value, ",")) return bad_value(setting);
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceSetApplicationsClocks, board.device, clocks->first, clocks->second);
  if (code != NVML_SUCCESS) return refused(code, "applications clocks", board);
  return done("Applications clocks set to \"(MEM " + std::to_string(clocks->first) + ", SM " +
              std::to_string(clocks->second) + ")\" for " + gpu(board));
}

/// A setting that is on or off by one call, and two sentences.
Outcome set_switch(Board& board, const Setting& setting, const char* function, const char* what) {
  const auto value = parse_value_word(setting.value, kOnOff);
  if (!value) return bad_value(setting);
  const auto code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned)>(function, board.device,
                                                                            static_cast<unsigned>(*value));
  if (code != NVML_SUCCESS) return refused(code, what, board);
  return done((*value ? "Enabled " : "Disabled ") + std::string(what) + " for " + gpu(board) + ".");
}

/// NVML restricts or frees the API; the original calls both by the permission.
Outcome set_boost_permission(Board& board, const Setting& setting) {
  constexpr std::array kPermissions = {ValueWord{"UNRESTRICTED", 0}, ValueWord{"RESTRICTED", 1}};
  const auto value = parse_value_word(setting.value, kPermissions);
  if (!value) return bad_value(setting);
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceSetAPIRestriction, board.device,
                NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS, static_cast<nvmlEnableState_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "auto boost permission", board);
  return done("Auto boost permission set to " +
              std::string(kPermissions[static_cast<std::size_t>(*value)].name) + " for " + gpu(board) + ".");
}

Outcome set_virtualization_mode(Board& board, const Setting& setting) {
  constexpr std::array kModes = {ValueWord{"VGPU", NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU},
                                 ValueWord{"VSGA", NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA}};
  const auto value = parse_value_word(setting.value, kModes);
  if (!value) return bad_value(setting);
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceSetVirtualizationMode, board.device,
                              static_cast<nvmlGpuVirtualizationMode_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "virtualization mode", board);
  return done("Set virtualization mode to " +
              std::string(*value == kModes[0].value ? kModes[0].name : kModes[1].name) + " for " +
              gpu(board) + ".");
}

/// How this GPU changes its memory clocks: while it runs, or when the driver is loaded again.
Outcome show_memory_clock_switching(Board& board) {
  const auto kind = board.field(NVML_FI_DEV_MCLK_SWITCH_TYPE);
  if (!kind.ok()) return refused(kind.code, "locked memory clocks", board);
  const auto interval = board.field(NVML_FI_DEV_MCLK_MIN_SWITCH_INTERVAL_MILLISECONDS);
  constexpr std::array kWords = {"not supported", "deferred", "at run time"};
  const auto at = static_cast<std::size_t>(kind.value < 0 ? 0 : kind.value);
  std::string text =
      "Memory clock locking for " + gpu(board) + ": " + (at < kWords.size() ? kWords[at] : "unknown");
  if (interval.ok() && interval.value > 0)
    text += ", at most every " + std::to_string(static_cast<long long>(interval.value)) + " ms";
  return done(text + ".");
}

/// -lmcd takes one clock and -rmcd none, on a GPU that changes it when the driver is loaded again.
Outcome lock_memory_clocks_deferred(Board& board, const Setting& setting) {
  const bool lock = setting.kind == SettingKind::kLockMemoryClocksDeferred;
  const auto clock = parse_range(setting.value);
  if (lock && (!clock || clock->first != clock->second)) return bad_value(setting);
  const auto kind = board.field(NVML_FI_DEV_MCLK_SWITCH_TYPE);
  if (!kind.ok() || kind.value != NVML_MCLK_SWITCH_TYPE_DEFERRED)
    return refused(NVML_ERROR_NOT_SUPPORTED, "deferred memory clocks", board);
  const auto code = lock ? NVML_CALL(board.nvml(), nvmlDeviceSetMemoryLockedClocks, board.device,
                                     clock->first, clock->second)
                         : NVML_CALL(board.nvml(), nvmlDeviceResetMemoryLockedClocks, board.device);
  if (code != NVML_SUCCESS) return refused(code, "deferred memory clocks", board);
  return done((lock ? "Deferred memory clocks set to \"" + std::to_string(clock->first) + "\" for "
                    : "Reset deferred memory clocks to default for ") +
              gpu(board) + ". They take effect when the driver is loaded again.");
}

/// What the original does by private calls: its value is checked, then it is not supported.
Outcome refuse_private(Board& board, const Setting& setting, const char* what) {
  if (setting.kind == SettingKind::kCudaClocks && !parse_value_word(setting.value, kOnOff))
    return bad_value(setting);
  return refused(NVML_ERROR_NOT_SUPPORTED, what, board);
}

Outcome clear_accounted(Board& board) {
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceClearAccountingPids, board.device);
  if (code != NVML_SUCCESS) return refused(code, "accounted PIDs", board);
  return done("Cleared Accounted PIDs for " + gpu(board) + ".");
}

Outcome set_operation_mode(Board& board, const Setting& setting) {
  constexpr std::array kModes = {ValueWord{"ALL_ON", 0}, ValueWord{"COMPUTE", 1}, ValueWord{"LOW_DP", 2}};
  const auto value = parse_value_word(setting.value, kModes);
  if (!value) return bad_value(setting);
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceSetGpuOperationMode, board.device,
                              static_cast<nvmlGpuOperationMode_t>(*value));
  if (code != NVML_SUCCESS) return refused(code, "GPU operation mode", board);
  Outcome outcome = done("GOM changed to \"" + std::string(kModes[static_cast<std::size_t>(*value)].name) +
                         "\" for " + gpu(board) + ".");
  outcome.reboot = true;
  return outcome;
}

Outcome set_target_temperature(Board& board, const Setting& setting) {
  const auto celsius = parse_int(setting.value);
  if (!celsius || *celsius < 0 || *celsius > 200) return bad_value(setting);
  int value = static_cast<int>(*celsius);
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceSetTemperatureThreshold, board.device,
                              NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR, &value);
  if (code != NVML_SUCCESS) return refused(code, "GPU target temperature", board);
  return done("Set GPU Target Temperature to " + std::to_string(value) + " C for " + gpu(board) + ".");
}

Outcome set_dram_encryption(Board& board, const Setting& setting) {
  const auto value = parse_value_word(setting.value, kOnOff);
  if (!value) return bad_value(setting);
  const nvmlDramEncryptionInfo_t wish{struct_version<nvmlDramEncryptionInfo_t>(1),
                                      static_cast<nvmlEnableState_t>(*value)};
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceSetDramEncryptionMode, board.device, &wish);
  if (code != NVML_SUCCESS) return refused(code, "DRAM encryption", board);
  Outcome outcome =
      done((*value ? "Enabled" : "Disabled") + std::string(" DRAM encryption for ") + gpu(board) + ".");
  outcome.reboot = true;
  return outcome;
}

Outcome set_hostname(Board& board, const Setting& setting) {
  nvmlHostname_v1_t name{};
  if (setting.value.size() >= sizeof name.value) return bad_value(setting);
  setting.value.copy(name.value, setting.value.size());
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceSetHostname_v1, board.device, &name);
  if (code != NVML_SUCCESS) return refused(code, "hostname", board);
  return done("Set hostname to \"" + printable(setting.value, 64) + "\" for " + gpu(board) + ".");
}

/// NVML has no reset; Linux resets a PCI function through its reset file, which only root can write.
Outcome reset_gpu(Board& board) {
  const auto& pci = board.pci();
  if (!pci.ok()) return refused(pci.code, "GPU reset", board);
  if (::geteuid() != 0) return refused(NVML_ERROR_NO_PERMISSION, "GPU reset", board);
  std::array<char, 96> path{};
  std::snprintf(path.data(), path.size(), "/sys/bus/pci/devices/%04x:%02x:%02x.0/reset", pci.value.domain,
                pci.value.bus, pci.value.device);
  std::ofstream file(path.data());
  if (!file || !(file << "1" << std::flush))
    return {
        .code = NVML_ERROR_NOT_SUPPORTED,
        .message = "GPU Reset couldn't run because " + gpu(board) + " has no reset that the kernel offers."};
  return done(gpu(board) + " was successfully reset.");
}

}  // namespace

Outcome apply_setting(Board& board, const Setting& setting, const Options& options) {
  switch (setting.kind) {
    case SettingKind::kPersistence: return set_persistence(board, setting);
    case SettingKind::kEcc: return set_ecc(board, setting);
    case SettingKind::kResetEcc: return reset_ecc(board, setting);
    case SettingKind::kComputeMode: return set_compute_mode(board, setting);
    case SettingKind::kOperationMode: return set_operation_mode(board, setting);
    case SettingKind::kReset: return reset_gpu(board);
    case SettingKind::kLockClocks: return lock_clocks(board, setting, false);
    case SettingKind::kLockMemoryClocks: return lock_clocks(board, setting, true);
    case SettingKind::kResetClocks:
      return reset_clocks(board, "nvmlDeviceResetGpuLockedClocks", "GPU clocks");
    case SettingKind::kResetMemoryClocks:
      return reset_clocks(board, "nvmlDeviceResetMemoryLockedClocks", "memory clocks");
    case SettingKind::kApplicationClocks: return set_application_clocks(board, setting);
    case SettingKind::kResetApplicationClocks:
      return reset_clocks(board, "nvmlDeviceResetApplicationsClocks", "applications clocks");
    case SettingKind::kPowerLimit: return set_power_limit(board, setting, options);
    case SettingKind::kAccounting:
      return set_switch(board, setting, "nvmlDeviceSetAccountingMode", "Accounting Mode");
    case SettingKind::kClearAccounted: return clear_accounted(board);
    case SettingKind::kAutoBoostDefault:
      return set_switch(board, setting, "nvmlDeviceSetAutoBoostedClocksEnabled", "default auto boost");
    case SettingKind::kMig: return set_mig(board, setting);
    case SettingKind::kTargetTemperature: return set_target_temperature(board, setting);
    case SettingKind::kDramEncryption: return set_dram_encryption(board, setting);
    case SettingKind::kSetHostname: return set_hostname(board, setting);
    case SettingKind::kGetHostname: {
      const Value name = read_hostname(board, {});
      return name.ok() ? done("Hostname for " + gpu(board) + ": " + name.text)
                       : refused(name.code, "hostname", board);
    }
    case SettingKind::kLockMemoryClocksQuery: return show_memory_clock_switching(board);
    case SettingKind::kLockMemoryClocksDeferred:
    case SettingKind::kResetMemoryClocksDeferred: return lock_memory_clocks_deferred(board, setting);
    case SettingKind::kVirtualizationMode: return set_virtualization_mode(board, setting);
    case SettingKind::kAutoBoostPermission: return set_boost_permission(board, setting);
    case SettingKind::kSetDerate:
    case SettingKind::kGetDerate: return refuse_private(board, setting, "voltage and frequency derating");
    case SettingKind::kCudaClocks: return refuse_private(board, setting, "CUDA clocks");
  }
  return refused(NVML_ERROR_NOT_SUPPORTED, "this", board);
}

}  // namespace nvstack::smi
