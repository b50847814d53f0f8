// Session is this process's NVML: counted initialisation, the connection to the driver, the GPUs it holds open, and what
// a handle means. Every entry point goes through it; nothing here throws.
#pragma once

#include "abi/nvml.h"
#include "channel/client.hpp"

namespace nvstack::virtml {

/// nvmlInit: counted. 0, or the code of Connection::open.
nvmlReturn_t initialize(unsigned flags);
nvmlReturn_t shut_down();
/// The page while initialised, null otherwise (the caller answers UNINITIALIZED).
const channel::Page* page();
/// The GPU at a position among the bound and visible ones, opened when this process has not yet.
nvmlReturn_t open_handle(unsigned index, nvmlDevice_t* device);

/// What a device handle stands for: a whole GPU, or a MIG device on it.
struct Target {
  const channel::Gpu* gpu = nullptr;
  unsigned position = 0;  // in the page
  unsigned gpu_instance = channel::kNoInstance, compute_instance = channel::kNoInstance;
  bool is_mig() const { return gpu_instance != channel::kNoInstance; }
};
/// Checks initialisation, the handle, and the state of its GPU: UNINITIALIZED, INVALID_ARGUMENT, GPU_IS_LOST,
/// RESET_REQUIRED. Sleeps while the scenario hangs calls.
nvmlReturn_t resolve(nvmlDevice_t device, Target& target);
/// A request to the driver for that GPU.
nvmlReturn_t ask(channel::Op op, const Target& target, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                 std::uint64_t* value = nullptr);

}  // namespace nvstack::virtml
