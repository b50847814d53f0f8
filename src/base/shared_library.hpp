// SharedLibrary is a library opened at run time: the program works without it, and a name that it lacks is an
// answer, not an end. The loader's header is included by shared_library.cpp alone.
#pragma once

#include <string>

#include "base/result.hpp"

namespace nvstack {

class SharedLibrary {
 public:
  /// By name ("libnvidia-ml.so.1", as the loader finds it) or by path; every symbol that it needs is bound at
  /// once. Errors: kNotFound with the loader's own words.
  static Result<SharedLibrary> open(const std::string& name);
  SharedLibrary(SharedLibrary&& other) noexcept;
  SharedLibrary& operator=(SharedLibrary&& other) noexcept;
  ~SharedLibrary();

  /// The address of a name, null when the library has none such.
  void* symbol(const char* name) const;
  /// The same for a name that must be there. Errors: kNotFound with the loader's own words.
  Result<void*> require(const char* name) const;
  /// The same as a function: `using Init = int (*)(); auto init = library.function<Init>("nvmlInit_v2");`.
  template <typename Function>
  Function function(const char* name) const {
    return reinterpret_cast<Function>(symbol(name));
  }
  /// The file that was loaded, "" when the loader does not say.
  std::string path() const;

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  void* handle_ = nullptr;
};

}  // namespace nvstack
