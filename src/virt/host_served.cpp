// Served files at their places: another process binds them, because whoever serves a file may not look it up.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kFolder = "nodes";
constexpr int kBindTimeoutMs = 10'000;

struct Binding {
  std::string source, path;  // below the stage; where it is shown
};

/// The kernel learns of all files by listing their folder; without that it asks for one after the other.
void look_at_all(const Fd& stage) {
  const Fd folder(::openat(stage.number(), kFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::array<char, 65536> names;
  while (folder.valid() && ::getdents64(folder.number(), names.data(), names.size()) > 0) {
  }
}

/// 0, or the errno of the first that failed.
int bind_all(const Fd& stage, const std::vector<Binding>& bindings) {
  constexpr std::size_t kFew = 4;
  if (bindings.size() > kFew) look_at_all(stage);
  for (const Binding& binding : bindings) {
    const Fd file(::open_tree(stage.number(), binding.source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!file.valid()) return errno;
    if (::move_mount(file.number(), "", AT_FDCWD, binding.path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
      return errno;
  }
  return 0;
}

/// Serves until the child has ended; its exit status.
Result<int> serve_until_end(HostView::State& state, pid_t child) {
  const Fd ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!ended.valid()) return fail(errno_error(errno, "wait for the binding process"));
  for (;;) {
    pollfd sources[2] = {{ended.number(), POLLIN, 0}, {state.served.descriptor(), POLLIN, 0}};
    const int ready = ::poll(sources, 2, kBindTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      return fail(ErrorCode::kTimedOut, "binding the served files took longer than 10 s");
    }
    if (sources[1].revents) TRY(state.served.serve({}, FuseNodes::Effects::kQuiet));
    if (!sources[0].revents) continue;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
      if (errno != EINTR) return fail(errno_error(errno, "wait for the binding process"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
  }
}

}  // namespace

Status mount_served(HostView::State& state) {
  const std::string folder = std::string(kStage) + "/" + kFolder;
  TRY(make_folder(folder, 0755));
  const Status mounted = state.served.mount(folder);
  if (mounted || state.options.devices == DeviceMode::kChar) return {};
  Error error = mounted.error();
  error.hint = "device mode char needs no FUSE";
  return fail(std::move(error));
}

bool is_served(const HostView::State& state, const std::string& path, const Node& node) {
  if (!state.served.is_mounted()) return false;
  const bool device = node.kind == NodeKind::kCharDevice && path.starts_with("/dev/nvidia");
  if (device) return state.options.devices == DeviceMode::kFuse;
  return path == "/dev/kmsg" || is_control_file(state.shown, path);
}

Status show_served(HostView::State& state, const std::vector<std::string>& paths) {
  if (paths.empty()) return {};
  std::vector<Binding> bindings;
  for (const std::string& path : paths)
    bindings.push_back(
        {std::string(kFolder) + "/" + std::to_string(state.served.set(path, state.shown.at(path))), path});
  const pid_t child = ::fork();
  if (child < 0) return fail(errno_error(errno, "start a process"));
  if (child == 0) ::_exit(bind_all(state.stage, bindings));
  const int code = TRY(serve_until_end(state, child));
  if (code != 0) return fail(errno_error(code, "bind the served files"));
  return {};
}

Status hide_served(HostView::State& state, const std::string& path) {
  state.served.remove(path);
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL)
    return fail(errno_error(errno, "unmount " + path));
  return {};
}

}  // namespace nvstack::virt
