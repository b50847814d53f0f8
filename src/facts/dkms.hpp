// The DKMS tree and the kernel headers: which NVIDIA module versions are added, built or installed for which
// kernel.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

enum class DkmsState { kAdded, kBuilt, kInstalled, kBroken };

struct DkmsModule {
  std::string name;  // "nvidia", "nvidia-open", "nvidia-srv"
  std::string version;
  std::string kernel;  // "" for an entry that is only added
  std::string arch;
  DkmsState state = DkmsState::kAdded;
  std::string detail;  // of a broken one: what is missing
};

/// A build that failed: the last lines of its make.log.
struct DkmsFailure {
  std::string name, version, path;
  std::string kernel;  // by the log's first line; "" when it does not say
  std::string log;     // at most the last 64 KiB
};

struct Dkms {
  bool present = false;  // /var/lib/dkms exists
  std::vector<DkmsModule> modules;
  std::vector<DkmsFailure> failures;
  /// Installed kernels whose build directory (headers) is missing or a dangling link.
  std::vector<std::string> kernels_without_headers;
};

/// From the tree /var/lib/dkms itself, so that it works on a captured machine without the dkms program.
Result<Dkms> read_dkms(const host::Host& host, const std::vector<std::string>& kernels);
/// The kernel in the first line of a make.log ("DKMS make.log for nvidia-390.157 for kernel 6.5.2 (x86_64)").
std::string parse_make_log_kernel(std::string_view text);

}  // namespace nvstack::facts
