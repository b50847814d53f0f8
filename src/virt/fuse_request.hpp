// A request of the kernel's FUSE protocol, for fuse_nodes.cpp and fuse_transfers.cpp.
#pragma once

#include <linux/fuse.h>

#include <cstring>
#include <string>
#include <string_view>

#include "virt/fuse_nodes.hpp"

namespace nvstack::virt {

inline constexpr const char* kKernelLog = "/dev/kmsg";

inline bool is_device(const std::string& path) {
  return path.starts_with("/dev/") && path != kKernelLog;
}

/// Points into the bytes that were read.
struct FuseNodes::Request {
  fuse_in_header head{};
  std::string_view body;

  /// The operation's fixed part; false when it is cut short.
  template <typename T>
  bool take(T& value) const {
    if (body.size() < sizeof value) return false;
    std::memcpy(&value, body.data(), sizeof value);
    return true;
  }
};

}  // namespace nvstack::virt
