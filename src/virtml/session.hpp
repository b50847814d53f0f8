// Session is this process's NVML: counted initialisation, the connection to the driver, the GPUs it holds
// open, and what a handle means. Every entry point goes through it; nothing here throws.
#pragma once

#include "abi/nvml.h"
#include "channel/client.hpp"

namespace nvstack::virtml {

enum class OpenGpus { kLater, kNow };
/// nvmlInit: counted. 0, or the code of Connection::open; kNow also opens every GPU, as the first version
/// did.
nvmlReturn_t initialize(OpenGpus open);
nvmlReturn_t shut_down();
/// The page while initialised, null otherwise (the caller answers UNINITIALIZED).
const channel::Page* page();

/// Bound to the driver and not excluded: what nvmlDeviceGetCount counts.
bool is_visible(const channel::Gpu& gpu);
unsigned visible_count(const channel::Page& state);
/// The position in the page of the GPU at an index among the visible ones; gpu_count when there is none.
std::size_t position_of(const channel::Page& state, unsigned index);
/// The GPU at a position of the page, opened when this process has not yet.
nvmlReturn_t open_position(const channel::Page& state, std::size_t position, nvmlDevice_t* device);
/// The handle of a GPU without opening it, as events carry it.
nvmlDevice_t device_at(std::size_t position);

/// What a device handle stands for: a whole GPU, or a MIG device on it. Slots index Gpu::instances and its
/// compute.
struct Target {
  const channel::Gpu* gpu = nullptr;
  unsigned position = 0;  // in the page
  unsigned gpu_slot = channel::kNoInstance, compute_slot = channel::kNoInstance;
  bool is_mig() const { return gpu_slot != channel::kNoInstance; }
};
/// kCached: what the library learned when it opened the GPU; a lost one still answers.
enum class Need { kDevice, kCached };
/// Checks initialisation, the handle, and the state of its GPU: UNINITIALIZED, INVALID_ARGUMENT, GPU_IS_LOST,
/// RESET_REQUIRED. Sleeps while the scenario hangs calls.
nvmlReturn_t resolve(nvmlDevice_t device, Target& target, Need need = Need::kDevice);
/// The handle of the MIG device made of one compute instance.
nvmlDevice_t mig_device_at(std::size_t position, unsigned gpu_slot, unsigned compute_slot);

/// A request to the driver for that GPU.
nvmlReturn_t ask(channel::Op op, const Target& target, std::uint64_t a = 0, std::uint64_t b = 0,
                 std::uint64_t c = 0, std::uint64_t* value = nullptr);
/// Any request, with a payload; the answer's payload is dropped.
nvmlReturn_t ask(const channel::Request& request, channel::Reply& reply, const void* payload = nullptr);

/// A connection that receives events, for a set to own; -1 with the code. Its conversation is
/// Op::wait_events.
int open_events(channel::Connection& own, nvmlReturn_t& code);

/// Where requests go instead of a driver's socket: a test gives a page of its own, a function that answers,
/// and one that gives sockets for event sets.
struct Stand {
  const channel::Page* page = nullptr;
  int (*answer)(const channel::Request& request, channel::Reply& reply, const void* payload) = nullptr;
  int (*events)() = nullptr;
};
/// Null: the driver again. `stand` must live as long as it is used.
void use(const Stand* stand);

}  // namespace nvstack::virtml
