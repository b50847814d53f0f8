// Nvml is the driver's library as a client calls it: each entry point is looked up when it is first called,
// so that only what is asked for has to exist and an absent one answers "function not found".
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "abi/nvml.h"
#include "base/result.hpp"

namespace nvstack::nvml {

/// One thread at a time: what was looked up is remembered. A copy is the same library for another thread.
class Nvml {
 public:
  /// The address of an entry point, or null; a test gives its own.
  using Symbols = std::function<void*(const char* name)>;
  explicit Nvml(Symbols symbols) : symbols_(std::move(symbols)) {}
  /// Loads the library. Errors: kNotFound with the loader's words.
  static Result<Nvml> open(const std::string& name = "libnvidia-ml.so.1");

  /// One that asks nobody and answers this code to everything.
  static Nvml silent(nvmlReturn_t code) {
    Nvml nvml{Symbols{}};
    nvml.silence_ = code;
    return nvml;
  }

  /// Calls `name`, which has the type Function; 13 when the library lacks it.
  template <typename Function, typename... Args>
  nvmlReturn_t call(const char* name, Args... args) {
    if (silence_ != NVML_SUCCESS) return silence_;
    void* address = find(name);
    return address ? reinterpret_cast<Function*>(address)(args...) : NVML_ERROR_FUNCTION_NOT_FOUND;
  }
  bool has(const char* name) { return silence_ == NVML_SUCCESS && find(name) != nullptr; }

 private:
  void* find(const char* name);

  Symbols symbols_;
  nvmlReturn_t silence_ = NVML_SUCCESS;
  std::unordered_map<std::string, void*> found_;
};

}  // namespace nvstack::nvml

/// NVML_CALL(nvml, nvmlDeviceGetCount_v2, &count): the typed call of an entry point by its name.
#define NVML_CALL(nvml, function, ...) (nvml).call<decltype(function)>(#function __VA_OPT__(, ) __VA_ARGS__)
