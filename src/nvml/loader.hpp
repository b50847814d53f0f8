// LoadedLibrary is a shared library opened at run time: symbols by name, an absent one is null. The one place that
// includes the loader's header.
#pragma once

#include <string>

#include "base/result.hpp"

namespace nvstack::nvml {

class LoadedLibrary {
 public:
  /// kNotFound when the loader cannot open it; the message is the loader's.
  static Result<LoadedLibrary> open(const std::string& name);
  LoadedLibrary(LoadedLibrary&& other) noexcept;
  LoadedLibrary& operator=(LoadedLibrary&&) = delete;
  ~LoadedLibrary();

  void* symbol(const char* name) const;
  /// The file the loader chose, or "".
  std::string path() const;

 private:
  explicit LoadedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace nvstack::nvml
