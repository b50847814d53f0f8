// Series is the last few minutes of one number: a ring of bounded length, newest last, where a gap is a gap.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

namespace nvstack::live {

class Series {
 public:
  static constexpr std::size_t kLengthMax = 240;

  void push(std::optional<double> value) {
    values_[next_] = value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
    next_ = (next_ + 1) % kLengthMax;
    if (length_ < kLengthMax) ++length_;
  }
  std::size_t size() const { return length_; }
  /// 0 is the newest. Nothing: before the first, or a gap.
  std::optional<double> ago(std::size_t steps) const {
    if (steps >= length_) return std::nullopt;
    const float value = values_[(next_ + kLengthMax - 1 - steps) % kLengthMax];
    return std::isnan(value) ? std::nullopt : std::optional<double>(value);
  }
  double largest(std::size_t steps) const {
    double most = 0;
    for (std::size_t i = 0; i < steps && i < length_; ++i) most = std::max(most, ago(i).value_or(0));
    return most;
  }

 private:
  std::array<float, kLengthMax> values_{};
  std::size_t next_ = 0, length_ = 0;
};

}  // namespace nvstack::live
