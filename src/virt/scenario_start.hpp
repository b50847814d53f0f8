// What is going on in a scenario's GPU when the machine is staged: processes, MIG instances, counters.
#pragma once

#include "base/json.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

/// [[gpu.process]], [[gpu.instance]] and [gpu.counters]. Errors: kMalformed naming the table and the key.
Status read_start(const std::vector<Json>& processes, const std::vector<Json>& instances,
                  const Json& counters, const std::string& where, ScenarioGpu& gpu);

/// Makes the instances and sets the counters in the page. What does not fit is left out.
void stage_start(channel::Gpu& gpu, const ScenarioGpu& staged);

/// The place of a counter's name in channel::Gpu::accruals.
std::optional<channel::AccrualId> find_counter(std::string_view name);

}  // namespace nvstack::virt
