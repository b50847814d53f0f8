// Value is one answer of the driver: the text as it is shown, its unit, or the NVML code that stands for it.
// Every view (table, -q, -x, CSV, JSON) is made from Values.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.hpp"

namespace nvstack::smi {

struct Value {
  int code = 0;  // nvmlReturn_t; not 0: there is no value
  std::string text = {};
  const char* unit = "";
  bool is_number = false;  // text is a decimal number
  bool ok() const { return code == 0; }
};

Value missing(int code);
Value not_supported();
Value text_value(std::string text);
Value number_value(std::int64_t number, const char* unit = "");
Value number_value(std::uint64_t number, const char* unit = "");
/// Milliwatts as watts with two decimals.
Value watts_value(std::int64_t milliwatts);
/// "0x" and `digits` upper-case digits at least.
Value hex_value(std::uint64_t number, int digits);
Value yes_no(bool yes);
Value enabled(bool on);

/// The words for an NVML code, as they stand in a log: "N/A", "Unknown Error", ...
const char* code_words(int code);
/// As -q and -x show it: "38.89 W", "16x", "N/A".
std::string log_text(const Value& value);
/// value, unit, status (ok, not_supported, deprecated, no_permission, lost, error) and nvml, the code.
Json value_json(const Value& value);

}  // namespace nvstack::smi
