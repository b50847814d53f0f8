// A scenario's GPU as the state page's: identity, place on the bus, values, links, profiles, clocks.
#include <algorithm>
#include <cstring>

#include "abi/nvml.h"
#include "virt/board_values.hpp"
#include "virt/identity.hpp"
#include "virt/page.hpp"

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::ReadingId, channel::TextId;

void set_text(Gpu& gpu, TextId id, const std::string& text) {
  char* target = gpu.texts[static_cast<std::size_t>(id)];
  std::strncpy(target, text.c_str(), channel::kTextBytes - 1);
}

/// A number for a PCI bridge's address, never 0: equal addresses are the same bridge.
std::uint32_t bridge_number(const std::string& bdf) {
  const auto address = parse_bdf(bdf);
  if (!address) return 1;
  return 1 + ((address->domain & 0xfff) << 16 | address->bus << 8 | address->device << 3 | address->function);
}

void fill_place(Gpu& gpu, const ScenarioGpu& staged, const Scenario& scenario) {
  const PciAddress address = parse_bdf(staged.bdf).value_or(PciAddress{});
  gpu.domain = address.domain;
  gpu.bus = address.bus;
  gpu.device = address.device;
  gpu.device_id = staged.board.device_id << 16 | staged.board.vendor_id;
  gpu.subsystem_id = staged.board.subsystem_id << 16 | staged.board.subsystem_vendor;
  gpu.class_code = staged.board.class_code;
  gpu.numa_node = staged.numa_node;
  gpu.socket_id = staged.numa_node;
  const std::size_t depth = std::min(staged.bridges.size(), channel::kBridgesMax);
  for (std::size_t i = 0; i < depth; ++i)
    gpu.bridges[i] = bridge_number(staged.bridges[staged.bridges.size() - 1 - i]);
  // The root complex: that of the topmost bridge's bus, else of the GPU's own.
  const PciAddress top =
      staged.bridges.empty() ? address : parse_bdf(staged.bridges.front()).value_or(address);
  gpu.host_bridge = 1 + (top.domain << 8 | top.bus);
  for (const ScenarioNode& node : scenario.nodes)
    if (node.id == staged.numa_node)
      for (const unsigned cpu : parse_cpu_list(node.cpus).value_or(std::vector<unsigned>{}))
        gpu.cpu_mask[cpu / 64] |= 1ull << (cpu % 64);
}

void fill_values(Gpu& gpu, const ScenarioGpu& staged, std::size_t index) {
  for (channel::Reading& reading : gpu.readings) reading = {0, 3, 0};  // a board has what its file says
  for (const auto& [name, value] : staged.board.readings)
    channel::reading(gpu, *find_reading(name)) = {value.value, value.code, 0};
  for (const auto& [name, value] : staged.board.texts) set_text(gpu, *find_text(name), value);
  set_text(gpu, TextId::uuid, staged.uuid);
  set_text(gpu, TextId::serial, staged.serial);
  set_reading(gpu, ReadingId::minor_number, static_cast<std::int64_t>(index));
  if (channel::reading(gpu, ReadingId::board_id).code != 0)
    set_reading(gpu, ReadingId::board_id, static_cast<std::int64_t>(gpu.bus << 8 | gpu.device));
  if (channel::reading(gpu, ReadingId::irq).code != 0)
    set_reading(gpu, ReadingId::irq, 64 + static_cast<std::int64_t>(index));
  if (channel::reading(gpu, ReadingId::module_id).code != 0)
    set_reading(gpu, ReadingId::module_id, static_cast<std::int64_t>(index + 1));
}

void fill_links(Gpu& gpu, const Scenario& scenario, std::size_t index) {
  for (const ScenarioNvlink& staged : scenario.nvlinks) {
    if (staged.gpu != index || staged.link >= channel::kLinksMax) continue;
    channel::Link& link = gpu.links[staged.link];
    link.active = 1;
    link.capability_bits = 0x3f;  // all of nvmlNvLinkCapability_t
    link.peer_link = staged.peer_link;
    link.peer_gpu = staged.peer_gpu < 0 ? 0xffffffffu : static_cast<std::uint32_t>(staged.peer_gpu);
    link.peer = staged.peer_gpu < 0 ? channel::LinkPeer::kSwitch : channel::LinkPeer::kGpu;
    const bool to_gpu =
        staged.peer_gpu >= 0 && static_cast<std::size_t>(staged.peer_gpu) < scenario.gpus.size();
    const auto address =
        parse_bdf(to_gpu ? scenario.gpus[static_cast<std::size_t>(staged.peer_gpu)].bdf : staged.peer_bdf);
    if (!address) continue;
    link.peer_domain = address->domain;
    link.peer_bus = address->bus;
    link.peer_device = address->device;
    const unsigned device = to_gpu ? scenario.gpus[static_cast<std::size_t>(staged.peer_gpu)].board.device_id
                                   : (scenario.switches.empty() ? 0 : scenario.switches[0].device_id);
    link.peer_device_id = device << 16 | 0x10de;
  }
}

void fill_tables(Gpu& gpu, const Board& board) {
  for (const BoardClocks& clocks : board.clocks)
    gpu.memory_clocks[gpu.memory_clock_count++] = {
        clocks.memory_mhz, clocks.graphics_min_mhz, clocks.graphics_max_mhz,
        static_cast<std::uint32_t>(clocks.graphics_step_mhz * 10 + 0.5)};
  for (const BoardProfile& row : board.profiles) {
    channel::Profile& profile = gpu.profiles[gpu.profile_count++];
    profile = {row.profile,
               row.id,
               row.slices,
               row.instances_max,
               row.multiprocessors,
               row.copy_engines,
               row.decoders,
               row.encoders,
               row.jpegs,
               row.ofas,
               row.graphics,
               row.media_extensions,
               static_cast<std::uint32_t>(std::min<std::size_t>(row.placements.size(), 8)),
               row.size,
               {},
               row.memory_mib,
               {}};
    for (std::size_t i = 0; i < profile.placements; ++i)
      profile.placement_starts[i] = static_cast<std::uint8_t>(row.placements[i]);
    std::strncpy(profile.name, row.name.c_str(), sizeof profile.name - 1);
  }
}

template <std::size_t kBytes>
void put_text(char (&target)[kBytes], const std::string& text) {
  std::strncpy(target, text.c_str(), kBytes - 1);
}

void fill_vgpu_types(Gpu& gpu, const Board& board) {
  std::size_t count = 0;
  for (const BoardVgpu& row : board.vgpus) {
    if (count + 1 == channel::kVgpuTypesMax) break;
    channel::VgpuType& type = gpu.vgpu_types[count++];
    type = {row.id,     row.instances_max, row.instances_per_vm, row.heads, row.width,
            row.height, row.frame_limit,   row.framebuffer_mib,  {},        {},
            {}};
    put_text(type.name, row.name), put_text(type.license, row.license), put_text(type.kind, row.kind);
  }
  constexpr unsigned kTimesliceNs = 2'000'000;
  gpu.vgpu_scheduler = {NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT, 0, 0, 0, kTimesliceNs};
}

}  // namespace

void fill_gpu(Gpu& gpu, const Scenario& scenario, std::size_t index) {
  const ScenarioGpu& staged = scenario.gpus[index];
  fill_place(gpu, staged, scenario);
  gpu.board_group = static_cast<std::uint32_t>(index);
  fill_values(gpu, staged, index);
  fill_links(gpu, scenario, index);
  fill_tables(gpu, staged.board);
  if (value_or(gpu, ReadingId::virtualization_mode, 0) == NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU)
    fill_vgpu_types(gpu, staged.board);
}

}  // namespace nvstack::virt
