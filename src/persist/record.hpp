// RecordReader puts the fragments of a record-marked stream (RFC 5531, 11) together. Bounded: a record that
// is longer than any call ends the stream, before its bytes are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nvstack::persist {

class RecordReader {
 public:
  static constexpr std::size_t kRecordBytesMax = 4096;
  static constexpr std::size_t kFragmentsMax = 64;

  /// Keeps the bytes; false when the stream can no longer be understood (too long, too many fragments).
  bool add(std::string_view bytes);
  /// The next whole record without its marks.
  std::optional<std::string> next();
  /// Part of a record is here and the rest is not.
  bool has_part() const { return !bytes_.empty() || !record_.empty() || fragments_ > 0; }
  bool broken() const { return broken_; }
  std::size_t bytes_kept() const { return bytes_.size() + record_.size(); }

 private:
  std::string bytes_;   // not yet looked at
  std::string record_;  // fragments of the current record
  std::size_t fragments_ = 0;
  bool broken_ = false;
};

}  // namespace nvstack::persist
