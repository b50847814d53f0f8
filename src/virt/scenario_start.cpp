#include "virt/scenario_start.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "virt/keys.hpp"
#include "virt/mig_instances.hpp"

namespace nvstack::virt {

namespace {

using channel::AccrualId;

struct Counter {
  std::string_view name;
  AccrualId id;
};
constexpr Counter kCounters[] = {
    {"energy_mj", AccrualId::energy_mj},
    {"violation_power_ns", AccrualId::violation_power_ns},
    {"violation_thermal_ns", AccrualId::violation_thermal_ns},
    {"violation_sync_boost_ns", AccrualId::violation_sync_boost_ns},
    {"violation_board_limit_ns", AccrualId::violation_board_limit_ns},
    {"violation_low_utilization_ns", AccrualId::violation_low_utilization_ns},
    {"violation_reliability_ns", AccrualId::violation_reliability_ns},
    {"violation_application_clocks_ns", AccrualId::violation_application_clocks_ns},
    {"violation_base_clocks_ns", AccrualId::violation_base_clocks_ns},
    {"reason_hw_thermal_ns", AccrualId::reason_hw_thermal_ns},
    {"reason_hw_brake_ns", AccrualId::reason_hw_brake_ns},
};

std::optional<unsigned> kinds_of(std::string_view word) {
  if (word == "C") return channel::kCompute;
  if (word == "G") return channel::kGraphics;
  if (word == "C+G") return channel::kCompute | channel::kGraphics;
  if (word == "M" || word == "M+C") return channel::kMps | channel::kCompute;
  return std::nullopt;
}

Status read_process(const Json& row, const std::string& where, ScenarioGpu& gpu) {
  Keys keys(row, where + " [[process]]");
  ScenarioProcess process;
  std::string type = "C";
  keys.whole("pid", process.pid, INT32_MAX);
  keys.text("type", type);
  keys.text("name", process.name);
  keys.whole64("memory_mib", process.memory_mib, 1u << 30);
  keys.whole("sm_percent", process.sm_percent, 100);
  if (keys.has("gpu_instance")) keys.whole("gpu_instance", process.gpu_instance, 255);
  if (keys.has("compute_instance")) keys.whole("compute_instance", process.compute_instance, 255);
  const auto kinds = kinds_of(type);
  if (!kinds) keys.problem("type", "must be C, G, C+G or M+C");
  if (process.pid == 0) keys.problem("pid", "must be above 0");
  TRY(keys.finish());
  process.kinds = *kinds;
  gpu.processes.push_back(std::move(process));
  return {};
}

Status read_instance(const Json& row, const std::string& where, ScenarioGpu& gpu) {
  Keys keys(row, where + " [[instance]]");
  ScenarioInstance instance;
  keys.text("profile", instance.profile);
  if (keys.has("id")) keys.whole("id", instance.id, 255);
  keys.wholes("compute_slices", instance.compute_slices, 8);
  keys.whole64("used_bytes", instance.used_bytes, 1ull << 50);
  const bool known =
      std::any_of(gpu.board.profiles.begin(), gpu.board.profiles.end(),
                  [&](const BoardProfile& profile) { return profile.name == instance.profile; });
  if (!known)
    keys.problem("profile",
                 "\"" + printable(instance.profile, 40) + "\" is none of this board's [[mig]] rows");
  TRY(keys.finish());
  gpu.instances.push_back(std::move(instance));
  return {};
}

const channel::Profile* profile_named(const channel::Gpu& gpu, const std::string& name) {
  for (unsigned i = 0; i < gpu.profile_count && i < channel::kProfilesMax; ++i)
    if (name == gpu.profiles[i].name) return &gpu.profiles[i];
  return nullptr;
}

/// The number of the compute profile with so many slices; the whole instance has one of its own number.
std::optional<unsigned> compute_profile(unsigned slices) {
  for (unsigned number = 0; number < 16; ++number)
    if (channel::compute_profile_slices(number) == slices) return number;
  return std::nullopt;
}

}  // namespace

Status read_start(const std::vector<Json>& processes, const std::vector<Json>& instances,
                  const Json& counters, const std::string& where, ScenarioGpu& gpu) {
  for (const Json& row : instances) TRY(read_instance(row, where, gpu));
  for (const Json& row : processes) TRY(read_process(row, where, gpu));
  Keys keys(counters, where + " [counters]");
  for (const Counter& counter : kCounters) {
    const std::string name(counter.name);
    std::uint64_t begin = 0;
    keys.whole64(name, begin, 1ull << 62);
    if (keys.has(name)) gpu.counters[name] = begin;
  }
  return keys.finish();
}

void stage_start(channel::Gpu& gpu, const ScenarioGpu& staged) {
  for (const auto& [name, value] : staged.counters)
    if (const auto id = find_counter(name))
      gpu.accruals[static_cast<std::size_t>(*id)].base = static_cast<double>(value);
  for (const ScenarioInstance& wanted : staged.instances) {
    const channel::Profile* profile = profile_named(gpu, wanted.profile);
    channel::GpuInstance* made = profile ? place_gpu_instance(gpu, *profile, wanted.id) : nullptr;
    if (!made) continue;
    made->own_bytes = wanted.used_bytes;
    const std::vector<unsigned> whole = {profile->slices};
    for (const unsigned slices : wanted.compute_slices.empty() ? whole : wanted.compute_slices)
      if (const auto number = compute_profile(slices)) place_compute_instance(gpu, *made, *profile, *number);
  }
}

std::optional<AccrualId> find_counter(std::string_view name) {
  for (const Counter& counter : kCounters)
    if (counter.name == name) return counter.id;
  return std::nullopt;
}

}  // namespace nvstack::virt
