// The fields of --query-gpu: one row a field, the union of all driver branches. A row says how it is called,
// which unit its column has, and who reads it; so a query makes the NVML calls of its rows and no others.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "smi/read.hpp"

namespace nvstack::smi {

/// How a missing value stands in CSV: "[N/A]", or "N/A" in the fields that never had brackets.
enum class Sentinel { kBracketed, kBare };

struct FieldRow {
  const char* name;
  const char* alias;  // "" when it has none
  const char* unit;   // of the column header; "" when values go without one
  Read read;
  Ask ask;
  const char* about;
  unsigned since = 0;  // driver branch
  Sentinel sentinel = Sentinel::kBracketed;
};

std::span<const FieldRow> identity_fields();
std::span<const FieldRow> state_fields();
std::span<const FieldRow> power_fields();

/// The row of a name or an alias; null when there is none.
const FieldRow* find_field(std::string_view name);
/// All rows, in the order of --help-query-gpu.
std::vector<const FieldRow*> all_fields();

}  // namespace nvstack::smi
