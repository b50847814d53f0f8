// The installed packages that belong to the stack, whichever package manager keeps them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "facts/os.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

enum class PackageState { kInstalled, kHalfInstalled, kUnpacked, kHalfConfigured, kConfigFiles };

struct Package {
  std::string name;
  std::string version;  // as the manager writes it: "580.95.05-0ubuntu1", "3:580.95.05-1.el9"
  std::string arch;
  PackageState state = PackageState::kInstalled;
  bool held = false;   // dpkg hold, dnf versionlock, zypper lock, pacman IgnorePkg
  std::string origin;  // repository or maintainer when known
};

/// A stream of a dnf module: nvidia-driver:open-dkms [enabled].
struct ModuleStream {
  std::string module;
  std::string stream;
  std::string state;  // "enabled", "disabled"
};

struct Repository {
  std::string file;
  std::string name;
  std::string url;
  bool enabled = true;
  bool nvidia = false;  // serves NVIDIA's packages (developer.download.nvidia.com, nvidia.github.io)
  bool module_hotfixes = false;
};

struct Packages {
  std::vector<Package>
      packages;  // nvidia*, libnvidia*, cuda*, libcuda*, cudnn, kernel headers, dkms, nouveau, ...
  std::vector<ModuleStream> streams;
  std::vector<Repository> repositories;
  std::vector<std::string> locks;         // lines of version locks and zypper locks that name the stack
  std::vector<std::string> lock_files;    // package-manager lock files that are there (held or stale)
  std::vector<std::string> other_broken;  // half-configured packages outside the stack, by name
  std::vector<std::string> keys;          // files of NVIDIA's archive keys

  const Package* find(std::string_view name) const;
  /// Installed packages whose name matches a glob.
  std::vector<const Package*> matching(std::string_view pattern) const;
};

/// dpkg's status file, `rpm -qa` with a format, pacman's local db. `os` says which.
Result<Packages> read_packages(const host::Host& host, const Os& os);
/// One paragraph file of dpkg (/var/lib/dpkg/status). Pure.
Result<std::vector<Package>> parse_dpkg_status(std::string_view text, std::vector<std::string>& other_broken);
/// Is this package part of the stack?
bool belongs_to_stack(std::string_view name);

}  // namespace nvstack::facts
