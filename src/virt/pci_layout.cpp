#include "virt/pci_layout.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kAmd = 0x1022, kBroadcom = 0x1000, kNvidia = 0x10de;
constexpr unsigned kClassHostBridge = 0x060000, kClassBridge = 0x060400, kClassSwitch = 0x068000,
                   kClassAudio = 0x040300;
constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::uint64_t kMemoryFirst = 0x90000000, kMemoryLast = 0xf0000000;
constexpr std::uint64_t kPrefetchFirst = 0x20000000000;
constexpr unsigned kPortsFirst = 0x1000, kPortsBytes = 0x80;

struct Address {
  std::string domain;  // "0000"
  unsigned bus = 0;
};

Address address_of(const std::string& bdf) {
  const std::size_t colon = bdf.find(':');
  if (colon == std::string::npos) return {"0000", 0};
  const auto bus = parse_hex(bdf.substr(colon + 1, 2));
  return {bdf.substr(0, colon), static_cast<unsigned>(bus.value_or(0))};
}

std::string root_of(const std::string& bdf) {
  return bdf.substr(0, bdf.find(':') + 3);  // "0000:c0"
}

/// The sound function's id by the GPU's generation (pci.ids): 10de:22ba beside AD102.
unsigned audio_device(unsigned gpu) {
  if (gpu >= 0x2b00) return 0x22e8;
  if (gpu >= 0x2680) return 0x22ba;
  if (gpu >= 0x2200) return 0x1aef;
  if (gpu >= 0x1e00) return 0x10f7;
  return 0x10f0;
}

class Layout {
 public:
  explicit Layout(const Machine& machine) : machine_(machine) {}

  std::vector<PciFunction> make() {
    if (machine_.platform == "wsl") {
      add_windows_gpu();
      return std::move(functions_);
    }
    for (const MachineGpu& gpu : machine_.gpus) add_gpu(gpu);
    for (const ScenarioSwitch& nvswitch : machine_.switches) add_switch(nvswitch);
    number_buses();
    place();
    return std::move(functions_);
  }

 private:
  /// The position of a function that is there, else of the new one.
  int add(PciFunction function) {
    if (const auto at = known_.find(function.bdf); at != known_.end()) return at->second;
    const std::string folder = function.parent < 0
                                   ? "/sys/devices/pci" + root_of(function.bdf)
                                   : functions_[static_cast<std::size_t>(function.parent)].path;
    function.path = folder + "/" + function.bdf;
    const int position = static_cast<int>(functions_.size());
    known_[function.bdf] = position;
    functions_.push_back(std::move(function));
    return position;
  }

  int node(unsigned numa_node) const { return machine_.nodes.empty() ? -1 : static_cast<int>(numa_node); }

  /// A function that takes the host bridge's place on its bus (some guests') has none.
  void add_host_bridge(const std::string& bdf, unsigned numa_node) {
    if (bdf == root_of(bdf) + ":00.0") return;
    PciFunction bridge;
    bridge.bdf = root_of(bdf) + ":00.0";
    bridge.kind = PciKind::kHostBridge;
    bridge.vendor = bridge.subsystem_vendor = kAmd;
    bridge.device = bridge.subsystem_device = 0x1480;
    bridge.class_code = kClassHostBridge;
    bridge.numa_node = node(numa_node);
    bridge.has_link = false;
    add(bridge);
  }

  /// Root port first; what follows in pairs is a switch: its upstream and its downstream port.
  int add_bridges(const MachineGpu& gpu) {
    int parent = -1;
    for (std::size_t i = 0; i < gpu.bridges.size(); ++i) {
      PciFunction bridge;
      bridge.bdf = gpu.bridges[i];
      bridge.parent = parent;
      bridge.kind = i == 0       ? PciKind::kRootPort
                    : i % 2 == 1 ? PciKind::kSwitchUpstream
                                 : PciKind::kSwitchDownstream;
      bridge.vendor = bridge.subsystem_vendor = i == 0 ? kAmd : kBroadcom;
      bridge.device = i == 0 ? 0x1483 : 0xc030;
      bridge.subsystem_device = i == 0 ? 0x1453 : 0x0001;
      bridge.class_code = kClassBridge;
      bridge.driver = "pcieport";
      bridge.gpu = &gpu;
      bridge.numa_node = node(gpu.numa_node);
      bridge.irq = 40 + static_cast<int>(functions_.size() % 200);
      const bool lowest = i + 1 == gpu.bridges.size();
      const unsigned best = gpu.link_generation_host_max ? gpu.link_generation_host_max
                                                         : gpu.link_generation_max,
                     lanes = gpu.link_width_max;
      bridge.link = {lowest ? gpu.link_generation : best, best, lowest ? gpu.link_width : lanes, lanes};
      parent = add(bridge);
    }
    return parent;
  }

  void add_gpu(const MachineGpu& gpu) {
    add_host_bridge(gpu.bridges.empty() ? gpu.bdf : gpu.bridges.front(), gpu.numa_node);
    PciFunction function;
    function.bdf = gpu.bdf;
    function.parent = add_bridges(gpu);
    function.vendor = gpu.board->vendor_id, function.device = gpu.board->device_id;
    function.subsystem_vendor = gpu.board->subsystem_vendor,
    function.subsystem_device = gpu.board->subsystem_id;
    function.class_code = gpu.board->class_code, function.revision = gpu.board->revision;
    function.driver = gpu.driver;
    function.gpu = &gpu;
    function.numa_node = node(gpu.numa_node);
    function.irq = gpu.irq;
    function.iommu_group = gpu.iommu_group;
    function.link = {gpu.link_generation, gpu.link_generation_max, gpu.link_width, gpu.link_width_max};
    const std::size_t places[] = {kRegisters, kMemory, kSecond};
    for (std::size_t i = 0; i < gpu.board->bar_bytes.size() && i < 3; ++i)
      function.bars[places[i]].bytes = gpu.board->bar_bytes[i];
    const bool screen = gpu.board->class_code == 0x030000;
    if (screen) function.bars[kPorts].bytes = kPortsBytes;
    const int position = add(function);
    if (gpu.board->audio_function) add_audio(functions_[static_cast<std::size_t>(position)]);
  }

  void add_audio(PciFunction function) {
    function.kind = PciKind::kAudio;
    function.bdf.back() = '1';
    function.device = audio_device(function.device);
    function.class_code = kClassAudio;
    function.driver = function.driver == "vfio-pci" ? "vfio-pci" : "snd_hda_intel";
    function.irq += 100;
    function.bars = {};
    function.bars[kRegisters].bytes = 16u << 10;
    add(function);
  }

  /// What Hyper-V shows of the Windows GPU, whatever that is (pci.ids: Basic Render Driver).
  void add_windows_gpu() {
    PciFunction function;
    function.bdf = "a7a8:00:00.0";
    function.kind = PciKind::kHostBridge;  // a plain function without a link of its own
    function.vendor = 0x1414, function.device = 0x008e;
    function.class_code = 0x030200;
    function.driver = "dxgkrnl";
    function.has_link = false;
    add(function);
  }

  void add_switch(const ScenarioSwitch& nvswitch) {
    add_host_bridge(nvswitch.bdf, nvswitch.numa_node);
    PciFunction function;
    function.bdf = nvswitch.bdf;
    function.kind = PciKind::kNvSwitch;
    function.vendor = function.subsystem_vendor = kNvidia;
    function.device = nvswitch.device_id;
    function.class_code = kClassSwitch;
    function.revision = 0xa1;
    function.driver = machine_.driver_version.empty() ? "" : "nvidia-nvswitch";
    function.numa_node = node(nvswitch.numa_node);
    function.irq = 60;
    function.link = {4, 4, 2, 2};
    function.bars[kRegisters].bytes = 32 * kMiB;
    add(function);
  }

  /// A bridge's secondary bus is the one its children are on; subordinate the highest below.
  void number_buses() {
    for (std::size_t i = functions_.size(); i-- > 0;) {
      const PciFunction& child = functions_[i];
      if (child.parent < 0) continue;
      PciFunction& bridge = functions_[static_cast<std::size_t>(child.parent)];
      const unsigned bus = address_of(child.bdf).bus;
      bridge.primary_bus = address_of(bridge.bdf).bus;
      bridge.secondary_bus = bus;
      bridge.subordinate_bus = std::max({bridge.subordinate_bus, bus, child.subordinate_bus});
    }
  }

  static std::uint64_t align(std::uint64_t at, std::uint64_t bytes) {
    const std::uint64_t step = std::max<std::uint64_t>(bytes, 4096);
    return (at + step - 1) / step * step;
  }

  static void widen(PciRegion& window, const PciRegion& region) {
    if (region.bytes == 0) return;
    const std::uint64_t start = region.start / kMiB * kMiB, end = align(region.end() + 1, kMiB);
    const std::uint64_t first = window.bytes == 0 ? start : std::min(window.start, start);
    const std::uint64_t last = window.bytes == 0 ? end : std::max(window.start + window.bytes, end);
    window = {first, last - first};
  }

  /// Memory in the order of the tree, so that what is below one bridge lies together.
  void place() {
    std::map<std::string, std::uint64_t> memory;  // next free below 4 GiB, by domain
    std::uint64_t prefetch = kPrefetchFirst;
    unsigned ports = kPortsFirst;
    for (PciFunction& function : functions_) {
      if (is_bridge(function) || function.kind == PciKind::kHostBridge) continue;
      std::uint64_t& next = memory.try_emplace(address_of(function.bdf).domain, kMemoryFirst).first->second;
      PciRegion& registers = function.bars[kRegisters];
      if (align(next, registers.bytes) + registers.bytes > kMemoryLast) next = kMemoryFirst;
      registers.start = align(next, registers.bytes);
      next = registers.start + registers.bytes;
      for (const std::size_t i : {kMemory, kSecond}) {
        PciRegion& region = function.bars[i];
        if (region.bytes == 0) continue;
        region.start = align(prefetch, region.bytes);
        prefetch = region.start + region.bytes;
      }
      if (function.bars[kPorts].bytes != 0)
        function.bars[kPorts].start = ports, ports = (ports + 0x1000) & 0xf000;
    }
    for (std::size_t i = functions_.size(); i-- > 0;) {
      const PciFunction& child = functions_[i];
      if (child.parent < 0) continue;
      PciFunction& bridge = functions_[static_cast<std::size_t>(child.parent)];
      widen(bridge.bars[kMemoryWindow], child.bars[kRegisters]);
      if (is_bridge(child)) widen(bridge.bars[kPrefetchWindow], child.bars[kPrefetchWindow]);
      if (child.kind != PciKind::kGpu) continue;
      for (const std::size_t place : {kMemory, kSecond})
        widen(bridge.bars[kPrefetchWindow], child.bars[place]);
    }
  }

  const Machine& machine_;
  std::vector<PciFunction> functions_;
  std::map<std::string, int> known_;
};

}  // namespace

bool is_bridge(const PciFunction& function) {
  return function.kind == PciKind::kRootPort || function.kind == PciKind::kSwitchUpstream ||
         function.kind == PciKind::kSwitchDownstream;
}

std::vector<PciFunction> lay_out_pci(const Machine& machine) {
  return Layout(machine).make();
}

}  // namespace nvstack::virt
