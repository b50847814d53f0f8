// HostView makes a Tree visible to every program of a private mount namespace, static or not, without
// environment variables, and keeps it up to date. Nothing outside the namespace changes; when its last
// process ends, all of it ends.
//
//   pid = enter_namespaces(...)            in the launcher; 0 in the child, which is pid 1 of its namespaces
//   view = HostView::mount(options, tree)  in pid 1, the driver process
//   view.apply(next_tree)                  whenever the machine changed
//   join_namespaces(pid)                   in `nvstack virt enter`, then fork and exec
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "virt/node_events.hpp"
#include "virt/tree.hpp"

namespace nvstack::virt {

enum class Privilege { kRoot, kRootless };
enum class DeviceMode { kChar, kFuse };
enum class Lifetime { kWithParent, kDetached };  // kWithParent: ends when the process that started it ends

/// A library of the driver, installed as NAME.so.VERSION with the links NAME.so.1 and NAME.so.
struct HostLibrary {
  std::string source;  // a file outside
  std::string name;    // "libnvidia-ml"
};

/// A program inside: /usr/bin/NAME, or below /usr where the name has a folder ("sbin/modprobe").
struct HostProgram {
  std::string source, name;
  unsigned mode = 0755;             // 04755 for nvidia-modprobe
  bool only_where_missing = false;  // this machine's own program of that name serves as well
};

struct HostViewOptions {
  Privilege privilege = Privilege::kRoot;
  DeviceMode devices = DeviceMode::kChar;
  std::string library_version;  // "580.95.05"
  std::vector<HostLibrary> libraries;
  std::string library_folder;  // below /usr: "/usr/lib/wsl/lib"; "": where this machine's libraries are
  std::vector<HostProgram> programs;
};

/// Forks into new mount and PID namespaces (and, rootless, a user namespace in which the caller is root),
/// with all mounts private and /proc mounted anew. Returns the child's pid in the caller and 0 in the child.
/// Errors: kDenied with what to do when the kernel refuses namespaces.
Result<pid_t> enter_namespaces(Privilege privilege, Lifetime lifetime);

/// Makes this process a member of the namespaces of a running virtual host; its next child runs inside.
/// `host_pid`: its pid 1, as the caller's namespace numbers it. Errors: kNotFound, kDenied.
Status join_namespaces(pid_t host_pid);

/// The real kernel's texts, read before anything is mounted over them.
RealKernel read_real_kernel();

class HostView {
 public:
  /// Call in pid 1 of the new namespaces. Errors name the mount that failed and what it needs.
  static Result<HostView> mount(const HostViewOptions& options, Tree first, NodeEvents events = {});
  /// The same for a machine, which follow() goes on from.
  static Result<HostView> mount(const HostViewOptions& options, const Machine& first, const RealKernel& real,
                                NodeEvents events = {});

  HostView(HostView&&) noexcept;
  HostView& operator=(HostView&&) noexcept;
  ~HostView();

  /// Changes what differs from the tree shown now, each file atomically; libraries stay.
  Status apply(Tree next);
  /// Shows the machine as it is now; where only the state of some GPUs, reference counts or the kernel log
  /// changed since the last call, only that is rendered: what opens and closes of many GPUs come to.
  Status follow(const Machine& next, const RealKernel& real);
  /// The same for a part of the tree (render_gpu): what the part lacks stays as it is.
  Status patch(const Tree& part);
  const Tree& shown() const;

  /// Installs the libraries of another version in place of those there ("an upgrade without a reload").
  Status install_libraries(const std::vector<HostLibrary>& libraries, const std::string& version);

  /// -1 where no file needs serving; else to be polled for input, then serve().
  int descriptor() const;
  /// Answers what the kernel asks of the served files, without waiting.
  Status serve();
  /// The answer to an open, write or ioctl for which a callback said kLater.
  void answer(std::uint64_t ticket, int code, std::string argument = {});
  /// Wakes the pollers of an open file description with these POLL* events.
  void wake(std::uint64_t open_id, unsigned poll_events);

  struct State;  // host_state.hpp, for the parts of the view

 private:
  explicit HostView(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nvstack::virt
