#include "persist/nodes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "abi/nvidia_ioctl.h"
#include "base/process.hpp"
#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr std::chrono::milliseconds kModprobePatience{30'000};

bool is_there(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

void make_node(const std::string& path, unsigned minor_number, const NodeRights& rights, Log& log) {
  if (::mknod(path.c_str(), S_IFCHR | rights.mode, makedev(NV_MAJOR, minor_number)) != 0 ||
      ::chown(path.c_str(), rights.uid, rights.gid) != 0 || ::chmod(path.c_str(), rights.mode) != 0)
    return log.write(Level::kWarning, "Cannot make " + path + ": " + std::strerror(errno));
  log.write(Level::kNotice, "Made " + path);
}

}  // namespace

std::optional<NodeRights> parse_node_rights(std::string_view params) {
  NodeRights rights;
  for (const std::string_view line : split_lines(params)) {
    const auto parts = cut(line, ":");
    if (!parts) continue;
    const auto value = parse_uint(trim(parts->second));
    if (!value || *value > 0xffffffffu) continue;
    const auto number = static_cast<unsigned>(*value);
    if (parts->first == "ModifyDeviceFiles" && number != 1) return {};
    if (parts->first == "DeviceFileUID") rights.uid = number;
    if (parts->first == "DeviceFileGID") rights.gid = number;
    if (parts->first == "DeviceFileMode") rights.mode = number & 0777;
  }
  return rights;
}

void make_missing_nodes(const DriverTree& tree, Log& log) {
  if (::geteuid() != 0) return;
  std::vector<unsigned> missing;
  if (!is_there(tree.control_node())) missing.push_back(NV_MINOR_CTL);
  for (const DriverGpu& gpu : tree.list())
    if (gpu.minor && !is_there(tree.node(*gpu.minor))) missing.push_back(static_cast<unsigned>(*gpu.minor));
  if (missing.empty()) return;
  if (tree.root().empty()) {
    std::vector<std::string> words = {"nvidia-modprobe"};
    for (const unsigned minor_number : missing)
      words.push_back("-c"), words.push_back(std::to_string(minor_number));
    const auto done = run_process(words, {.deadline = kModprobePatience});
    if (done && done->exit_code == 0)
      return log.write(Level::kInformation, "nvidia-modprobe made the device nodes");
  }
  const auto params = read_small_file(tree.root() + "/proc/driver/nvidia/params");
  if (!params) return;  // no driver is loaded: nothing to make nodes for
  const auto rights = parse_node_rights(*params);
  if (!rights) return;
  for (const unsigned minor_number : missing)
    make_node(minor_number == NV_MINOR_CTL ? tree.control_node() : tree.node(static_cast<int>(minor_number)),
              minor_number, *rights, log);
}

}  // namespace nvstack::persist
