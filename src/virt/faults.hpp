// Faults are what breaks on command, one row each: every fault leaves the traces that it leaves on a real
// machine — the kernel log's line, the code that NVML answers, sysfs and /dev, the event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "virt/model.hpp"

namespace nvstack::virt {

struct Fault {
  std::string_view name;
  std::string_view usage;    // the words after the name: "NUMBER [TEXT]"
  std::string_view meaning;  // for `nvstack virt fault`
  bool of_gpu;               // applies to one GPU
  Status (*apply)(Model& model, std::size_t gpu, const std::vector<std::string>& words);
};
const std::vector<Fault>& faults();

/// What the driver writes after the number of an Xid where nobody gave words; "" for a number without any.
std::string xid_text(unsigned number);

/// Stages a fault by name. Errors: kUsage naming the word that is wrong.
Status apply_fault(Model& model, const std::string& name, std::size_t gpu,
                   const std::vector<std::string>& words);

}  // namespace nvstack::virt
