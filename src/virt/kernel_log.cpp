#include "virt/kernel_log.hpp"

#include <cinttypes>
#include <cstdio>

namespace nvstack::virt {

std::string render_dmesg(const KernelLine& line) {
  char head[48];
  std::snprintf(head, sizeof head, "[%5" PRId64 ".%06" PRId64 "] ", line.time_us / 1'000'000,
                line.time_us % 1'000'000);
  return head + line.text;
}

std::string render_kmsg(const KernelLine& line) {
  return std::to_string(line.priority) + "," + std::to_string(line.sequence) + "," +
         std::to_string(line.time_us) + ",-;" + line.text + "\n";
}

}  // namespace nvstack::virt
