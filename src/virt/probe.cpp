// Model: what the nvidia module does with each GPU when it is loaded, and what it says of those it cannot
// serve. The log lines are the module's own words (source: NVIDIA's open kernel modules, kernel-open/nvidia
// and arch/nvalloc/unix).
#include <algorithm>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "catalog/gpus.hpp"
#include "virt/model.hpp"

namespace nvstack::virt {

namespace {

using channel::ReadingId;

/// "0000:01:00.0 (PCI ID: 10de:1b80)".
std::string name_with_id(const ScenarioGpu& gpu) {
  char id[32];
  std::snprintf(id, sizeof id, " (PCI ID: %04x:%04x)", gpu.board.vendor_id, gpu.board.device_id);
  return gpu.bdf + id;
}

/// The last branch that knows a board from before Turing: what the legacy lists name, else the last of all
/// before it.
int last_branch_before_turing(const Board& board) {
  constexpr int kLast = 580;  // of Maxwell, Pascal and Volta (source: NVIDIA's announcement of branch 590)
  static const catalog::Catalog catalog;
  const auto gpus = catalog::Gpus::shared(catalog);
  catalog::GpuId id;
  id.device = static_cast<std::uint16_t>(board.device_id);
  return gpus ? (*gpus)->find(id).legacy_branch.value_or(kLast) : kLast;
}

}  // namespace

/// The branch that still serves a GPU which the loaded driver passes by; nothing where it serves it itself.
std::optional<int> Model::legacy_branch(std::size_t index) const {
  if (value_or(page().gpus[index], ReadingId::architecture, NVML_DEVICE_ARCH_TURING) >=
      NVML_DEVICE_ARCH_TURING)
    return std::nullopt;
  const int last = last_branch_before_turing(scenario_.gpus[index].board);
  const auto branch = parse_uint(scenario_.driver.version.substr(0, scenario_.driver.version.find('.')));
  return branch && static_cast<int>(*branch) > last ? std::optional(last) : std::nullopt;
}

void Model::say_legacy(std::size_t index, int last) {
  print(3, "NVRM: The NVIDIA GPU " + name_with_id(scenario_.gpus[index]));
  print(3, "NVRM: installed in this system is supported through the NVIDIA " + std::to_string(last) +
               ".xx Legacy drivers. Please");
  print(3, "NVRM: visit http://www.nvidia.com/object/unix.html for more");
  print(3, "NVRM: information.  The " + scenario_.driver.version + " NVIDIA driver will ignore");
  print(3, "NVRM: this GPU.  Continuing probe...");
  print(3, "NVRM: ignoring the legacy GPU " + scenario_.gpus[index].bdf);
}

bool Model::lacks_gsp(std::size_t index) const {
  const auto architecture = value_or(page().gpus[index], ReadingId::architecture, NVML_DEVICE_ARCH_TURING);
  return scenario_.driver.flavor == "open" && architecture < NVML_DEVICE_ARCH_TURING;
}

bool Model::needs_open_modules(std::size_t index) const {
  const auto architecture = value_or(page().gpus[index], ReadingId::architecture, NVML_DEVICE_ARCH_TURING);
  return scenario_.driver.flavor == "proprietary" && architecture >= NVML_DEVICE_ARCH_BLACKWELL;
}

void Model::say_needs_open(std::size_t index) {
  print(3, "NVRM: The NVIDIA GPU " + name_with_id(scenario_.gpus[index]));
  print(3, "NVRM: installed in this system requires use of the NVIDIA open kernel modules.");
}

Status Model::probe_gpus() {
  // The kernel probes in the order of the bus: minors follow it.
  std::vector<std::size_t> order;
  std::size_t owned = 0, failed = 0;
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (!(page().gpus[i].flags & channel::kPresent)) continue;
    if (bound[i].empty() && scenario_.gpus[i].driver == "nvidia")
      order.push_back(i);
    else if (!bound[i].empty())
      ++owned, print(3, "NVRM: GPU " + scenario_.gpus[i].bdf + " is already bound to " + bound[i] + ".");
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scenario_.gpus[a].bdf < scenario_.gpus[b].bdf; });
  for (const std::size_t i : order) {
    const auto legacy = legacy_branch(i);
    if (!lacks_gsp(i) && !legacy) {
      bind(i, "nvidia");
      continue;
    }
    ++failed;
    if (legacy && !lacks_gsp(i)) {
      say_legacy(i, *legacy);
      continue;
    }
    print(3, "NVRM: The NVIDIA GPU " + name_with_id(scenario_.gpus[i]));
    for (const char* line : {"installed in this system is not supported by open",
                             "nvidia.ko because it does not include the required GPU",
                             "System Processor (GSP).", "Please see the 'Open Linux Kernel Modules' and 'GSP",
                             "Firmware' sections in the driver README, available on",
                             "the Linux graphics driver download page at", "www.nvidia.com."})
      print(3, std::string("NVRM: ") + line);
  }
  if (owned > 0) {
    print(4, "NVRM: The NVIDIA probe routine was not called for " + std::to_string(owned) + " device(s).");
    for (const char* line :
         {"This can occur when another driver was loaded and", "obtained ownership of the NVIDIA device(s)."})
      print(4, std::string("NVRM: ") + line);
  }
  if (failed > 0)
    print(3, "NVRM: The NVIDIA probe routine failed for " + std::to_string(failed) + " device(s).");
  if (order.size() > failed || (order.empty() && owned == 0 && !bound.empty())) return {};
  print(3,
        bound.empty() ? "NVRM: No NVIDIA GPU found." : "NVRM: None of the NVIDIA devices were initialized.");
  return fail(ErrorCode::kDenied, "could not insert 'nvidia': No such device", "nvstack virt log says why");
}

}  // namespace nvstack::virt
