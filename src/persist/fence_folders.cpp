#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "persist/fence.hpp"

namespace nvstack::persist {

namespace {

constexpr std::uint64_t kMakeAndRemove =
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE;

bool allow(int rules, const std::string& path, std::uint64_t what) {
  const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.valid()) return false;  // what is not there needs no rule
  landlock_path_beneath_attr rule{};
  rule.allowed_access = what, rule.parent_fd = place.number();
  return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

bool fence_folders(const Fence& fence) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kMakeAndRemove | kWrite;
  const Fd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!rules.valid()) return false;
  for (const std::string& folder : fence.write_folders)
    allow(rules.number(), folder, kMakeAndRemove | kWrite);
  for (const std::string& folder : fence.write_devices) allow(rules.number(), folder, kWrite);
  if (!fence.remove_below.empty()) allow(rules.number(), fence.remove_below, LANDLOCK_ACCESS_FS_REMOVE_DIR);
  return ::syscall(SYS_landlock_restrict_self, rules.number(), 0) == 0;
}

}  // namespace nvstack::persist
