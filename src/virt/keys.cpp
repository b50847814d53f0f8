#include "virt/keys.hpp"

#include "base/text.hpp"

namespace nvstack::virt {

namespace {

const Json kEmptyTable = Json::object();
const std::vector<Json> kNoTables;

}  // namespace

const Json& Keys::take(const std::string& key) {
  known_.insert(key);
  return table_[key];
}

void Keys::problem(const std::string& key, const std::string& what) {
  if (!error_)
    error_ = Error{ErrorCode::kMalformed, where_ + ": " + key + " " + what, "docs/formats/scenario.md", {}};
}

void Keys::text(const std::string& key, std::string& target) {
  const Json& value = take(key);
  if (value.is_null()) return;
  if (!value.string()) return problem(key, "must be text in quotes");
  if (value.string()->size() > 4096) return problem(key, "is longer than 4096 bytes");
  target = *value.string();
}

void Keys::flag(const std::string& key, bool& target) {
  const Json& value = take(key);
  if (value.is_null()) return;
  if (!value.boolean()) return problem(key, "must be true or false");
  target = *value.boolean();
}

void Keys::whole64(const std::string& key, std::uint64_t& target, std::uint64_t max) {
  const Json& value = take(key);
  if (value.is_null()) return;
  if (!value.integer() || *value.integer() < 0 || static_cast<std::uint64_t>(*value.integer()) > max)
    return problem(key, "must be a whole number from 0 to " + std::to_string(max));
  target = static_cast<std::uint64_t>(*value.integer());
}

void Keys::whole(const std::string& key, unsigned& target, unsigned max) {
  std::uint64_t value = target;
  whole64(key, value, max);
  target = static_cast<unsigned>(value);
}

void Keys::real(const std::string& key, double& target, double min, double max) {
  const Json& value = take(key);
  if (value.is_null()) return;
  const auto number = value.number();
  if (!number || *number < min || *number > max) return problem(key, "is out of its range");
  target = *number;
}

void Keys::hexadecimal(const std::string& key, unsigned& target) {
  std::string digits;
  text(key, digits);
  if (digits.empty()) return;
  const auto value = parse_hex(digits);
  if (!value || digits.size() > 6)
    return problem(key, "must be hexadecimal digits in quotes, as in \"2684\"");
  target = static_cast<unsigned>(*value);
}

void Keys::texts(const std::string& key, std::vector<std::string>& target) {
  const Json& value = take(key);
  if (value.is_null()) return;
  if (!value.items() || value.items()->size() > 4096) return problem(key, "must be a list of texts");
  target.clear();
  for (const Json& item : *value.items()) {
    if (!item.string()) return problem(key, "must be a list of texts");
    target.push_back(*item.string());
  }
}

void Keys::wholes(const std::string& key, std::vector<unsigned>& target, unsigned max) {
  const Json& value = take(key);
  if (value.is_null()) return;
  if (!value.items() || value.items()->size() > 4096) return problem(key, "must be a list of whole numbers");
  target.clear();
  for (const Json& item : *value.items()) {
    if (!item.integer() || *item.integer() < 0 || *item.integer() > max)
      return problem(key, "must hold whole numbers from 0 to " + std::to_string(max));
    target.push_back(static_cast<unsigned>(*item.integer()));
  }
}

const Json& Keys::table(const std::string& key) {
  const Json& value = take(key);
  if (value.is_null()) return kEmptyTable;
  if (!value.members()) {
    problem(key, "must be a table: [" + key + "]");
    return kEmptyTable;
  }
  return value;
}

const std::vector<Json>& Keys::tables(const std::string& key) {
  const Json& value = take(key);
  if (value.is_null()) return kNoTables;
  if (!value.items()) {
    problem(key, "must be a list of tables: [[" + key + "]]");
    return kNoTables;
  }
  for (const Json& item : *value.items())
    if (!item.members()) {
      problem(key, "must be a list of tables: [[" + key + "]]");
      return kNoTables;
    }
  return *value.items();
}

Status Keys::finish() const {
  if (error_) return fail(*error_);
  if (!table_.members()) return {};
  for (const auto& [key, value] : *table_.members()) {
    if (known_.contains(key)) continue;
    const auto near = nearest_word(key, {known_.begin(), known_.end()});
    return fail(ErrorCode::kMalformed, where_ + ": unknown key \"" + printable(key, 60) + "\"",
                near ? "did you mean " + *near + "?" : "docs/formats/scenario.md lists the keys");
  }
  return {};
}

}  // namespace nvstack::virt
