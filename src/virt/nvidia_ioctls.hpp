// The driver's plain ioctls (abi/nvidia_ioctl.h) as the staged machine answers them: a pure function from the
// machine and the argument's bytes to the answer's bytes and what the driver process has to do about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "virt/machine.hpp"
#include "virt/node_events.hpp"

namespace nvstack::virt {

enum class IoctlEffect {
  kNone,
  kAttachGpus,  // the open file description holds these GPUs from now on, as if it had opened their nodes
  kSetNumaStatus,
  kWaitForOpen,      // answer when the GPU's initialisation has ended
  kVersionMismatch,  // the kernel log tells of it
};

struct IoctlAnswer {
  int code = 0;  // a positive errno
  IoctlEffect effect = IoctlEffect::kNone;
  std::vector<std::size_t> gpus;  // positions in machine.gpus
  std::string numa_status;        // as MachineNuma
  std::string client_version;
};

/// `argument` is what the caller passed and becomes what it gets back. Unknown requests and wrong sizes:
/// EINVAL.
IoctlAnswer answer_ioctl(const Machine& machine, const NodeOpen& open, unsigned request,
                         std::string& argument);

/// The number that the driver gives a GPU by its place: domain, bus and device. Nothing for a malformed
/// address.
std::optional<std::uint32_t> gpu_id_of(const std::string& bdf);

}  // namespace nvstack::virt
