// The folders that show more than the real machine has, prepared before they are mounted: writing into the
// upper folder is several times faster than through the overlay.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <unordered_map>

#include "base/text.hpp"
#include "virt/host_files.hpp"
#include "virt/host_state.hpp"

namespace nvstack::virt {

namespace {

/// Not /sys as a whole: a user namespace may not hide what is mounted below it (cgroups), and runc wants to
/// see it.
constexpr std::array<const char*, 9> kFolders = {
    "/sys/devices", "/sys/bus", "/sys/module", "/sys/class", "/sys/kernel/iommu_groups",
    "/usr",         "/lib",     "/etc",        "/var/log"};
constexpr const char* kPciDevices = "/sys/bus/pci/devices";
constexpr std::array<const char*, 6> kModules = {"nvidia",     "nvidia_uvm",     "nvidia_modeset",
                                                 "nvidia_drm", "nvidia_peermem", "nouveau"};

bool is_real_folder(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Where a path lies while it is not mounted yet.
std::string upper_path(const Overlay& overlay, const std::string& path) {
  return overlay.upper + path.substr(overlay.path.size());
}

/// What the overlay hides: an overlay takes a device 0:0 for "nothing here".
Status hide(const std::vector<Overlay>& overlays, const std::string& path) {
  const Overlay* overlay = find_overlay(overlays, path);
  struct stat status {};
  if (!overlay || ::lstat(path.c_str(), &status) != 0) return {};
  const std::string upper = upper_path(*overlay, path);
  if (::lstat(upper.c_str(), &status) == 0) return {};  // drawn anew
  const std::string folder = path.substr(0, path.rfind('/'));
  if (folder.size() > overlay->path.size())
    TRY(make_folders_like(overlay->upper, folder.substr(overlay->path.size()), overlay->path));
  if (::mknod(upper.c_str(), S_IFCHR, 0) != 0) return fail(errno_error(errno, "hide " + path));
  return {};
}

bool is_nvidia_device(const std::string& bdf) {
  return trim(read_text_file(std::string(kPciDevices) + "/" + bdf + "/vendor")) == "0x10de";
}

Status replace_folder(const std::string& upper, bool rootless) {
  const char* name = rootless ? "user.overlay.opaque" : "trusted.overlay.opaque";
  if (::setxattr(upper.c_str(), name, "y", 1, 0) != 0 && errno != ENOTSUP)
    return fail(errno_error(errno, "replace " + upper));
  return {};
}

/// The folder in which all is new: nothing below it has to be compared with the real machine.
struct Fresh {
  std::string folder;
  bool holds(const std::string& path) const {
    return !folder.empty() && path.size() > folder.size() && path.starts_with(folder) &&
           path[folder.size()] == '/';
  }
};

/// Hundreds of processors and PCI functions say the same: their files are one file with many names. Only
/// where nobody may write.
class Repeated {
 public:
  Status make(const std::string& path, const std::string& upper, const Node& node) {
    const bool link = node.kind == NodeKind::kSymlink;
    if (!path.starts_with("/sys/") || (!link && (node.kind != NodeKind::kFile || (node.mode & 0777) != 0444)))
      return make_node(upper, node);
    std::string& first = (link ? links_ : files_)[node.content];
    if (!first.empty() && ::link(first.c_str(), upper.c_str()) == 0) return {};
    first = upper;  // the first one, or one more than a file may have names
    return make_node(upper, node);
  }

 private:
  std::unordered_map<std::string, std::string> files_, links_;  // content -> a name of it
};

struct Filling {
  bool rootless = false;
  Fresh fresh;
  Repeated repeated;
};

Status fill(const Overlay& overlay, const std::string& path, const Node& node, Filling& filling) {
  const std::string upper = upper_path(overlay, path);
  Fresh& fresh = filling.fresh;
  if (node.kind != NodeKind::kDirectory) return filling.repeated.make(path, upper, node);
  if (fresh.holds(path)) return make_folder(upper, node.mode);
  const bool real = is_real_folder(path);
  if (!real || node.replaces) fresh.folder = path;
  if (!real) return make_folder(upper, node.mode);
  TRY(make_folders_like(overlay.upper, path.substr(overlay.path.size()), overlay.path));
  return node.replaces ? replace_folder(upper, filling.rootless) : Status{};
}

/// Nodes of a tree that stand one after the other.
struct Nodes {
  Tree::const_iterator first, last;
  Tree::const_iterator begin() const { return first; }
  Tree::const_iterator end() const { return last; }
};

Status fill_nodes(const std::vector<Overlay>& overlays, const Nodes& nodes, bool rootless) {
  Filling filling{rootless, {}, {}};
  for (const auto& [path, node] : nodes)
    if (const Overlay* overlay = find_overlay(overlays, path)) TRY(fill(*overlay, path, node, filling));
  return {};
}

/// The processors' folders are half of a large machine's nodes and lie apart from the others.
Nodes nodes_of_processors(const Tree& tree) {
  const std::string folder = "/sys/devices/system/cpu";
  return {tree.lower_bound(folder), tree.lower_bound(folder + '0')};  // '0' follows '/'
}

/// The module files of a driver that this machine has installed itself, in the places where packages put
/// them.
Status hide_real_module_files(const std::vector<Overlay>& overlays) {
  utsname system{};
  if (::uname(&system) != 0) return {};
  const std::string folder =
      (read_link("/lib").empty() ? "/lib/modules/" : "/usr/lib/modules/") + std::string(system.release);
  for (const char* place : {"/updates", "/updates/dkms", "/extra", "/extra/nvidia", "/kernel",
                            "/kernel/drivers/video", "/kernel/drivers/video/nvidia"})
    for (const std::string& name : list_folder(folder + place))
      if (name.starts_with("nvidia") && name.find(".ko") != std::string::npos)
        TRY(hide(overlays, folder + place + "/" + name));
  return {};
}

}  // namespace

Result<std::vector<Overlay>> prepare_overlays() {
  std::vector<Overlay> overlays;
  for (const char* path : kFolders) {
    struct stat status {};
    if (!is_real_folder(path) || ::stat(path, &status) != 0) continue;
    const std::string place = std::string(kStage) + "/overlay" + std::to_string(overlays.size());
    const Overlay overlay{path, place + "/upper", place + "/work"};
    TRY(make_folder(place, 0700));
    TRY(make_folder(overlay.upper, status.st_mode & 07777u));
    TRY(make_folder(overlay.work, 0700));
    if (status.st_uid != 0 || status.st_gid != 0)
      if (::chown(overlay.upper.c_str(), status.st_uid, status.st_gid) != 0 && errno != EINVAL &&
          errno != EPERM)
        return fail(errno_error(errno, "set the owner of " + overlay.upper));
    overlays.push_back(overlay);
  }
  return overlays;
}

const Overlay* find_overlay(const std::vector<Overlay>& overlays, const std::string& path) {
  for (const Overlay& overlay : overlays)
    if (path.starts_with(overlay.path) && path.size() > overlay.path.size() &&
        path[overlay.path.size()] == '/')
      return &overlay;
  return nullptr;
}

std::vector<Job> filling_jobs(const HostView::State& state) {
  const bool rootless = state.options.privilege == Privilege::kRootless;
  std::vector<Overlay> overlays = state.overlays;
  for (Overlay& overlay : overlays) overlay.upper.erase(0, std::string_view(kStage).size() + 1);
  const Nodes processors = nodes_of_processors(state.shown);
  const auto fill_rest = [overlays, rootless, before = Nodes{state.shown.begin(), processors.begin()},
                          after = Nodes{processors.end(), state.shown.end()}]() -> Status {
    TRY(fill_nodes(overlays, before, rootless));
    return fill_nodes(overlays, after, rootless);
  };
  return {fill_rest, [overlays, rootless, processors] { return fill_nodes(overlays, processors, rootless); }};
}

Status hide_real_devices(const std::vector<Overlay>& overlays) {
  for (const std::string& bdf : list_folder(kPciDevices)) {
    if (!is_nvidia_device(bdf)) continue;
    TRY(hide(overlays, std::string(kPciDevices) + "/" + bdf));
  }
  for (const char* module : kModules) {
    TRY(hide(overlays, std::string("/sys/module/") + module));
    TRY(hide(overlays, std::string("/sys/bus/pci/drivers/") + module));
  }
  return hide_real_module_files(overlays);
}

}  // namespace nvstack::virt
