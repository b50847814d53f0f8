#include "virt/host_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <memory>

#include "base/fd.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kTextBytesMax = 8u << 20;
constexpr std::size_t kNamesMax = 100'000;

Status write_all(const Fd& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(errno_error(errno, "write " + path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// The same at `path`: a name beside it that a rename turns into `path`.
std::string beside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash + 1) + ".new." + path.substr(slash + 1);
}

Status make_device(const std::string& path, const Node& node) {
  if (::mknod(path.c_str(), S_IFCHR | node.mode, makedev(node.major, node.minor)) == 0) return {};
  if (errno != EPERM) return fail(errno_error(errno, "make the device " + path));
  TRY(write_plain_file(path, "", node.mode));
  if (::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return fail(errno_error(errno, "bind /dev/null over " + path));
  return {};
}

Status make_kind(const std::string& path, const Node& node) {
  switch (node.kind) {
    case NodeKind::kFile: return write_plain_file(path, node.content, node.mode);
    case NodeKind::kSymlink:
      if (::symlink(node.content.c_str(), path.c_str()) != 0)
        return fail(errno_error(errno, "make the link " + path));
      return {};
    case NodeKind::kCharDevice: return make_device(path, node);
    case NodeKind::kDirectory: return make_folder(path, node.mode);
  }
  return {};
}

/// Owners outside a user namespace's map cannot be given; the node stays the caller's then.
Status set_owner(const std::string& path, const Node& node) {
  if (node.uid == 0 && node.gid == 0) return {};
  if (::lchown(path.c_str(), node.uid, node.gid) == 0 || errno == EINVAL || errno == EPERM) return {};
  return fail(errno_error(errno, "set the owner of " + path));
}

}  // namespace

std::string read_text_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> buffer;
  while (file.valid() && text.size() < kTextBytesMax) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::vector<std::string> list_folder(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  while (folder && names.size() < kNamesMax) {
    const dirent* entry = ::readdir(folder.get());
    if (!entry) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t count = ::readlink(path.c_str(), target.data(), target.size());
  return count <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(count));
}

Status make_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return fail(errno_error(errno, "make the folder " + path));
}

Status make_folders_like(const std::string& root, const std::string& folder, const std::string& model) {
  for (std::size_t slash = 0; slash != std::string::npos;) {
    slash = folder.find('/', slash + 1);
    const std::string part = folder.substr(0, slash);
    struct stat status {};
    const bool known = ::lstat((model + part).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (::mkdir((root + part).c_str(), known ? status.st_mode & 07777u : 0755u) != 0) {
      if (errno == EEXIST) continue;
      return fail(errno_error(errno, "make the folder " + root + part));
    }
    // Owners outside a user namespace's map cannot be given; the folder stays the caller's then.
    if (known && (status.st_uid != 0 || status.st_gid != 0))
      if (::lchown((root + part).c_str(), status.st_uid, status.st_gid) != 0) continue;
  }
  return {};
}

Status write_plain_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.valid()) return fail(errno_error(errno, "create " + path));
  return write_all(file, bytes, path);
}

Status copy_file(const std::string& from, const std::string& to, unsigned mode) {
  const Fd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid()) return fail(errno_error(errno, "open " + from));
  struct stat status {};
  if (::fstat(in.number(), &status) != 0) return fail(errno_error(errno, "look at " + from));
  const Fd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out.valid()) return fail(errno_error(errno, "create " + to));
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t sent = ::sendfile(out.number(), in.number(), nullptr, static_cast<std::size_t>(left));
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return fail(errno_error(errno, "copy " + from + " to " + to));
    left -= sent;
  }
  if (::fchmod(out.number(), mode) != 0) return fail(errno_error(errno, "set the mode of " + to));
  return {};
}

Status make_node(const std::string& path, const Node& node) {
  TRY(make_kind(path, node));
  return set_owner(path, node);
}

Status write_node(const std::string& path, const Node& node) {
  struct stat status {};
  const bool exists = ::lstat(path.c_str(), &status) == 0;
  const bool is_folder = exists && S_ISDIR(status.st_mode);
  if (node.kind == NodeKind::kDirectory && is_folder) return {};
  if (is_folder && ::rmdir(path.c_str()) != 0) return fail(errno_error(errno, "replace the folder " + path));
  if (!exists || is_folder) return make_node(path, node);
  const std::string made = beside(path);
  TRY(make_node(made, node));
  if (std::rename(made.c_str(), path.c_str()) == 0) return {};
  const int failed = errno;
  ::unlink(made.c_str());
  return fail(errno_error(failed, "replace " + path));
}

Status remove_node(const std::string& path, const Node& node) {
  const int failed = node.kind == NodeKind::kDirectory ? ::rmdir(path.c_str()) : ::unlink(path.c_str());
  if (failed == 0 || errno == ENOENT || errno == ENOTEMPTY) return {};
  return fail(errno_error(errno, "remove " + path));
}

}  // namespace nvstack::virt
