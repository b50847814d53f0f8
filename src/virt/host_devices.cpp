// A private /dev: the same devices but NVIDIA's, and those of the tree.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"

namespace nvstack::virt {

namespace {

/// What stands in the real /dev, to be made anew in the private one.
struct Kept {
  std::string name;
  Node node;  // a device or a link
  bool block = false;
  Fd mount;  // a folder or a socket, as it is
  bool folder = false;
};

bool is_drawn_below(const Tree& tree, const std::string& folder) {
  const auto at = tree.lower_bound(folder + "/");
  return at != tree.end() && at->first.starts_with(folder + "/");
}

/// Devices that only the machine's owner uses cannot be opened by a rootless host: they would be mounts for
/// nothing.
bool is_wanted(const std::string& name, const std::string& path, bool rootless) {
  if (name.starts_with("nvidia") || name == "dxg" || name == "shm" || name == "char") return false;
  return !rootless || ::access(path.c_str(), R_OK) == 0;
}

Result<Kept> keep(const std::string& name, const std::string& path, const struct stat& status,
                  bool rootless) {
  Kept kept;
  kept.name = name;
  kept.folder = S_ISDIR(status.st_mode);
  kept.node.mode = status.st_mode & 07777u;
  kept.node.uid = status.st_uid, kept.node.gid = status.st_gid;
  if (S_ISLNK(status.st_mode)) {
    kept.node.kind = NodeKind::kSymlink;
    kept.node.content = read_link(path);
  } else if ((S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) && !rootless) {
    kept.node.kind = NodeKind::kCharDevice;
    kept.node.major = major(status.st_rdev), kept.node.minor = minor(status.st_rdev);
    kept.block = S_ISBLK(status.st_mode);
  } else {
    kept.mount = TRY(clone_mount(path));
  }
  return kept;
}

Result<std::vector<Kept>> keep_devices(const Tree& drawn, bool rootless) {
  std::vector<Kept> all;
  for (const std::string& name : list_folder("/dev")) {
    const std::string path = "/dev/" + name;
    struct stat status {};
    if (drawn.contains(path) || is_drawn_below(drawn, path) || ::lstat(path.c_str(), &status) != 0) continue;
    if (!S_ISLNK(status.st_mode) && !is_wanted(name, path, rootless)) continue;
    all.push_back(TRY(keep(name, path, status, rootless)));
  }
  return all;
}

Status make(const Kept& kept) {
  const std::string path = "/dev/" + kept.name;
  if (kept.mount.valid()) {
    TRY(kept.folder ? make_folder(path, 0755) : write_plain_file(path, "", 0644));
    return attach_mount(kept.mount, path);
  }
  if (!kept.block) return make_node(path, kept.node);
  if (::mknod(path.c_str(), S_IFBLK | kept.node.mode, makedev(kept.node.major, kept.node.minor)) != 0)
    return fail(errno_error(errno, "make the device " + path));
  return ::chown(path.c_str(), kept.node.uid, kept.node.gid) == 0
             ? Status{}
             : fail(errno_error(errno, "set the owner of " + path));
}

}  // namespace

Status mount_devices(const HostView::State& state) {
  const bool rootless = state.options.privilege == Privilege::kRootless;
  const auto kept = TRY(keep_devices(state.shown, rootless));
  TRY(mount_tmpfs("/dev", "mode=755"));
  for (const Kept& entry : kept) TRY(make(entry));
  TRY(make_folder("/dev/shm", 01777));
  TRY(mount_tmpfs("/dev/shm", "mode=1777"));
  for (const auto& [path, node] : state.shown) {
    if (!path.starts_with("/dev/")) continue;
    TRY(is_served(state, path, node) ? write_plain_file(path, "", node.mode) : make_node(path, node));
  }
  return {};
}

}  // namespace nvstack::virt
