// Entering and joining the namespaces of a virtual host.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "virt/host_files.hpp"
#include "virt/host_view.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kNoNamespaces =
    "run it as root on the machine itself, or with --rootless where user namespaces are allowed "
    "(sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, "
    "user.max_user_namespaces)";

Error denied(int number, const std::string& what) {
  Error error = errno_error(number, what);
  error.hint = kNoNamespaces;
  return error;
}

Fd open_pidfd(pid_t pid) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// The caller becomes root of a user namespace of its own; its children, too.
Status enter_user_namespace() {
  const unsigned uid = ::getuid(), gid = ::getgid();
  if (::unshare(CLONE_NEWUSER) != 0) return fail(denied(errno, "make a user namespace"));
  // Since Linux 3.19 a group map needs setgroups denied first.
  TRY(write_plain_file("/proc/self/setgroups", "deny", 0));
  TRY(write_plain_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1", 0));
  TRY(write_plain_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1", 0));
  return {};
}

/// Dies with the parent, also when that is gone already.
void follow_parent(const Fd& parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd gone{parent.number(), POLLIN, 0};
  if (parent.valid() && ::poll(&gone, 1, 0) > 0) ::_exit(1);
}

Status prepare_mounts() {
  if (::unshare(CLONE_NEWNS) != 0) return fail(denied(errno, "make a mount namespace"));
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return fail(denied(errno, "make the mounts private"));
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return fail(denied(errno, "mount /proc for the new processes"));
  return {};
}

/// Forks with a pipe on which the child says what failed: nothing when nothing did.
Result<pid_t> fork_into(Lifetime lifetime) {
  const Fd parent = lifetime == Lifetime::kWithParent ? open_pidfd(::getpid()) : Fd();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno_error(errno, "make a pipe"));
  Fd read_end(ends[0]), write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail(denied(errno, "start a process"));
  if (pid == 0) {
    if (lifetime == Lifetime::kWithParent) follow_parent(parent);
    const Status prepared = prepare_mounts();
    if (prepared) return 0;
    const std::string text = prepared.error().message;
    if (::write(write_end.number(), text.data(), text.size()) < 0) ::_exit(2);
    ::_exit(1);
  }
  write_end.reset();
  std::array<char, 512> buffer;
  const ssize_t count = ::read(read_end.number(), buffer.data(), buffer.size());
  if (count <= 0) return pid;
  return fail(ErrorCode::kDenied, std::string(buffer.data(), static_cast<std::size_t>(count)), kNoNamespaces);
}

Result<Fd> open_namespace(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + name;
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  return file;
}

}  // namespace

Result<pid_t> enter_namespaces(Privilege privilege, Lifetime lifetime) {
  if (privilege == Privilege::kRootless) TRY(enter_user_namespace());
  const Fd before(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (::unshare(CLONE_NEWPID) != 0) return fail(denied(errno, "make a PID namespace"));
  Result<pid_t> pid = fork_into(lifetime);
  // The caller's later children are its own again. In a user namespace this is refused, and nothing depends
  // on it.
  if (before.valid() && (!pid || *pid > 0) && ::setns(before.number(), CLONE_NEWPID) != 0 && errno != EPERM)
    return fail(errno_error(errno, "return to the PID namespace"));
  return pid;
}

Status join_namespaces(pid_t host_pid) {
  const std::string mine = read_link("/proc/self/ns/user");
  const bool foreign_user = read_link("/proc/" + std::to_string(host_pid) + "/ns/user") != mine;
  const Fd mounts = TRY(open_namespace(host_pid, "mnt"));
  const Fd processes = TRY(open_namespace(host_pid, "pid"));
  std::array<char, PATH_MAX> folder{};
  const bool has_folder = ::getcwd(folder.data(), folder.size()) != nullptr;
  if (foreign_user) {
    const Fd user = TRY(open_namespace(host_pid, "user"));
    if (::setns(user.number(), CLONE_NEWUSER) != 0)
      return fail(errno_error(errno, "join the user namespace"));
  }
  if (::setns(processes.number(), CLONE_NEWPID) != 0)
    return fail(errno_error(errno, "join the PID namespace"));
  if (::setns(mounts.number(), CLONE_NEWNS) != 0) return fail(errno_error(errno, "join the mount namespace"));
  if (has_folder && ::chdir(folder.data()) != 0 && ::chdir("/") != 0)
    return fail(errno_error(errno, "go back to the working folder"));
  return {};
}

RealKernel read_real_kernel() {
  RealKernel real;
  real.proc_devices = read_text_file("/proc/devices");
  real.proc_modules = read_text_file("/proc/modules");
  utsname system{};
  if (::uname(&system) == 0) real.release = system.release;
  if (!read_link("/lib").empty()) real.modules_folder = "/usr/lib/modules";
  const std::string folder = real.modules_folder + "/" + real.release;
  real.modules_dep = read_text_file(folder + "/modules.dep");
  real.modules_dep_index = read_text_file(folder + "/modules.dep.bin");
  return real;
}

}  // namespace nvstack::virt
