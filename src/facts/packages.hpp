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
std::string_view package_state_name(PackageState state);

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
  std::vector<Error> unread;  // repository and lock files that are there but could not be read or understood

  const Package* find(std::string_view name) const;
  /// Installed packages whose name matches a glob.
  std::vector<const Package*> matching(std::string_view pattern) const;
};

/// dpkg's status file, `rpm -qa` with a format, pacman's local db. `os` says which.
Result<Packages> read_packages(const host::Host& host, const Os& os);
/// Is this package part of the stack?
bool belongs_to_stack(std::string_view name);

// The formats, each a pure function over foreign bytes. Errors are kMalformed and name the line.

/// One paragraph file of dpkg (/var/lib/dpkg/status).
Result<std::vector<Package>> parse_dpkg_status(std::string_view text, std::vector<std::string>& other_broken);
/// The command whose output parse_rpm_list understands: one package a line, fields between tabs.
std::vector<std::string> rpm_list_command();
Result<std::vector<Package>> parse_rpm_list(std::string_view text);
/// A `desc` file of pacman's local database: "%NAME%", value lines, a blank line.
Result<Package> parse_pacman_desc(std::string_view text);
/// The words of IgnorePkg in pacman.conf.
std::vector<std::string> parse_ignored_packages(std::string_view text);
/// /etc/dnf/modules.d/*.module: "[nvidia-driver]", "stream=open-dkms", "state=enabled".
std::vector<ModuleStream> parse_module_streams(std::string_view text);

/// The lines of a dnf versionlock.list that name the stack, without comments.
std::vector<std::string> parse_version_lock_list(std::string_view text);
/// The package names of a dnf5 versionlock.toml that belong to the stack.
std::vector<std::string> parse_version_lock_toml(std::string_view text);
/// The solvable names of /etc/zypp/locks that belong to the stack.
std::vector<std::string> parse_zypp_locks(std::string_view text);
/// Does a lock's pattern ("nvidia-driver-3:580*", "*nvidia*580*") speak of the stack?
bool lock_names_stack(std::string_view pattern);

/// A .repo file of dnf or zypper.
std::vector<Repository> parse_repo_ini(std::string_view text, const std::string& file);
/// One-line style: "deb [signed-by=...] URL suite component".
std::vector<Repository> parse_apt_list(std::string_view text, const std::string& file);
/// deb822 style: paragraphs with Types, URIs, Suites, Enabled.
std::vector<Repository> parse_apt_sources(std::string_view text, const std::string& file);

// The parts of read_packages, one for each source.

Result<std::vector<Package>> read_dpkg_packages(const host::Host& host, Packages& answer);
Result<std::vector<Package>> read_rpm_packages(const host::Host& host);
Result<std::vector<Package>> read_pacman_packages(const host::Host& host, Packages& answer);
void read_repositories(const host::Host& host, Packages& answer);
void read_package_locks(const host::Host& host, Packages& answer);
/// The file's bytes, "" when it is not there; any other refusal goes to `unread`.
std::string read_optional(const host::Host& host, const std::string& path, Packages& answer);

}  // namespace nvstack::facts
