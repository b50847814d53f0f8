// What the kernel's PCI tree says of a GPU that the driver says nothing about. Nothing here enters the
// driver.
#pragma once

#include <optional>
#include <string>

#include "abi/nvml.h"

namespace nvstack::smi {

/// "0000:9d:00.0" of the GPU with this index: NVML counts them in the order of their addresses. "" is not
/// known.
std::string gpu_address(unsigned index);
/// What NVML would say of its place.
std::optional<nvmlPciInfo_t> read_pci_place(unsigned index);
/// The driver has not started this GPU: it holds no interrupt. False where that cannot be seen.
bool is_asleep(unsigned index);
/// "GPU 3: 0000:9D:00.0: the driver gave no answer within 0.8 s"
std::string silent_message(unsigned index, double seconds);

}  // namespace nvstack::smi
