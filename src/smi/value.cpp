#include "smi/value.hpp"

#include <array>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "smi/format.hpp"

namespace nvstack::smi {

namespace {

struct Words {
  int code;
  const char* text;
  const char* status;
};
constexpr std::array kWords = {
    Words{NVML_SUCCESS, "Success", "ok"},
    Words{NVML_ERROR_UNINITIALIZED, "Uninitialized", "error"},
    Words{NVML_ERROR_INVALID_ARGUMENT, "Invalid Argument", "error"},
    Words{NVML_ERROR_NOT_SUPPORTED, "N/A", "not_supported"},
    Words{NVML_ERROR_NO_PERMISSION, "Insufficient Permissions", "no_permission"},
    Words{NVML_ERROR_NOT_FOUND, "Not Found", "error"},
    Words{NVML_ERROR_INSUFFICIENT_SIZE, "Insufficient Size", "error"},
    Words{NVML_ERROR_INSUFFICIENT_POWER, "Insufficient External Power", "error"},
    Words{NVML_ERROR_DRIVER_NOT_LOADED, "Driver Not Loaded", "error"},
    Words{NVML_ERROR_TIMEOUT, "Timeout", "error"},
    Words{NVML_ERROR_IRQ_ISSUE, "Interrupt Request Issue", "error"},
    Words{NVML_ERROR_LIBRARY_NOT_FOUND, "NVML Shared Library Not Found", "error"},
    Words{NVML_ERROR_FUNCTION_NOT_FOUND, "Function Not Found", "not_supported"},
    Words{NVML_ERROR_CORRUPTED_INFOROM, "Corrupted infoROM", "error"},
    Words{NVML_ERROR_GPU_IS_LOST, "GPU is lost", "lost"},
    Words{NVML_ERROR_RESET_REQUIRED, "GPU requires reset", "lost"},
    Words{NVML_ERROR_OPERATING_SYSTEM, "GPU access blocked by the operating system", "error"},
    Words{NVML_ERROR_LIB_RM_VERSION_MISMATCH, "Driver/library version mismatch", "error"},
    Words{NVML_ERROR_IN_USE, "In use by another client", "error"},
    Words{NVML_ERROR_MEMORY, "Insufficient Memory", "error"},
    Words{NVML_ERROR_NO_DATA, "No data", "error"},
    Words{NVML_ERROR_INSUFFICIENT_RESOURCES, "Insufficient Resources", "error"},
    Words{NVML_ERROR_FREQ_NOT_SUPPORTED, "Frequency not supported", "error"},
    Words{NVML_ERROR_ARGUMENT_VERSION_MISMATCH, "Argument version mismatch", "error"},
    Words{NVML_ERROR_DEPRECATED, "Requested functionality has been deprecated", "deprecated"},
    Words{NVML_ERROR_NOT_READY, "System is not ready for the request", "error"},
    Words{NVML_ERROR_GPU_NOT_FOUND, "GPU not found", "lost"},
    Words{NVML_ERROR_INVALID_STATE, "Resource not in the required state", "error"},
};

const Words& words_of(int code) {
  static constexpr Words kUnknown{NVML_ERROR_UNKNOWN, "Unknown Error", "error"};
  for (const Words& words : kWords)
    if (words.code == code) return words;
  return kUnknown;
}

}  // namespace

Value missing(int code) {
  return {.code = code == 0 ? static_cast<int>(NVML_ERROR_UNKNOWN) : code, .text = ""};
}
Value not_supported() {
  return missing(NVML_ERROR_NOT_SUPPORTED);
}
Value text_value(std::string text) {
  return {.text = std::move(text)};
}
Value number_value(std::int64_t number, const char* unit) {
  return {.text = std::to_string(number), .unit = unit, .is_number = true};
}
Value number_value(std::uint64_t number, const char* unit) {
  return {.text = std::to_string(number), .unit = unit, .is_number = true};
}
Value watts_value(std::int64_t milliwatts) {
  return {.text = format("%.2f", static_cast<double>(milliwatts) / 1000), .unit = "W", .is_number = true};
}
Value hex_value(std::uint64_t number, int digits) {
  return text_value(format("0x%0*llX", digits, static_cast<unsigned long long>(number)));
}
Value yes_no(bool yes) {
  return text_value(yes ? "Yes" : "No");
}
Value enabled(bool on) {
  return text_value(on ? "Enabled" : "Disabled");
}

const char* code_words(int code) {
  return words_of(code).text;
}

std::string log_text(const Value& value) {
  // A function that the library lacks belongs to another driver: for a log of this one it is not available.
  if (!value.ok())
    return code_words(value.code == NVML_ERROR_FUNCTION_NOT_FOUND ? NVML_ERROR_NOT_SUPPORTED : value.code);
  const bool glued = std::string_view(value.unit) == "x";
  return value.text + (*value.unit && !glued ? " " : "") + value.unit;
}

Json value_json(const Value& value) {
  Json json;
  if (!value.ok()) {
    json.set("value", Json());
  } else if (const auto integer = value.is_number ? parse_int(value.text) : std::nullopt) {
    json.set("value", *integer);
  } else if (const auto number = value.is_number ? parse_double(value.text) : std::nullopt) {
    json.set("value", *number);
  } else {
    json.set("value", value.text);
  }
  const char* unit = std::string_view(value.unit) == "x" ? "lanes" : value.unit;
  json.set("unit", *unit ? Json(unit) : Json());
  return json.set("status", words_of(value.code).status).set("nvml", value.code);
}

}  // namespace nvstack::smi
