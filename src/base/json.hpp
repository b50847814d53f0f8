// Json is the one JSON value of the program: ordered objects, bounded parsing, output that is always valid
// UTF-8. The library behind it is included by json.cpp alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace nvstack {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint32_t value) : value_(static_cast<std::int64_t>(value)) {}
  /// Beyond 63 bits it becomes a double, as in parsing: never a negative number.
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) value_ = static_cast<double>(value);
  }
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  template <typename T>
  Json(const std::optional<T>& value) {
    if (value) *this = Json(*value);
  }
  template <typename T>
  Json(const std::vector<T>& values) : value_(Array(values.begin(), values.end())) {}

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  /// Members in the same order; 1 and 1.0 differ.
  bool operator==(const Json& other) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* items() const { return std::get_if<Array>(&value_); }
  const Object* members() const { return std::get_if<Object>(&value_); }
  /// An integer or a double as double.
  std::optional<double> number() const;
  /// The member, or null when this is no object or has none of that name.
  const Json& operator[](std::string_view name) const;
  /// The string member, or "".
  std::string text(std::string_view name) const;

  /// Appends a member; makes an object of null.
  Json& set(std::string name, Json value);
  /// Appends an element; makes an array of null.
  Json& add(Json value);

  /// indent < 0: one line.
  std::string dump(int indent = -1) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Parses one document; at most 64 levels deep. The error names the byte where it went wrong.
Result<Json> parse_json(std::string_view text);

}  // namespace nvstack
