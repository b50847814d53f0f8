// What distinguishes one generation of the default table from another: titles, widths and rules, as text.
#pragma once

#include <cstddef>
#include <string>

#include "smi/compat.hpp"

namespace nvstack::smi {

struct TableStyle {
  int width = 0;  // of the whole table
  const char* version_line = "";
  const char* gpu_header = "";  // from the rule below the version line to the line of '='
  std::size_t name_width = 0;
  const char* first_row = "";     // index, name, persistence, bus id, display, ecc
  const char* second_row = "";    // fan, temperature, state, power, limit, memory, utilization, compute mode
  const char* memory = "";        // used, total
  const char* memory_alone = "";  // N/A
  const char* third_row = "";     // MIG mode
  const char* gpu_rule = "";
  const char* mig_header = "";
  const char* mig_row = "";     // gpu, instances, device, memory, SMs, errors, engines
  const char* mig_memory = "";  // used, total
  const char* mig_rule = "";
  const char* process_header = "";
  bool process_instances = true;
  int pid_width = 0;
  std::size_t process_name_width = 0;
  int process_memory_width = 0;
  int blank_width = 0;  // of the blank line between boxes

  std::string box_rule() const { return "+" + std::string(static_cast<std::size_t>(width - 2), '-') + "+"; }
};

const TableStyle& style_of(Layout layout);

}  // namespace nvstack::smi
