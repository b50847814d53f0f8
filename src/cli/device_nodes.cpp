#include "cli/device_nodes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.hpp"
#include "base/text.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kTextBytesMax = 256u << 10;
constexpr unsigned kModeMask = 0777;

Result<std::string> read_small_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() < kTextBytesMax) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error(errno, "read " + path));
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

Status make_parent(const std::string& root, const std::string& path) {
  const std::string folder = root + path.substr(0, path.rfind('/'));
  if (::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return fail(errno_error(errno, "make the folder " + folder));
}

/// /dev/char/195:0 -> ../nvidia0, the names that the kernel's own numbers lead to.
Status make_number_link(const std::string& root, const DeviceNode& node) {
  const std::string link = "/dev/char/" + std::to_string(node.major) + ":" + std::to_string(node.minor);
  TRY(make_parent(root, link));
  const std::string target = "../" + node.path.substr(5);
  std::array<char, 256> now{};
  const ssize_t count = ::readlink((root + link).c_str(), now.data(), now.size());
  if (count >= 0 && std::string_view(now.data(), static_cast<std::size_t>(count)) == target) return {};
  if (count >= 0 && ::unlink((root + link).c_str()) != 0) return fail(errno_error(errno, "remove " + link));
  if (::symlink(target.c_str(), (root + link).c_str()) != 0)
    return fail(errno_error(errno, "make the link " + link));
  return {};
}

Status set_permissions(const std::string& path, const NodePermissions& wanted) {
  if (::lchown(path.c_str(), wanted.uid, wanted.gid) != 0 || ::chmod(path.c_str(), wanted.mode) != 0)
    return fail(errno_error(errno, "set the owner and mode of " + path));
  return {};
}

Status make_node(const std::string& path, const DeviceNode& node, const NodePermissions& wanted) {
  const dev_t device = makedev(node.major, node.minor);
  struct stat status {};
  const bool exists = ::lstat(path.c_str(), &status) == 0;
  const bool same = exists && S_ISCHR(status.st_mode) && status.st_rdev == device;
  if (same && (status.st_mode & kModeMask) == wanted.mode && status.st_uid == wanted.uid &&
      status.st_gid == wanted.gid)
    return {};
  if (same) return set_permissions(path, wanted);
  if (exists && ::unlink(path.c_str()) != 0) return fail(errno_error(errno, "remove " + path));
  if (::mknod(path.c_str(), S_IFCHR | wanted.mode, device) != 0)
    return fail(errno_error(errno, "make the device " + path));
  const Status set = set_permissions(path, wanted);
  if (!set) ::unlink(path.c_str());
  return set;
}

/// The number on the line of that name.
std::optional<std::uint64_t> number_on_line(std::string_view text, std::string_view name) {
  for (const std::string_view line : split_lines(text)) {
    const auto parts = cut(line, ":");
    if (parts && trim(parts->first) == name) return parse_uint(trim(parts->second));
  }
  return std::nullopt;
}

}  // namespace

NodePermissions parse_node_permissions(std::string_view text) {
  NodePermissions permissions;
  const auto take = [&](const char* name, unsigned& value) {
    if (const auto number = number_on_line(text, name); number && *number <= 0xffffffffu)
      value = static_cast<unsigned>(*number);
  };
  take("DeviceFileUID", permissions.uid);
  take("DeviceFileGID", permissions.gid);
  take("DeviceFileMode", permissions.mode);
  permissions.mode &= kModeMask;
  unsigned modify = 1;
  take("ModifyDeviceFiles", modify);
  take("DeviceFileModify", modify);
  permissions.may_modify = modify == 1;
  return permissions;
}

Result<unsigned> find_major(std::string_view devices, std::string_view name) {
  bool characters = false;
  for (const std::string_view line : split_lines(devices)) {
    if (line.starts_with("Character devices:")) characters = true;
    if (line.empty()) characters = false;
    const auto words = split_words(line);
    if (!characters || words.size() != 2 || words[1] != name) continue;
    if (const auto major = parse_uint(words[0]); major && *major < 4096) return static_cast<unsigned>(*major);
  }
  return fail(ErrorCode::kNotFound, "/proc/devices lists no " + std::string(name));
}

Status make_device_node(const std::string& root, const DeviceNode& node) {
  NodePermissions wanted;
  if (!node.permissions.empty())
    if (const auto text = read_small_file(root + node.permissions)) wanted = parse_node_permissions(*text);
  if (wanted.may_modify) {
    TRY(make_parent(root, node.path));
    TRY(make_node(root + node.path, node, wanted));
  }
  return make_number_link(root, node);
}

Result<DeviceNode> capability_node(const std::string& root, const std::string& path) {
  if (!path.starts_with("/proc/driver/") || contains(path, ".."))
    return fail(ErrorCode::kDenied, path + " is no file of a capability: they lie below /proc/driver");
  const std::string text = TRY(read_small_file(root + path));
  const auto minor = number_on_line(text, "DeviceFileMinor");
  if (!minor || *minor > 0xfffff) return fail(ErrorCode::kMalformed, path + " holds no DeviceFileMinor");
  DeviceNode node;
  node.path = "/dev/nvidia-caps/nvidia-cap" + std::to_string(*minor);
  node.minor = static_cast<unsigned>(*minor);
  node.permissions = path;
  return dynamic_node(root, "nvidia-caps", node);
}

Result<DeviceNode> dynamic_node(const std::string& root, const std::string& major_name, DeviceNode node) {
  const std::string devices = TRY(read_small_file(root + "/proc/devices"));
  node.major = TRY(find_major(devices, major_name));
  return node;
}

}  // namespace nvstack::cli
