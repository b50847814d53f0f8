#include "persist/driver_tree.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "abi/nvidia_ioctl.h"
#include "base/text.hpp"

namespace nvstack::persist {

Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error(errno, "read " + path));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > bytes_max)
      return fail(ErrorCode::kTooLarge, path + " has more than " + std::to_string(bytes_max) + " bytes");
  }
}

std::vector<std::string> list_folder(const std::string& path, std::size_t count_max) {
  std::vector<std::string> names;
  DIR* folder = ::opendir(path.c_str());
  if (!folder) return names;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && names.size() < count_max) names.emplace_back(name);
  }
  ::closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

DriverGpu parse_information(const GpuAddress& address, std::string_view text) {
  DriverGpu gpu;
  gpu.address = address;
  for (const std::string_view line : split_lines(text)) {
    const auto parts = cut(line, ":");
    if (!parts) continue;
    const std::string_view name = trim(parts->first), value = trim(parts->second);
    if (name == "Device Minor")
      if (const auto minor = parse_uint(value); minor && *minor <= NV_MINOR_MAX)
        gpu.minor = static_cast<int>(*minor);
    if (name == "GPU UUID" && value.starts_with("GPU-") && value.find('?') == std::string_view::npos)
      gpu.uuid = printable(value, 80);
    if (name == "GPU Excluded") gpu.excluded = value == "Yes";
  }
  return gpu;
}

std::vector<DriverGpu> DriverTree::list_cards() const {
  const Fd control(::open(control_node().c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!control.valid()) return {};
  std::array<nv_ioctl_card_info_t, NV_CARD_INFO_MAX> cards{};
  if (::ioctl(control.number(), NV_IOCTL_REQUEST(NV_ESC_CARD_INFO, sizeof cards), cards.data()) != 0)
    return {};
  std::vector<DriverGpu> gpus;
  for (const nv_ioctl_card_info_t& card : cards) {
    if (!card.valid || card.minor_number > NV_MINOR_MAX) continue;
    const nv_pci_info_t& pci = card.pci_info;
    gpus.push_back(
        {{static_cast<int>(pci.domain), pci.bus, pci.slot}, static_cast<int>(card.minor_number), "", false});
  }
  return gpus;
}

DriverGpu DriverTree::look(const GpuAddress& address) const {
  if (const auto text = read_small_file(gpus_folder() + "/" + render_address(address) + "/information"))
    return parse_information(address, *text);
  for (DriverGpu& gpu : list_cards())
    if (gpu.address == address) return gpu;
  return {address, {}, "", false};
}

std::vector<DriverGpu> DriverTree::list() const {
  std::vector<DriverGpu> gpus;
  for (const std::string& name : list_folder(gpus_folder()))
    if (const auto address = parse_address(name))
      if (DriverGpu gpu = look(*address); !gpu.excluded) gpus.push_back(std::move(gpu));
  if (gpus.empty()) gpus = list_cards();
  if (gpus.empty())
    for (const std::string& name : list_folder(root_ + "/sys/bus/pci/drivers/nvidia"))
      if (const auto address = parse_address(name); address && name.size() >= 12)
        gpus.push_back({*address, {}, "", false});
  std::sort(gpus.begin(), gpus.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
  return gpus;
}

}  // namespace nvstack::persist
