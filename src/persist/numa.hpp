// Memory of a GPU that is a NUMA node of the machine (POWER9, Grace): brought online before it is used, taken
// offline before the GPU is let go, every step undone when a later one fails. Written against NumaCalls, so
// that the whole sequence runs in tests without such a machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "abi/nvidia_ioctl.h"
#include "base/fd.hpp"
#include "persist/log.hpp"

namespace nvstack::persist {

/// The driver's two calls and the kernel's memory files. Numbers are errno values, 0 is success.
class NumaCalls {
 public:
  virtual ~NumaCalls() = default;
  virtual int query(nv_ioctl_numa_info_t& memory) = 0;
  virtual int set_status(int status) = 0;
  virtual int read(const std::string& path, std::string& text) = 0;
  virtual int write(const std::string& path, const std::string& text) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& path) = 0;
};

enum class NumaResult { kDone, kNoNuma, kFailed };

/// kNoNuma: the GPU's memory is no NUMA node, or the kernel does all of it by itself. A failure is logged,
/// told to the driver (ONLINE_FAILED, OFFLINE_FAILED), and what was onlined is taken offline again.
NumaResult online_memory(NumaCalls& calls, std::vector<LogLine>& lines);
NumaResult offline_memory(NumaCalls& calls, std::vector<LogLine>& lines);

/// The calls of this machine on an open device node; paths lie below `root`.
std::unique_ptr<NumaCalls> make_numa_calls(int node, const std::string& root);

}  // namespace nvstack::persist
