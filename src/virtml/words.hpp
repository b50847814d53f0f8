// The words of the entry points: check a handle, read a number or a text, fill a list, order a change. With
// them a simple entry point is one line, and each rule of the library (NULL, sizes, version words) stands in
// one place.
#pragma once

#include "virtml/session.hpp"

namespace nvstack::virtml {

using channel::Gpu;
using channel::Op;
using channel::Reading;
using channel::ReadingId;
using channel::TextId;

/// A whole GPU: a MIG device answers NOT_SUPPORTED.
nvmlReturn_t whole(nvmlDevice_t device, Target& target, Need need = Need::kDevice);
/// What a GPU cut by MIG tells of all of its parts together, and the parts themselves, are root's to see; a
/// MIG device's own are everybody's. NO_PERMISSION for others.
nvmlReturn_t check_parts(const Target& target);
/// A value and its code as the driver published them together.
Reading take(const Gpu& gpu, ReadingId id);
/// The value, or 0 when this board has none.
std::int64_t value_or_zero(const Gpu& gpu, ReadingId id);
/// A growing counter at this moment.
double accrued_now(const Gpu& gpu, channel::AccrualId id);
/// Boards since Volta that measure their power count energy.
bool counts_energy(const Gpu& gpu);
/// Driver time in microseconds of the wall clock.
unsigned long long now_us(const channel::Page& state);

/// Errors: INVALID_ARGUMENT for NULL, INSUFFICIENT_SIZE when the text and its NUL need more than `length`
/// bytes.
nvmlReturn_t copy_text(const char* text, char* out, unsigned length);
/// A text of a GPU; one that the board lacks is NOT_SUPPORTED.
nvmlReturn_t read_text(nvmlDevice_t device, char* out, unsigned length, TextId id);

/// A structure carries its size and version in its first word.
inline nvmlReturn_t check_version(unsigned word, unsigned expected) {
  return word == expected ? NVML_SUCCESS : NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
}
/// The checks of a getter that fills a structure with a version word.
template <typename T>
nvmlReturn_t versioned(nvmlDevice_t device, const T* out, unsigned word, Target& target,
                       Need need = Need::kDevice) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(out->version, word)) return code;
  return whole(device, target, need);
}

template <typename T>
nvmlReturn_t put(const Gpu& gpu, ReadingId id, T* out) {
  const Reading reading = take(gpu, id);
  if (reading.code == 0) *out = static_cast<T>(reading.value);
  return static_cast<nvmlReturn_t>(reading.code);
}
template <typename T>
nvmlReturn_t read_number(nvmlDevice_t device, T* out, ReadingId id, Need need = Need::kDevice) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, need)) return code;
  return out ? put(*target.gpu, id, out) : NVML_ERROR_INVALID_ARGUMENT;
}
template <typename T, typename U>
nvmlReturn_t read_pair(nvmlDevice_t device, T* first, ReadingId first_id, U* second, ReadingId second_id) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!first || !second) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = put(*target.gpu, first_id, first);
  return code ? code : put(*target.gpu, second_id, second);
}

/// Drivers since 590 have retired application clocks and the display mode (seen on 590.48.01; 580 still
/// offers them).
bool is_retired();
/// The code of a retired getter: DEPRECATED there on every board, and before that what the board says.
nvmlReturn_t retire(nvmlReturn_t code);

/// A list that the caller's array may be too small for: *count is its room before and the number of items
/// after. Filled within read_consistent, which may start over.
template <typename T>
class Listing {
 public:
  Listing(unsigned* count, T* items) : count_(count), items_(items), room_(items && count ? *count : 0) {}
  void restart() { found_ = 0; }
  void add(const T& item) {
    if (found_ < room_) items_[found_] = item;
    ++found_;
  }
  /// INSUFFICIENT_SIZE with the number needed; SUCCESS with 0 when there is none.
  nvmlReturn_t finish() {
    if (!count_) return NVML_ERROR_INVALID_ARGUMENT;
    const unsigned given = *count_;
    *count_ = found_;
    if (found_ > given) return NVML_ERROR_INSUFFICIENT_SIZE;
    return found_ && !items_ ? NVML_ERROR_INVALID_ARGUMENT : NVML_SUCCESS;
  }

 private:
  unsigned* count_;
  T* items_;
  unsigned room_, found_ = 0;
};

/// What no board that can be staged has: the checks, then NOT_SUPPORTED.
template <typename... Pointers>
nvmlReturn_t unsupported(nvmlDevice_t device, const Pointers*... out) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  return (... && (out != nullptr)) ? NVML_ERROR_NOT_SUPPORTED : NVML_ERROR_INVALID_ARGUMENT;
}
/// The same for entry points without a device.
template <typename... Pointers>
nvmlReturn_t unsupported_here(const Pointers*... out) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return (... && (out != nullptr)) ? NVML_ERROR_NOT_SUPPORTED : NVML_ERROR_INVALID_ARGUMENT;
}
/// The same for structures with a version word.
template <typename T>
nvmlReturn_t unsupported_version(const T* out, unsigned word) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = check_version(out->version, word);
  return code ? code : NVML_ERROR_NOT_SUPPORTED;
}
template <typename T>
nvmlReturn_t unsupported_version(nvmlDevice_t device, const T* out, unsigned word) {
  Target target;
  const nvmlReturn_t code = versioned(device, out, word, target);
  return code ? code : NVML_ERROR_NOT_SUPPORTED;
}
/// A change that the driver decides on.
nvmlReturn_t order(nvmlDevice_t device, Op op, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                   std::uint64_t* value = nullptr);

}  // namespace nvstack::virtml
