#include "virtml/words.hpp"

#include <unistd.h>

#include <cstring>

#include "channel/wall_clock.hpp"

namespace nvstack::virtml {

nvmlReturn_t whole(nvmlDevice_t device, Target& target, Need need) {
  const nvmlReturn_t code = resolve(device, target, need);
  return code == NVML_SUCCESS && target.is_mig() ? NVML_ERROR_NOT_SUPPORTED : code;
}

nvmlReturn_t check_parts(const Target& target) {
  if (target.is_mig() || !value_or_zero(*target.gpu, ReadingId::mig_mode)) return NVML_SUCCESS;
  return ::getuid() == 0 ? NVML_SUCCESS : NVML_ERROR_NO_PERMISSION;
}

Reading take(const Gpu& gpu, ReadingId id) {
  Reading taken{};
  channel::read_consistent(gpu, [&] { taken = channel::reading(gpu, id); });
  return taken;
}

std::int64_t value_or_zero(const Gpu& gpu, ReadingId id) {
  const Reading taken = take(gpu, id);
  return taken.code == 0 ? taken.value : 0;
}

double accrued_now(const Gpu& gpu, channel::AccrualId id) {
  const channel::Page* state = page();
  if (!state) return 0;
  channel::Accrual taken{};
  channel::read_consistent(gpu, [&] { taken = gpu.accruals[static_cast<std::size_t>(id)]; });
  const double value = channel::accrued(taken, channel::driver_now_ns(*state));
  return value > 0 ? value : 0;
}

bool counts_energy(const Gpu& gpu) {
  return take(gpu, ReadingId::power_instant_mw).code == 0 &&
         value_or_zero(gpu, ReadingId::architecture) >= NVML_DEVICE_ARCH_VOLTA;
}

unsigned long long now_us(const channel::Page& state) {
  return static_cast<unsigned long long>(channel::driver_wall_us(state));
}

bool is_retired() {
  constexpr std::uint32_t kFirstBranch = 590;
  const channel::Page* state = page();
  return state && state->library_branch >= kFirstBranch;
}

nvmlReturn_t retire(nvmlReturn_t code) {
  const bool is_answer =
      code == NVML_SUCCESS || code == NVML_ERROR_NOT_SUPPORTED || code == NVML_ERROR_DEPRECATED;
  if (!is_answer) return code;
  if (is_retired()) return NVML_ERROR_DEPRECATED;
  return code == NVML_ERROR_DEPRECATED ? NVML_ERROR_NOT_SUPPORTED : code;
}

nvmlReturn_t copy_text(const char* text, char* out, unsigned length) {
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t bytes = ::strnlen(text, channel::kTextBytes - 1);
  if (bytes + 1 > length) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(out, text, bytes);
  out[bytes] = 0;
  return NVML_SUCCESS;
}

nvmlReturn_t read_text(nvmlDevice_t device, char* out, unsigned length, TextId id) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  char taken[channel::kTextBytes];
  channel::read_consistent(*target.gpu,
                           [&] { std::memcpy(taken, channel::text(*target.gpu, id), sizeof taken); });
  taken[sizeof taken - 1] = 0;
  return taken[0] ? copy_text(taken, out, length) : NVML_ERROR_NOT_SUPPORTED;
}

nvmlReturn_t order(nvmlDevice_t device, Op op, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                   std::uint64_t* value) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return ask(op, target, a, b, c, value);
}

}  // namespace nvstack::virtml
