// Library is libnvidia-ml.so.1 opened at run time: a symbol that this driver does not have answers "function
// not found" instead of failing the program. Lives in the child process of LiveSource.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/shared_library.hpp"
#include "nvml/snapshot.hpp"

namespace nvstack::nvml {

class Library {
 public:
  /// kNotFound when the loader finds no libnvidia-ml.so.1; the message is the loader's.
  static Result<Library> open(const std::string& name = "libnvidia-ml.so.1");

  /// Init, the system's versions, every GPU, shutdown.
  Answer ask() const;

 private:
  class Board;
  explicit Library(SharedLibrary library) : library_(std::move(library)) {}
  template <typename... Args>
  int call(const char* symbol, Args... args) const;
  GpuSnapshot ask_gpu(unsigned index) const;

  SharedLibrary library_;
};

}  // namespace nvstack::nvml
