#include "facts/packages.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

// What the rules, the planner and the capture need to know of. A name that is missing here is invisible to
// all of them, so the list is generous: a package too many costs a line of JSON.
constexpr std::array kStack = {
    "nvidia*",
    "lib*nvidia*",
    "libnvcuvid*",
    "libnvoptix*",
    "libxnvctrl*",
    "xserver-xorg-video-nvidia*",
    "xserver-xorg-video-nouveau",
    "xorg-x11-drv-nvidia*",
    "xorg-x11-drv-nouveau",
    "xorg-x11-nvidia*",
    "x11-video-nvidia*",
    "opencl-nvidia*",
    "firmware-nvidia*",
    "glx-alternative-nvidia",
    "bumblebee*",
    "suse-prime",
    "cuda*",
    "libcuda*",
    "libcudnn*",
    "cudnn*",
    "libnccl*",
    "python3-torch*",
    "python-pytorch*",
    "linux-headers*",
    "linux-*-headers",
    "linux-image*",
    "linux-modules-extra-*",
    "linux-modules-nvidia-*",
    "linux-objects-nvidia-*",
    "linux-signatures-nvidia-*",
    "linux",
    "linux-lts",
    "linux-zen",
    "linux-hardened",
    "kernel",
    "kernel-core",
    "kernel-headers",
    "kernel-devel*",
    "kernel-*-devel*",
    "kernel-modules*",
    "kernel-default*",
    "kernel-azure*",
    "kernel-64k*",
    "kernel-uek*",
    "kernel-rt*",
    "kernel-macros",
    "kernel-syms",
    "kmod-nvidia*",
    "akmod-nvidia*",
    "akmods",
    "dkms",
    "gcc*",
    "make",
    "build-essential",
    "docker*",
    "moby-*",
    "containerd*",
    "podman",
    "cri-o*",
    "datacenter-gpu-manager*",
    "mokutil",
    "ubuntu-drivers-common",
    "*dnf-plugin-versionlock",
};

bool is_rpm_manager(PackageManager manager) {
  switch (manager) {
    case PackageManager::kDnf:
    case PackageManager::kDnf5:
    case PackageManager::kTdnf:
    case PackageManager::kZypper: return true;
    case PackageManager::kUnknown:
    case PackageManager::kApt:
    case PackageManager::kPacman: break;
  }
  return false;
}

/// The manager by its database, for a distribution that nobody wrote down. rpm's database is binary and its
/// program a long question, so it is only asked where the distribution is known to use it.
PackageManager manager_by_files(const host::Host& host) {
  if (host::exists(host, "/var/lib/dpkg/status")) return PackageManager::kApt;
  if (host::exists(host, "/var/lib/pacman/local")) return PackageManager::kPacman;
  return PackageManager::kUnknown;
}

Result<std::vector<Package>> read_installed(const host::Host& host, PackageManager manager,
                                            Packages& answer) {
  if (manager == PackageManager::kApt) return read_dpkg_packages(host, answer);
  if (manager == PackageManager::kPacman) return read_pacman_packages(host, answer);
  if (is_rpm_manager(manager)) return read_rpm_packages(host);
  return fail(ErrorCode::kNotFound, "no package database that is known here");
}

}  // namespace

std::string_view package_state_name(PackageState state) {
  switch (state) {
    case PackageState::kInstalled: return "installed";
    case PackageState::kHalfInstalled: return "half-installed";
    case PackageState::kUnpacked: return "unpacked";
    case PackageState::kHalfConfigured: return "half-configured";
    case PackageState::kConfigFiles: return "config-files";
  }
  return "installed";
}

bool belongs_to_stack(std::string_view name) {
  if (name.empty()) return false;
  // Asked for thousands of names; most differ from most patterns in the first letter.
  return std::any_of(kStack.begin(), kStack.end(), [&](std::string_view pattern) {
    return (pattern.front() == name.front() || pattern.front() == '*') && glob_match(pattern, name);
  });
}

const Package* Packages::find(std::string_view name) const {
  for (const Package& package : packages)
    if (package.name == name && package.state != PackageState::kConfigFiles) return &package;
  return nullptr;
}

std::vector<const Package*> Packages::matching(std::string_view pattern) const {
  std::vector<const Package*> found;
  for (const Package& package : packages)
    if (package.state != PackageState::kConfigFiles && glob_match(pattern, package.name))
      found.push_back(&package);
  return found;
}

std::string read_optional(const host::Host& host, const std::string& path, Packages& answer) {
  auto text = host.read(path);
  if (text) return std::move(*text);
  const ErrorCode code = text.error().code;
  if (code != ErrorCode::kNotFound && code != ErrorCode::kNotAvailable)
    answer.unread.push_back(std::move(text).error());
  return {};
}

Result<Packages> read_packages(const host::Host& host, const Os& os) {
  Packages answer;
  PackageManager manager = os.manager;
  if (manager == PackageManager::kUnknown) manager = manager_by_files(host);
  answer.packages = TRY(read_installed(host, manager, answer));
  read_package_locks(host, answer);
  read_repositories(host, answer);
  for (const std::string& name : host::list_matching(host, "/etc/dnf/modules.d", "*.module")) {
    const std::string text = read_optional(host, "/etc/dnf/modules.d/" + name, answer);
    for (ModuleStream& stream : parse_module_streams(text))
      if (belongs_to_stack(stream.module)) answer.streams.push_back(std::move(stream));
  }
  return answer;
}

}  // namespace nvstack::facts
