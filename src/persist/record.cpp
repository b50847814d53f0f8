#include "persist/record.hpp"

namespace nvstack::persist {

namespace {

constexpr std::size_t kMarkBytes = 4;
constexpr std::uint32_t kLastFragment = 0x80000000u;
// Whole records that wait while a slow call is answered; a client that sends more must read first.
constexpr std::size_t kWaitingBytesMax = 16 * RecordReader::kRecordBytesMax;

std::uint32_t mark_of(std::string_view bytes) {
  std::uint32_t mark = 0;
  for (std::size_t i = 0; i < kMarkBytes; ++i) mark = mark << 8 | static_cast<unsigned char>(bytes[i]);
  return mark;
}

}  // namespace

bool RecordReader::add(std::string_view bytes) {
  if (broken_ || bytes_.size() + bytes.size() > kWaitingBytesMax) broken_ = true;
  if (broken_) return false;
  bytes_.append(bytes);
  // The first mark is judged at once: a length that no call has must not be waited for.
  if (bytes_.size() >= kMarkBytes && (mark_of(bytes_) & ~kLastFragment) > kRecordBytesMax) broken_ = true;
  return !broken_;
}

std::optional<std::string> RecordReader::next() {
  while (!broken_ && bytes_.size() >= kMarkBytes) {
    const std::uint32_t mark = mark_of(bytes_);
    const std::size_t length = mark & ~kLastFragment;
    if (length + record_.size() > kRecordBytesMax || ++fragments_ > kFragmentsMax) {
      broken_ = true;
      break;
    }
    if (bytes_.size() < kMarkBytes + length) {
      --fragments_;
      break;
    }
    record_.append(bytes_, kMarkBytes, length);
    bytes_.erase(0, kMarkBytes + length);
    if ((mark & kLastFragment) == 0) continue;
    fragments_ = 0;
    std::string whole;
    whole.swap(record_);
    return whole;
  }
  if (bytes_.empty()) std::string().swap(bytes_);  // an idle connection keeps no buffer
  return {};
}

}  // namespace nvstack::persist
