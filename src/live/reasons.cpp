#include "live/reasons.hpp"

#include <array>

#include "abi/nvml.h"
#include "base/message.hpp"

namespace nvstack::live {

namespace {
constexpr std::array kReasons = {
    Reason{nvmlClocksThrottleReasonHwThermalSlowdown, "hot!", N_("slowed by the hardware: too hot"),
           Role::kBad},
    Reason{nvmlClocksThrottleReasonHwPowerBrakeSlowdown, "brake", N_("slowed by the external power brake"),
           Role::kBad},
    Reason{nvmlClocksThrottleReasonHwSlowdown, "slow!", N_("slowed by the hardware"), Role::kBad},
    Reason{nvmlClocksEventReasonSwThermalSlowdown, "hot", N_("slowed by the driver: too hot"),
           Role::kWarning},
    Reason{nvmlClocksEventReasonSwPowerCap, "power", N_("capped by the power limit"), Role::kWarning},
    Reason{nvmlClocksEventReasonSyncBoost, "sync", N_("held by the sync boost group"), Role::kDim},
    Reason{nvmlClocksEventReasonApplicationsClocksSetting, "apps",
           N_("held by the applications clocks setting"), Role::kDim},
    Reason{nvmlClocksEventReasonDisplayClockSetting, "displ", N_("held by the display clock setting"),
           Role::kDim},
    Reason{nvmlClocksEventReasonGpuIdle, "idle", N_("idle"), Role::kDim},
};
}  // namespace

std::vector<const Reason*> find_reasons(std::uint64_t bits) {
  std::vector<const Reason*> found;
  for (const Reason& reason : kReasons)
    if ((bits & reason.bit) != 0) found.push_back(&reason);
  return found;
}

std::string reason_words(std::uint64_t bits) {
  std::string text;
  for (const Reason* reason : find_reasons(bits))
    text += (text.empty() ? "" : "; ") + translate(reason->words);
  return text;
}

std::uint64_t slowing_reasons(std::uint64_t bits) {
  constexpr std::uint64_t kHarmless = nvmlClocksEventReasonGpuIdle |
                                      nvmlClocksEventReasonApplicationsClocksSetting |
                                      nvmlClocksEventReasonDisplayClockSetting;
  return bits & ~kHarmless;
}

}  // namespace nvstack::live
