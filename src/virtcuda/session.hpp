// Session is this process's CUDA driver: initialised once, the devices it sees, and the connection to the
// driver process. Every entry point takes its lock first; nothing here throws.
#pragma once

#include <pthread.h>

#include <atomic>
#include <vector>

#include "abi/cuda_driver.h"
#include "channel/client.hpp"
#include "virtcuda/visible.hpp"

/// Returns from the calling function with the code that the expression gives, unless it is success.
#define CUDA_TRY(expression) \
  if (const CUresult try_code = (expression); try_code != CUDA_SUCCESS) return try_code

namespace nvstack::virtcuda {

/// How the library reaches the driver process. Tests put their own in its place.
struct Link {
  /// 0 with the page, or an nvmlReturn_t.
  int (*open)(const channel::Page** page) = nullptr;
  int (*ask)(channel::Op op, unsigned gpu, std::uint64_t a, std::uint64_t b, std::uint64_t c) = nullptr;
  void (*close)() = nullptr;
};
/// Forgets everything: contexts, memory, the link. For tests; the process then looks as before its first
/// call.
void use_link(const Link& link);

struct Session {
  const channel::Page* page = nullptr;
  bool initialised = false, forked = false;
  std::vector<VisibleDevice> devices;
  Link link;
};
/// Under a Lock only.
Session& session();

class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

CUresult initialize();
/// NOT_INITIALIZED before cuInit and in a forked child.
CUresult ready();
/// Readiness and a device's existence: INVALID_DEVICE.
CUresult find_device(CUdevice device, const channel::Gpu*& gpu);
/// The page for cuDriverGetVersion, also before cuInit. Null when no driver answers.
const channel::Page* page_if_any();
/// What a code of the driver process is to CUDA: 15 (lost) is UNKNOWN, 4 is NO_DEVICE ...
CUresult code_of(int nvml_code);
/// A request for a device's GPU.
CUresult ask(channel::Op op, CUdevice device, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);
/// The reading's value, or `otherwise` when the board has none.
std::int64_t reading_or(const channel::Gpu& gpu, channel::ReadingId id, std::int64_t otherwise);
/// 10 * major + minor, as 89.
unsigned capability_of(const channel::Gpu& gpu);
/// The compute instance's profile of a MIG device, null for a whole GPU.
const channel::Profile* profile_of(CUdevice device);

}  // namespace nvstack::virtcuda
