// Which distribution this is: /etc/os-release, and what the catalogue knows of it (family, package manager).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

enum class PackageManager { kUnknown, kApt, kDnf, kDnf5, kTdnf, kZypper, kPacman };

/// os-release(5). Missing keys are "".
struct Os {
  std::string id;          // "ubuntu"
  std::string version_id;  // "24.04"
  std::vector<std::string> id_like;
  std::string pretty_name;
  std::string codename;       // VERSION_CODENAME
  std::string base_codename;  // UBUNTU_CODENAME or DEBIAN_CODENAME: what a derivative was built from
  std::string variant_id;
  /// The row of distributions.tsv that serves this machine: its own id, an alias, or the first known word of
  /// ID_LIKE. "" when none does.
  std::string known_as;
  std::string
      known_version;   // the version to use with known_as: a derivative's base version, else version_id
  std::string family;  // "debian", "rhel", "fedora", "suse", "azurelinux", "amazon", "kylin", "arch"
  PackageManager manager = PackageManager::kUnknown;
};

/// Reads /etc/os-release, else /usr/lib/os-release. Errors: kNotFound, kMalformed (no ID, binary bytes).
Result<Os> read_os(const host::Host& host, const catalog::Catalog& catalog);
/// The pure part; `path` is for messages. A truncated file (no ID, an open quote) is kMalformed, for half a
/// version number would be a wrong answer.
Result<Os> parse_os_release(std::string_view text, const std::string& path);
/// Fills known_as, known_version, family and manager from the catalogue; also for `--distribution
/// ID:VERSION`. A known distribution in a version without a row has a family and a manager, but known_as "".
void classify_os(Os& os, const catalog::Catalog& catalog);

std::string_view package_manager_name(PackageManager manager);

}  // namespace nvstack::facts
