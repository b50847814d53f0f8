// --json: every view as JSON of one value model, {value, unit, status, nvml}. docs/formats/smi.md describes
// it.
#pragma once

#include <vector>

#include "smi/lists.hpp"
#include "smi/log.hpp"
#include "smi/session.hpp"

namespace nvstack::smi {

/// The default view: the fields that the table shows, and the processes.
Json json_of_summary(System& system, std::vector<Target>& targets);
Json json_of_fields(System& system, std::vector<Target>& targets, const std::vector<const FieldRow*>& fields);
Json json_of_list(std::vector<Target>& targets, ListKind kind, const std::vector<std::size_t>& columns);
Json json_of_list_gpus(std::vector<Target>& targets);
/// Index, name and UUID of a GPU; why it cannot be reached of one without a board.
Json json_of_gpu(Target& target);
/// The name of a member: "Max Customer Boost" is max_customer_boost.
std::string json_key(std::string_view title);
Json json_of_logs(const LogHeader& header, const std::vector<GpuLog>& gpus);

}  // namespace nvstack::smi
