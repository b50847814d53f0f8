// The files of /proc that show the driver.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kFolder = "proc-driver";
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200
#endif

std::string stage_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Status show_proc_file(HostView::State& state, const std::string& path, const std::string& content) {
  const std::string name = stage_name(path);
  const std::string place = "/proc/self/fd/" + std::to_string(state.stage.number()) + "/" + name;
  TRY(remove_node(place, Node{}));
  TRY(write_plain_file(place, content, 0444));
  Fd file(::open_tree(state.stage.number(), name.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!file.valid()) return fail(errno_error(errno, "make a second mount of " + name));
  if (!state.bound.contains(path)) {
    TRY(attach_mount(file, path));
    state.bound.insert(path);
    return {};
  }
  // The new one below the old one, then the old one off: nobody sees the real file in between (Linux 6.5).
  if (::move_mount(file.number(), "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_BENEATH) ==
      0) {
    if (::umount2(path.c_str(), MNT_DETACH) != 0) return fail(errno_error(errno, "unmount " + path));
    return {};
  }
  if (::umount2(path.c_str(), MNT_DETACH) != 0) return fail(errno_error(errno, "unmount " + path));
  return attach_mount(file, path);
}

Status mount_proc(HostView::State& state) {
  const std::string folder = std::string(kStage) + "/" + kFolder;
  TRY(make_folder(folder, 0555));
  for (const auto& [path, node] : state.shown) {
    if (path.starts_with("/proc/driver/")) {
      TRY(make_node(folder + path.substr(12), node));
    } else if (path.starts_with("/proc/") && node.kind == NodeKind::kFile) {
      TRY(show_proc_file(state, path, node.content));
    }
  }
  return bind_mount(folder, kStage);
}

}  // namespace nvstack::virt
