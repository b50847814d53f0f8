// Keys reads one table of a TOML file strictly: every key is asked for by name and type, what was not asked
// for is an error that names the file, the table and the nearest known key.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace nvstack::virt {

class Keys {
 public:
  /// `where` is what messages name: "my.toml [gpu 2]".
  Keys(const Json& table, std::string where) : table_(table), where_(std::move(where)) {}

  /// Each leaves its target as it is when the key is absent; a wrong type or a value out of range is
  /// remembered.
  void text(const std::string& key, std::string& target);
  void flag(const std::string& key, bool& target);
  void whole(const std::string& key, unsigned& target, unsigned max);
  void whole64(const std::string& key, std::uint64_t& target, std::uint64_t max);
  void real(const std::string& key, double& target, double min, double max);
  /// Four hexadecimal digits as text: "2684".
  void hexadecimal(const std::string& key, unsigned& target);
  void texts(const std::string& key, std::vector<std::string>& target);
  void wholes(const std::string& key, std::vector<unsigned>& target, unsigned max);
  /// The sub-table, an empty object when absent.
  const Json& table(const std::string& key);
  /// The tables of [[key]]; none when absent.
  const std::vector<Json>& tables(const std::string& key);
  bool has(const std::string& key) const { return !table_[key].is_null(); }
  void problem(const std::string& key, const std::string& what);
  const std::string& where() const { return where_; }

  /// The first problem, or an unknown key.
  Status finish() const;

 private:
  const Json& take(const std::string& key);

  const Json& table_;
  std::string where_;
  std::set<std::string> known_;
  std::optional<Error> error_;
};

}  // namespace nvstack::virt
