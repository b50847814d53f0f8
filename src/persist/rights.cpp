#include "persist/rights.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.hpp"
#include "persist/fence.hpp"

namespace nvstack::persist {

namespace {

constexpr unsigned kAdmin = 1u << CAP_SYS_ADMIN;
constexpr unsigned kReadAnything = 1u << CAP_DAC_OVERRIDE;

/// Permitted and effective become these, inheritable none. Bits above 31 are never kept.
bool set_capabilities(unsigned kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct current[2]{}, wanted[2]{};
  if (::syscall(SYS_capget, &header, current) != 0) return false;
  wanted[0].permitted = wanted[0].effective = kept & current[0].permitted;
  return ::syscall(SYS_capset, &header, wanted) == 0;
}

}  // namespace

Result<Identity> find_identity(const std::string& user, const std::string& group) {
  Identity identity{::getuid(), ::getgid(), user, false};
  if (!user.empty()) {
    errno = 0;
    const passwd* entry = ::getpwnam(user.c_str());
    if (!entry)
      return fail(ErrorCode::kNotFound,
                  "Failed to find user ID of user '" + user + "': " + std::strerror(errno));
    identity.uid = entry->pw_uid, identity.gid = entry->pw_gid;
  }
  if (!group.empty()) {
    errno = 0;
    const struct group* entry = ::getgrnam(group.c_str());
    if (!entry)
      return fail(ErrorCode::kNotFound,
                  "Failed to find group ID of group '" + group + "': " + std::strerror(errno));
    identity.gid = entry->gr_gid;
  }
  identity.change = identity.uid != ::getuid() || identity.gid != ::getgid();
  return identity;
}

Status become(const Identity& identity, bool keep_admin) {
  if (!identity.change) return {};
  if (::geteuid() == 0) {
    const int failed = identity.user.empty() ? ::setgroups(1, &identity.gid)
                                             : ::initgroups(identity.user.c_str(), identity.gid);
    if (failed != 0) return fail(errno_error(errno, "set the groups of the user"));
  }
  if (keep_admin) ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (::setgid(identity.gid) != 0)
    return fail(ErrorCode::kDenied, std::string("Failed to set group ID: ") + std::strerror(errno));
  if (::setuid(identity.uid) != 0)
    return fail(ErrorCode::kDenied, std::string("Failed to set user ID: ") + std::strerror(errno));
  return {};
}

std::vector<std::string> raise_fence(const Fence& fence) {
  std::vector<std::string> missing;
  const unsigned root_needs = ::geteuid() == 0 ? kReadAnything : 0;
  if (!set_capabilities(root_needs | (fence.keep_admin ? kAdmin : 0))) missing.emplace_back("capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) missing.emplace_back("NoNewPrivileges");
  if (!fence_folders(fence)) missing.emplace_back("Landlock");
  if (!fence_calls(fence)) missing.emplace_back("seccomp");
  return missing;
}

}  // namespace nvstack::persist
