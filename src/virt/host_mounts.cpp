#include "virt/host_mounts.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <climits>

#include "base/text.hpp"
#include "virt/host_files.hpp"

namespace nvstack::virt {

namespace {

/// mountinfo writes blanks, tabs, newlines and backslashes as \ooo.
std::string unescape(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool octal = word[i] == '\\' && i + 3 < word.size() && word[i + 1] >= '0' && word[i + 1] <= '3';
    if (!octal) {
      text += word[i];
      continue;
    }
    text += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + (word[i + 3] - '0'));
    i += 3;
  }
  return text;
}

bool is_below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace

std::vector<std::string> mounts_below(std::string_view mountinfo, const std::string& folder) {
  std::vector<std::string> found;
  for (const std::string_view line : split_lines(mountinfo)) {
    const auto words = split_words(line);
    if (words.size() < 6) continue;
    const std::string path = unescape(words[4]);
    if (!is_below(path, folder)) continue;
    bool covered = false;
    for (const std::string& other : found) covered = covered || path == other || is_below(path, other);
    if (covered) continue;
    std::erase_if(found, [&](const std::string& other) { return is_below(other, path); });
    found.push_back(path);
  }
  return found;
}

Result<Fd> clone_mount(const std::string& path) {
  Fd mount(::open_tree(AT_FDCWD, path.c_str(),
                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW));
  if (!mount.valid()) return fail(errno_error(errno, "make a second mount of " + path));
  return mount;
}

Status attach_mount(const Fd& mount, const std::string& path) {
  if (::move_mount(mount.number(), "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail(errno_error(errno, "mount over " + path));
  return {};
}

Status mount_tmpfs(const std::string& path, const char* options) {
  if (::mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID, options) != 0)
    return fail(errno_error(errno, "mount a tmpfs on " + path));
  return {};
}

Status bind_mount(const std::string& source, const std::string& path) {
  if (::mount(source.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return fail(errno_error(errno, "bind " + source + " over " + path));
  return {};
}

Status mount_overlay(const Overlay& overlay, bool rootless) {
  std::vector<std::pair<std::string, Fd>> below;
  for (const std::string& path : mounts_below(read_text_file("/proc/self/mountinfo"), overlay.path))
    below.emplace_back(path, TRY(clone_mount(path)));
  std::string options =
      "lowerdir=" + overlay.path + ",upperdir=" + overlay.upper + ",workdir=" + overlay.work;
  if (rootless) options += ",userxattr";
  if (::mount("overlay", overlay.path.c_str(), "overlay", 0, options.c_str()) != 0)
    return fail(errno_error(errno, "mount an overlay on " + overlay.path));
  for (const auto& [path, mount] : below) TRY(attach_mount(mount, path));
  return {};
}

Status privatize_folder(const std::string& path, const std::string& hide) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {};
  struct Kept {
    std::string path, target;
    bool folder = false;
    Fd mount;
  };
  std::vector<Kept> kept;
  for (const std::string& name : list_folder(path)) {
    if (name.starts_with(hide)) continue;
    Kept entry{path + "/" + name, read_link(path + "/" + name), false, Fd()};
    struct stat kind {};
    if (::lstat(entry.path.c_str(), &kind) != 0) continue;
    entry.folder = S_ISDIR(kind.st_mode);
    if (entry.target.empty()) entry.mount = TRY(clone_mount(entry.path));
    kept.push_back(std::move(entry));
  }
  char options[32];
  std::snprintf(options, sizeof options, "mode=%o", status.st_mode & 07777u);
  TRY(mount_tmpfs(path, options));
  for (const Kept& entry : kept) {
    if (!entry.target.empty()) {
      if (::symlink(entry.target.c_str(), entry.path.c_str()) != 0)
        return fail(errno_error(errno, "make the link " + entry.path));
      continue;
    }
    TRY(entry.folder ? make_folder(entry.path, 0755) : write_plain_file(entry.path, "", 0644));
    TRY(attach_mount(entry.mount, entry.path));
  }
  return {};
}

}  // namespace nvstack::virt
