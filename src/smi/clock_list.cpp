#include "smi/clock_list.hpp"

#include <algorithm>

namespace nvstack::smi {

namespace {

constexpr unsigned kClocksMax = 1024;

}  // namespace

Answer<std::vector<SupportedClocks>> read_clock_list(Board& board) {
  Answer<std::vector<SupportedClocks>> answer;
  std::vector<unsigned> memory(64);
  unsigned count = static_cast<unsigned>(memory.size());
  answer.code =
      NVML_CALL(board.nvml(), nvmlDeviceGetSupportedMemoryClocks, board.device, &count, memory.data());
  if (!answer.ok()) return answer;
  memory.resize(std::min<std::size_t>(count, memory.size()));
  for (const unsigned clock : memory) {
    SupportedClocks clocks{clock, std::vector<unsigned>(kClocksMax)};
    unsigned graphics = kClocksMax;
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetSupportedGraphicsClocks, board.device, clock,
                                &graphics, clocks.graphics_mhz.data());
    clocks.graphics_mhz.resize(code == NVML_SUCCESS ? std::min(graphics, kClocksMax) : 0);
    answer.value.push_back(std::move(clocks));
  }
  return answer;
}

}  // namespace nvstack::smi
