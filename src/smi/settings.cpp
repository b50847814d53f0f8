#include "smi/settings.hpp"

#include "smi/read.hpp"
#include "smi/setting_words.hpp"

namespace nvstack::smi {

namespace {

std::string bus_id(Board& board) {
  return log_text(read_pci(board, {.part = kBusId}));
}

/// The original repeats this after changes that a driver without clients forgets.
std::string persistence_warning(Board& board) {
  return "\nWarning: persistence mode is disabled on device " + bus_id(board) +
         ". See the Known Issues section of the nvidia-smi(1) man page for more information. Run with "
         "[--help | -h] "
         "switch to get more information on how to enable persistence mode.\n";
}

bool is_forgotten(SettingKind kind) {
  switch (kind) {
    case SettingKind::kPowerLimit:
    case SettingKind::kComputeMode:
    case SettingKind::kLockClocks:
    case SettingKind::kLockMemoryClocks:
    case SettingKind::kApplicationClocks:
    case SettingKind::kAccounting: return true;
    default: return false;
  }
}

}  // namespace

int apply_settings(System&, std::vector<Target>& targets, const Options& options, Streams& streams) {
  int warned = 0;
  bool reboot = false;
  for (Target& target : targets) {
    if (!target.board) {
      streams.err(lost_message(target));
      continue;
    }
    for (const Setting& setting : options.settings) {
      const Outcome outcome = apply_setting(*target.board, setting, options);
      streams.out(outcome.message + "\n");
      if (outcome.code != NVML_SUCCESS && !outcome.warning) {
        streams.out("Terminating early due to previous errors.\n");
        return outcome.code;
      }
      if (outcome.warning) streams.out("Treating as warning and moving on.\n");
      if (outcome.code != NVML_SUCCESS) warned = outcome.code;
      reboot = reboot || outcome.reboot;
      const auto persistence = is_forgotten(setting.kind) && outcome.code == NVML_SUCCESS
                                   ? target.board->number("nvmlDeviceGetPersistenceMode")
                                   : Answer<unsigned>{};
      if (persistence.ok() && persistence.value == 0) streams.out(persistence_warning(*target.board) + "\n");
    }
  }
  streams.out("All done.\n");
  if (reboot) streams.out("Reboot required.\n");
  return options.error_on_warning ? warned : 0;
}

}  // namespace nvstack::smi
