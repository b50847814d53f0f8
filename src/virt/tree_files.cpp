// Files of the driver's packages, and the kernel log as dmesg and /dev/kmsg give it.
#include <fmt/format.h>

#include "base/text.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

/// Honest placeholders: programs test that the files are there, nobody can load them.
constexpr const char* kFirmware = "placeholder of the virtual GPU host, no firmware\n";

/// "[    4.100000] text" is 4.1 s and "text".
struct LogLine {
  std::uint64_t microseconds = 0;
  std::string_view text;
};

LogLine parse_log_line(std::string_view line) {
  const auto parts = cut(line, "] ");
  if (!parts || !line.starts_with("[")) return {0, line};
  const auto time = cut(trim(parts->first.substr(1)), ".");
  const auto seconds = parse_uint(time ? time->first : ""), fraction = parse_uint(time ? time->second : "");
  if (!seconds || !fraction) return {0, line};
  return {*seconds * 1'000'000 + *fraction, parts->second};
}

}  // namespace

std::string render_log_records(std::string_view log) {
  constexpr int kErrorPriority = 3;  // of facility kernel; the driver's printk level
  std::string records;
  unsigned sequence = 0;
  for (const std::string_view line : split_lines(log)) {
    const LogLine parsed = parse_log_line(line);
    records += fmt::format("{},{},{},-;{}\n", kErrorPriority, sequence++, parsed.microseconds, parsed.text);
  }
  return records;
}

Tree render_files(const Machine& machine) {
  Tree tree;
  if (machine.firmware && !machine.driver_version.empty() && !is_wsl(machine))
    for (const char* chip : {"gsp_ga10x.bin", "gsp_tu10x.bin"})
      put_file(tree, "/usr/lib/firmware/nvidia/" + machine.driver_version + "/" + chip, kFirmware, 0644);
  put_file(tree, "/var/log/dmesg", machine.kernel_log, 0640);
  put_file(tree, "/dev/kmsg", render_log_records(machine.kernel_log), 0644);
  return tree;
}

}  // namespace nvstack::virt
