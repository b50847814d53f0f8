#include "smi/silent_gpu.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

namespace fs = std::filesystem;
constexpr const char* kDevices = "/sys/bus/pci/devices/";

unsigned read_hex(const std::string& path) {
  std::ifstream file(path);
  std::array<char, 16> line{};
  file.getline(line.data(), line.size());
  const std::string_view text = line.data();
  return text.starts_with("0x") ? static_cast<unsigned>(parse_hex(text.substr(2)).value_or(0)) : 0;
}

}  // namespace

std::string gpu_address(unsigned index) {
  std::vector<std::string> addresses;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/bus/pci/drivers/nvidia", error)) {
    const std::string name = entry.path().filename();
    if (name.size() == 12 && name[4] == ':') addresses.push_back(name);
  }
  std::sort(addresses.begin(), addresses.end());
  return index < addresses.size() ? addresses[index] : "";
}

std::optional<nvmlPciInfo_t> read_pci_place(unsigned index) {
  const std::string address = gpu_address(index);
  nvmlPciInfo_t pci{};
  if (std::sscanf(address.c_str(), "%4x:%2x:%2x", &pci.domain, &pci.bus, &pci.device) != 3)
    return std::nullopt;
  std::snprintf(pci.busId, sizeof pci.busId, "%08X:%02X:%02X.0", pci.domain, pci.bus, pci.device);
  std::snprintf(pci.busIdLegacy, sizeof pci.busIdLegacy, "%04X:%02X:%02X.0", pci.domain & 0xffff, pci.bus,
                pci.device);
  const std::string folder = kDevices + address + "/";
  pci.pciDeviceId = read_hex(folder + "device") << 16 | read_hex(folder + "vendor");
  pci.pciSubSystemId = read_hex(folder + "subsystem_device") << 16 | read_hex(folder + "subsystem_vendor");
  return pci;
}

bool is_asleep(unsigned index) {
  const std::string address = gpu_address(index);
  if (address.empty()) return false;
  const std::string folder = kDevices + address + "/";
  std::error_code error;
  if (!fs::exists(folder + "irq", error)) return false;
  const bool none = fs::is_empty(folder + "msi_irqs", error);
  return none || error;  // the folder is there while the driver holds a vector
}

std::string silent_message(unsigned index, double seconds) {
  std::string address = gpu_address(index);
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  std::array<char, 120> text{};
  std::snprintf(text.data(), text.size(), "GPU %u: %s%sthe driver gave no answer within %.1f s\n", index,
                address.c_str(), address.empty() ? "" : ": ", seconds);
  return text.data();
}

}  // namespace nvstack::smi
