// The mounts that HostView is put together from, as thin steps over the kernel's calls. All of them act on
// the private mount namespace of the calling process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace nvstack::virt {

/// The mount points strictly below `folder`, outermost only, from the text of a mountinfo file.
std::vector<std::string> mounts_below(std::string_view mountinfo, const std::string& folder);

/// A mount of what lies at `path`, with all that is mounted below it, not attached anywhere yet.
Result<Fd> clone_mount(const std::string& path);
/// Attaches it to an existing file or folder.
Status attach_mount(const Fd& mount, const std::string& path);
Status mount_tmpfs(const std::string& path, const char* options);
/// A second view of an existing file or folder.
Status bind_mount(const std::string& source, const std::string& path);

struct Overlay {
  std::string path;   // the folder that shows both
  std::string upper;  // what was added, before it is mounted
  std::string work;
};
/// Mounts it over its path; what was mounted below the path stays where it was.
Status mount_overlay(const Overlay& overlay, bool rootless);

/// Replaces a folder by a tmpfs that shows the same entries, but those whose name `hide` is a prefix of: what
/// is created in it stays inside.
Status privatize_folder(const std::string& path, const std::string& hide);

}  // namespace nvstack::virt
