// Catalog hands out the tables of data/ by name: embedded in the program, or a file of the same name from an
// override directory (--data DIR, else /usr/share/nvstack/data). Parsed once, on first use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/table.hpp"

namespace nvstack::catalog {

class Catalog {
 public:
  /// The embedded tables alone.
  Catalog() = default;
  /// Files "NAME.tsv"/"NAME.rec" in `override_texts` replace the embedded table of that name.
  explicit Catalog(std::map<std::string, std::string> override_texts)
      : overrides_(std::move(override_texts)) {}

  /// The table of that file name ("gpus.tsv"). kNotFound for an unknown name, kMalformed for a bad override.
  Result<const Table*> table(const std::string& file_name) const;
  /// The same where a failure has been excluded by check_all(); asserts.
  const Table& get(const std::string& file_name) const&;
  const Table& get(const std::string& file_name) && = delete;  // it would outlive its catalogue
  /// A supported-gpus.json of a driver package that replaces the GPU rows; nothing by default.
  const std::string* supported_gpus_json() const;
  /// A value made from the tables, made once for each catalogue and key: the GPU list, the doctor's rules. A
  /// fleet of machines is judged with one catalogue. `make` returns Result<T>.
  template <typename T, typename Make>
  Result<const T*> derived(const std::string& key, const Make& make) const {
    if (const auto at = derived_.find(key); at != derived_.end())
      return static_cast<const T*>(at->second.get());
    auto value = std::make_shared<const T>(TRY(make()));
    derived_[key] = value;
    return value.get();
  }
  /// Parses every override, so that a bad one is reported before anything is decided by it.
  Status check_overrides() const;

  /// The names of all embedded tables.
  static std::vector<std::string> names();

 private:
  std::map<std::string, std::string> overrides_;
  mutable std::map<std::string, std::unique_ptr<Table>> parsed_;
  mutable std::map<std::string, std::shared_ptr<const void>> derived_;
};

}  // namespace nvstack::catalog
