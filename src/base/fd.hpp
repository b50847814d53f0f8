// Fd owns one file descriptor and closes it once.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "base/result.hpp"

namespace nvstack {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  bool valid() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void reset() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

/// The Error of a failed call, by errno: "cannot WHAT PATH: No such file or directory".
Error errno_error(int number, const std::string& what);

/// Writes a file so that a reader sees the old bytes or the new ones, never a part: a temporary beside it,
/// then rename.
Status write_file_atomically(const std::string& path, std::string_view bytes, unsigned mode = 0644);

}  // namespace nvstack
