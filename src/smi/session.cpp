#include "smi/session.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/read.hpp"
#include "smi/silent_gpu.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kGpusMax = 4096;

/// "590.48" of NVML's "13.590.48.01": the original prints the driver's branch and its first number.
std::string library_version(nvml::Nvml& nvml) {
  std::array<char, 96> text{};
  const auto code =
      NVML_CALL(nvml, nvmlSystemGetNVMLVersion, text.data(), static_cast<unsigned>(text.size() - 1));
  if (code != NVML_SUCCESS) return "Unknown";
  const auto numbers = split(text.data(), '.');
  return numbers.size() < 3 ? printable(text.data(), 80)
                            : std::string(numbers[1]) + "." + std::string(numbers[2]);
}

Target target_at(System& system, unsigned index) {
  Target target{.index = index, .code = NVML_SUCCESS, .board = {}};
  if (system.progress && system.progress->is_silent(index)) {
    target.board.emplace(system, index, read_pci_place(index));
    return target;
  }
  if (system.progress) system.progress->open(index);
  nvmlDevice_t device = nullptr;
  target.code = NVML_CALL(system.nvml, nvmlDeviceGetHandleByIndex_v2, index, &device);
  if (target.code == NVML_SUCCESS) target.board.emplace(system, index, device);
  return target;
}

/// "0000:0c:00.0", "00000000:0C:00.0", "0C:00.0", "c:0": domain, bus and device; the function is always 0.
std::optional<std::array<std::uint64_t, 3>> parse_bus_id(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2 && parts.size() != 3) return std::nullopt;
  const bool domain = parts.size() == 3;
  std::string_view device = parts.back();
  device = device.substr(0, device.find('.'));
  const auto first = domain ? parse_hex(parts[0]) : std::optional<std::uint64_t>(0);
  const auto bus = parse_hex(parts[domain ? 1 : 0]), number = parse_hex(device);
  if (!first || !bus || !number) return std::nullopt;
  return std::array{*first, *bus, *number};
}

}  // namespace

bool is_named(Target& target, std::string_view id) {
  if (!target.board) return false;
  Board& board = *target.board;
  if (const auto bus = parse_bus_id(id)) {
    const auto& pci = board.pci();
    return pci.ok() && pci.value.domain == (*bus)[0] && pci.value.bus == (*bus)[1] &&
           pci.value.device == (*bus)[2];
  }
  const auto uuid = board.text("nvmlDeviceGetUUID");
  if (uuid.ok() && uuid.value == id) return true;
  const auto serial = board.text("nvmlDeviceGetSerial");
  return serial.ok() && serial.value == id;
}

Start start_driver(nvml::Nvml& nvml) {
  auto code = NVML_CALL(nvml, nvmlInit_v2);
  if (code == NVML_ERROR_FUNCTION_NOT_FOUND) code = NVML_CALL(nvml, nvmlInit);
  if (code == NVML_SUCCESS) return {};
  if (code == NVML_ERROR_DRIVER_NOT_LOADED)
    return {code,
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that "
            "the latest "
            "NVIDIA driver is installed and running.\n\n"};
  std::string message = "Failed to initialize NVML: " + std::string(code_words(code)) + "\n";
  if (code == NVML_ERROR_LIB_RM_VERSION_MISMATCH)
    message += "NVML library version: " + library_version(nvml) + "\n";
  return {code, message};
}

Start no_library() {
  return {NVML_ERROR_LIBRARY_NOT_FOUND,
          "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA "
          "Display "
          "Driver is properly installed and present in your system.\nPlease also try adding directory that "
          "contains "
          "libnvidia-ml.so to your system PATH.\n"};
}

std::vector<Target> find_targets(System& system, const std::string& ids) {
  std::vector<Target> all;
  const unsigned count = std::min(system.count, kGpusMax);
  if (ids.empty()) {
    for (unsigned i = 0; i < count; ++i) all.push_back(target_at(system, i));
    return all;
  }
  for (const std::string_view part : split(ids, ',')) {
    const std::string_view id = trim(part);
    const auto index = id.size() < 6 ? parse_uint(id) : std::nullopt;
    if (index && *index < count) {
      all.push_back(target_at(system, static_cast<unsigned>(*index)));
      continue;
    }
    bool found = false;
    for (unsigned i = 0; i < count && !found; ++i) {
      Target target = target_at(system, i);
      found = is_named(target, id);
      if (found) all.push_back(std::move(target));
    }
    if (!found) return {};
  }
  return all;
}

std::string lost_message(const Target& target) {
  std::string address = gpu_address(target.index);  // without a handle NVML has no bus id
  std::string where = "GPU" + std::to_string(target.index);
  if (!address.empty()) {
    std::transform(address.begin(), address.end(), address.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    where += ": " + address;
  }
  return "Unable to determine the device handle for " + where + ": " + code_words(target.code) + "\n";
}

}  // namespace nvstack::smi
