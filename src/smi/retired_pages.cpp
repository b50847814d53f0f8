#include "smi/retired_pages.hpp"

#include <algorithm>

#include "smi/clock.hpp"

namespace nvstack::smi {

Answer<std::vector<RetiredPage>> read_retired_pages(Board& board, int cause) {
  constexpr unsigned kPagesMax = 1024;
  std::vector<unsigned long long> addresses(kPagesMax), times(kPagesMax);
  unsigned count = kPagesMax;
  Answer<std::vector<RetiredPage>> answer;
  const auto kind = static_cast<nvmlPageRetirementCause_t>(cause);
  answer.code = NVML_CALL(board.nvml(), nvmlDeviceGetRetiredPages_v2, board.device, kind, &count,
                          addresses.data(), times.data());
  const bool timed = answer.code != NVML_ERROR_FUNCTION_NOT_FOUND;
  if (!timed)
    answer.code =
        NVML_CALL(board.nvml(), nvmlDeviceGetRetiredPages, board.device, kind, &count, addresses.data());
  for (unsigned i = 0; answer.ok() && i < std::min(count, kPagesMax); ++i)
    answer.value.push_back({hex_value(addresses[i], 16),
                            timed && times[i] != 0
                                ? text_value(plain_time(static_cast<std::time_t>(times[i] / 1'000'000)))
                                : not_supported()});
  return answer;
}

}  // namespace nvstack::smi
