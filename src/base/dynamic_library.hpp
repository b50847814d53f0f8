// DynamicLibrary is one shared library opened at run time: a symbol that it lacks is no link error but a
// null.
#pragma once

#include <string>

#include "base/result.hpp"

namespace nvstack {

class DynamicLibrary {
 public:
  /// By name, as the loader finds it, or by path. kNotFound with the loader's own words.
  static Result<DynamicLibrary> open(const std::string& name);
  DynamicLibrary(DynamicLibrary&& other) noexcept;
  DynamicLibrary& operator=(DynamicLibrary&&) = delete;
  ~DynamicLibrary();

  void* find(const char* symbol) const;
  /// Where the loader found it; "" when it does not say.
  std::string path() const;

 private:
  explicit DynamicLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace nvstack
