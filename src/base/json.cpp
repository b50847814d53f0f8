#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace nvstack {

namespace {

constexpr std::size_t kDepthMax = 64;

/// Builds a Json from the library's events, so that depth is bounded before memory is spent.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Json root;
  std::string problem;

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return put(static_cast<double>(value));
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    if (problem.empty()) problem = "not JSON at byte " + std::to_string(at);
    return false;
  }

 private:
  std::vector<Json> open_;
  std::vector<std::string> keys_;

  bool put(Json value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (open_.back().items()) {
      open_.back().add(std::move(value));
    } else {
      open_.back().set(std::move(keys_.back()), std::move(value));
    }
    return true;
  }
  bool open(Json empty) {
    if (open_.size() == kDepthMax) {
      problem = "JSON nested deeper than 64 levels";
      return false;
    }
    open_.push_back(std::move(empty)), keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back(), keys_.pop_back();
    return put(std::move(done));
  }
};

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : is_utf8(text) ? std::string(text) : printable(text, text.size() * 4)) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out += c;
        } else {
          out += "\\u00";
          out += hex[(c >> 4) & 15];
          out += hex[c & 15];
        }
    }
  }
  out += '"';
}

void write(std::string& out, const Json& value, int indent, int depth) {
  const auto line = [&](int level) {
    if (indent >= 0) out += "\n" + std::string(static_cast<std::size_t>(indent * level), ' ');
  };
  if (const auto* object = value.members()) {
    out += '{';
    for (const auto& member : *object) {
      if (&member != &object->front()) out += ',';
      line(depth + 1), write_string(out, member.first), out += indent >= 0 ? ": " : ":";
      write(out, member.second, indent, depth + 1);
    }
    if (!object->empty()) line(depth);
    out += '}';
  } else if (const auto* array = value.items()) {
    out += '[';
    for (const Json& item : *array) {
      if (&item != &array->front()) out += ',';
      line(depth + 1), write(out, item, indent, depth + 1);
    }
    if (!array->empty()) line(depth);
    out += ']';
  } else if (const auto* text = value.string()) {
    write_string(out, *text);
  } else if (const auto* flag = value.boolean()) {
    out += *flag ? "true" : "false";
  } else if (const auto* integer = value.integer()) {
    out += std::to_string(*integer);
  } else if (const auto number = value.number()) {
    out += nlohmann::json(*number).dump();
  } else {
    out += "null";
  }
}

}  // namespace

std::optional<double> Json::number() const {
  if (const auto* whole = integer()) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value_)) return *real;
  return std::nullopt;
}

bool Json::operator==(const Json& other) const {
  return value_ == other.value_;
}

const Json& Json::operator[](std::string_view name) const {
  static const Json null;
  if (const auto* object = members())
    for (const auto& [key, value] : *object)
      if (key == name) return value;
  return null;
}

std::string Json::text(std::string_view name) const {
  const std::string* found = (*this)[name].string();
  return found ? *found : std::string();
}

Json& Json::set(std::string name, Json value) {
  if (is_null()) value_ = Object{};
  std::get<Object>(value_).emplace_back(std::move(name), std::move(value));
  return *this;
}

Json& Json::add(Json value) {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

std::string Json::dump(int indent) const {
  std::string out;
  write(out, *this, indent, 0);
  return out;
}

Result<Json> parse_json(std::string_view text) {
  // The library takes a NUL for the end of the text and would not look at what follows.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    return fail(ErrorCode::kMalformed, "not JSON at byte " + std::to_string(at + 1));
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
    return fail(ErrorCode::kMalformed, builder.problem.empty() ? "not JSON" : builder.problem);
  return std::move(builder.root);
}

}  // namespace nvstack
