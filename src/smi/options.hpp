// The command line of nvidia-smi as a value: a table of options in, one task with its settings out. The words
// of the errors are the original's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smi/compat.hpp"
#include "smi/lists.hpp"

namespace nvstack::smi {

enum class Task {
  kSummary,
  kListGpus,
  kListExcluded,
  kVersion,
  kHelp,
  kQuery,
  kFieldQuery,
  kListQuery,
  kFieldHelp,
  kListHelp,
  kDtd,
  kSettings,
};

/// What changes a GPU; one row of settings.cpp each.
enum class SettingKind {
  kPersistence,
  kEcc,
  kResetEcc,
  kComputeMode,
  kOperationMode,
  kReset,
  kVirtualizationMode,
  kLockClocks,
  kResetClocks,
  kLockMemoryClocks,
  kLockMemoryClocksQuery,
  kLockMemoryClocksDeferred,
  kResetMemoryClocks,
  kResetMemoryClocksDeferred,
  kApplicationClocks,
  kResetApplicationClocks,
  kSetDerate,
  kGetDerate,
  kPowerLimit,
  kCudaClocks,
  kAccounting,
  kClearAccounted,
  kAutoBoostDefault,
  kAutoBoostPermission,
  kMig,
  kTargetTemperature,
  kDramEncryption,
  kSetHostname,
  kGetHostname,
};

struct Setting {
  SettingKind kind = SettingKind::kPersistence;
  std::string value;
};

struct Options {
  Task task = Task::kSummary;
  ListKind list = ListKind::kComputeApps;
  std::string fields, format;  // of the selective queries
  std::string ids;             // -i, as it stands
  std::string file;            // -f
  std::optional<int> loop_ms;
  unsigned sections = 0;
  bool xml = false, inner_dtd = false, units = false, json = false, error_on_warning = false,
       diagnose = false;
  bool explain = false;  // the default table in words
  std::optional<Compat> compat;
  std::vector<Setting> settings;
  std::string scope, mode;  // -sc, -m
};

/// kUsage in the original's words; its exit code is usage_exit_code.
Result<Options> parse_options(const std::vector<std::string>& words);
constexpr int kUsageExitCode = 255;
constexpr int kInvalidExitCode = 2;

}  // namespace nvstack::smi
