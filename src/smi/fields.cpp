#include "smi/fields.hpp"

namespace nvstack::smi {

std::vector<const FieldRow*> all_fields() {
  std::vector<const FieldRow*> all;
  for (const auto rows : {identity_fields(), state_fields(), power_fields()})
    for (const FieldRow& row : rows) all.push_back(&row);
  return all;
}

const FieldRow* find_field(std::string_view name) {
  for (const auto rows : {identity_fields(), state_fields(), power_fields()})
    for (const FieldRow& row : rows)
      if (name == row.name || (*row.alias && name == row.alias)) return &row;
  return nullptr;
}

}  // namespace nvstack::smi
