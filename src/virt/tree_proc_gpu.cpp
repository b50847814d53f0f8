// One GPU's folder in /proc/driver/nvidia/gpus. The blanks and tabs are the driver's.
#include <fmt/format.h>

#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

// In pieces: ??- is a trigraph.
constexpr const char* kUnknownUuid =
    "GPU-????????"
    "-????"
    "-????"
    "-????"
    "-????????????";
constexpr const char* kUnknownBios =
    "??"
    ".??"
    ".??"
    ".??"
    ".??";

std::string information(const MachineGpu& gpu) {
  const auto text = [&](const char* name) {
    const auto at = gpu.board->texts.find(name);
    return at == gpu.board->texts.end() ? std::string("Unknown") : at->second;
  };
  const unsigned bits = gpu.board->dma_bits;
  const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  std::string lines = fmt::format("Model: \t\t {}\n", text("name"));
  lines += fmt::format("IRQ:   \t\t {}\n", gpu.irq);
  lines += fmt::format("GPU UUID: \t {}\n", gpu.uuid.empty() ? kUnknownUuid : gpu.uuid);
  lines += fmt::format("Video BIOS: \t {}\n", gpu.video_bios.empty() ? kUnknownBios : gpu.video_bios);
  lines += "Bus Type: \t PCIe\n";
  lines += fmt::format("DMA Size: \t {} bits\n", bits);
  lines += fmt::format("DMA Mask: \t 0x{:x}\n", mask);
  lines += fmt::format("Bus Location: \t {}\n", gpu.bdf);
  lines += fmt::format("Device Minor: \t {}\n", gpu.minor);
  lines += fmt::format("GPU Firmware: \t {}\n", gpu.firmware.empty() ? "N/A" : gpu.firmware);
  lines += fmt::format("GPU Excluded:\t {}\n", gpu.excluded ? "Yes" : "No");
  return lines;
}

std::string power(const MachinePower& power) {
  return fmt::format(
      "Runtime D3 status:          {}\n"
      "Video Memory:               {}\n\n"
      "GPU Hardware Support:\n"
      " Video Memory Self Refresh: {}\n"
      " Video Memory Off:          {}\n\n"
      "S0ix Power Management:\n"
      " Platform Support:          {}\n"
      " Status:                    {}\n\n"
      "Notebook Dynamic Boost:     {}\n",
      power.runtime_d3, power.video_memory, power.self_refresh, power.memory_off, power.s0ix_platform,
      power.s0ix_status, power.dynamic_boost);
}

std::string numa_status(const MachineNuma& numa, bool initialized) {
  std::string text = fmt::format("Node:      {}\nStatus:    {}\n", numa.node, numa.status);
  if (initialized) text += fmt::format("Address:   {:x}\nSize:      {:x}\n", numa.address, numa.bytes);
  return text;
}

}  // namespace

void put_proc_gpu(Tree& tree, const MachineGpu& gpu) {
  const std::string folder = "/proc/driver/nvidia/gpus/" + gpu.bdf;
  put_file(tree, folder + "/information", information(gpu));
  put_file(tree, folder + "/registry", "Binary: \"" + gpu.registry + "\"\n", 0644);
  put_file(tree, folder + "/power", power(gpu.power));
  if (gpu.numa) put_file(tree, folder + "/numa_status", numa_status(*gpu.numa, gpu.initialized), 0644);
}

}  // namespace nvstack::virt
