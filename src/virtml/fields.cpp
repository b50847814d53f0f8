// Field values: many readings in one call, each with its own code.
#include "virtml/field_rows.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// What asking for a field comes to: an id that no driver knows, one that no board has, or its value.
nvmlReturn_t read_one(const Target& target, nvmlFieldValue_t& field) {
  field.value.ullVal = 0;
  field.valueType = NVML_VALUE_TYPE_UNSIGNED_INT;
  if (field.fieldId == 0 || field.fieldId >= NVML_FI_MAX) return NVML_ERROR_INVALID_ARGUMENT;
  const FieldRow* row = find_field(field.fieldId);
  return row && !target.is_mig() ? read_field(target, *row, field) : NVML_ERROR_NOT_SUPPORTED;
}

/// Only NVLink's error counters can be cleared one by one, and the driver clears all of a link together.
nvmlReturn_t clear_one(const Target& target, const nvmlFieldValue_t& field) {
  if (field.fieldId == 0 || field.fieldId >= NVML_FI_MAX) return NVML_ERROR_INVALID_ARGUMENT;
  const FieldRow* row = find_field(field.fieldId);
  if (!row || target.is_mig()) return NVML_ERROR_NOT_SUPPORTED;
  if (row->source == FieldSource::kLinkError)
    return ask(Op::reset_nvlink_errors, target, row->detail + field.fieldId - row->first);
  if (row->source == FieldSource::kScopedError) return ask(Op::reset_nvlink_errors, target, field.scopeId);
  return NVML_ERROR_NOT_SUPPORTED;
}

template <typename One>
nvmlReturn_t for_fields(nvmlDevice_t device, int count, nvmlFieldValue_t* values, const One& one) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!values || count <= 0) return NVML_ERROR_INVALID_ARGUMENT;
  const auto now = static_cast<long long>(now_us(*page()));
  for (int i = 0; i < count; ++i) {
    values[i].timestamp = now;
    values[i].latencyUsec = 0;
    values[i].nvmlReturn = one(target, values[i]);
  }
  return NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int valuesCount, nvmlFieldValue_t* values) {
  return for_fields(device, valuesCount, values, read_one);
}
nvmlReturn_t nvmlDeviceClearFieldValues(nvmlDevice_t device, int valuesCount, nvmlFieldValue_t* values) {
  return for_fields(device, valuesCount, values, clear_one);
}
