// Rights gives away what the daemon does not need: the user and all his groups, capabilities, new privileges,
// system calls and places to write. What the kernel does not offer is left out and named.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace nvstack::persist {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string user;  // "" when no user was named: groups are dropped, none are joined
  bool change = false;
};

/// Who the options name. Errors: kNotFound in the original's words.
Result<Identity> find_identity(const std::string& user, const std::string& group);

/// Becomes that user: his groups and no others (initgroups), gid, uid. With `keep_admin` CAP_SYS_ADMIN stays
/// permitted.
Status become(const Identity& identity, bool keep_admin);

struct Fence {
  bool keep_admin = false;                 // CAP_SYS_ADMIN, for the NUMA calls of the driver
  bool may_execute = false;                // libnvidia-cfg starts nvidia-modprobe
  std::vector<std::string> write_folders;  // everything may be made and removed below
  std::vector<std::string> write_devices;  // files may be written, none made
  std::string remove_below;                // an empty folder may be removed there; "" none
};

/// Capabilities, NoNewPrivileges, seccomp, Landlock, in this order. Returns what could not be had, for the
/// log.
std::vector<std::string> raise_fence(const Fence& fence);

}  // namespace nvstack::persist
