#include "facts/gpus.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::uint16_t kNvidia = 0x10de;
constexpr std::uint32_t kDisplayClass = 0x03;
constexpr std::uint32_t kSwitchClass = 0x0680;
constexpr std::size_t kFunctionsMax = 16'384;
constexpr const char* kDevices = "/sys/bus/pci/devices";

/// One function's directory, asked file by file; a file that is missing or odd is "not known".
struct Function {
  const host::Host& host;
  std::string bdf;
  std::string directory;

  std::string path(const std::string& name) const { return directory + "/" + name; }
  std::string line(const std::string& name) const {
    return printable(host::read_line(host, path(name)).value_or(""), 300);
  }
  std::optional<std::uint64_t> hex(const std::string& name, std::uint64_t max) const {
    const auto value = parse_hex(line(name));
    return value && *value <= max ? value : std::nullopt;
  }
  std::optional<int> count(const std::string& name) const {
    const auto value = parse_uint(line(name));
    return value && *value <= 100'000 ? std::optional(static_cast<int>(*value)) : std::nullopt;
  }
  /// The last part of where a link leads: its driver, its IOMMU group.
  std::string link_name(const std::string& name) const {
    const std::string target = host.readlink(path(name)).value_or("");
    return printable(std::string_view(target).substr(target.rfind('/') + 1), 100);
  }
};

/// What a function is, by its id files and, where they fail, by its modalias.
struct Identity {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint32_t class_code = 0;
  std::optional<PciAlias> alias;
  bool reads_ones = false;  // its ids are all ones: it does not answer

  bool is_display() const { return class_code >> 16 == kDisplayClass; }
  bool is_switch() const { return class_code >> 8 == kSwitchClass; }
};

/// The id files before anything is made of them; all ones count as nothing.
struct IdFiles {
  std::optional<std::uint64_t> vendor, device, code;
  std::optional<PciAlias> alias;
  bool reads_ones = false;
};

IdFiles read_id_files(const Function& function) {
  IdFiles files{function.hex("vendor", 0xffffffff), function.hex("device", 0xffffffff),
                function.hex("class", 0xffffffff), parse_pci_modalias(function.line("modalias"))};
  for (auto* id : {&files.vendor, &files.device}) {
    if (!*id || (**id & 0xffff) != 0xffff) continue;
    files.reads_ones = true;
    id->reset();
  }
  if (files.code > 0xffffffu) files.code.reset();
  if (!files.alias) return files;
  if (!files.vendor) files.vendor = files.alias->vendor;
  if (!files.device) files.device = files.alias->device;
  if (!files.code) files.code = files.alias->class_code;
  return files;
}

tl::unexpected<Error> garbage(const Function& function, const char* name) {
  return fail(ErrorCode::kMalformed, function.path(name) + " holds \"" + printable(function.line(name), 60) +
                                         "\", which is no PCI id");
}

/// Nothing for a function that cannot matter here. Garbage is only an Error where it hides whether this is a
/// GPU of ours.
Result<std::optional<Identity>> identify(const Function& function) {
  const std::optional<Identity> nothing;
  IdFiles files = read_id_files(function);
  if (!files.vendor && !files.reads_ones && !host::exists(function.host, function.path("vendor")))
    return nothing;
  const bool ours = function.link_name("driver") == "nvidia" || function.link_name("driver") == "nouveau";
  if (!files.vendor && files.reads_ones && ours) files.vendor = kNvidia;
  const bool may_be_gpu = !files.code || *files.code >> 16 == kDisplayClass;
  if (!files.vendor && (files.reads_ones || !may_be_gpu)) return nothing;
  if (!files.vendor) return garbage(function, "vendor");
  if (!files.code && *files.vendor != kNvidia) return nothing;
  if (!files.code && files.reads_ones) files.code = kDisplayClass << 16;
  if (!files.code) return garbage(function, "class");
  if (!files.device && *files.vendor == kNvidia && may_be_gpu && !files.reads_ones)
    return garbage(function, "device");
  return std::optional(Identity{static_cast<std::uint16_t>(*files.vendor),
                                static_cast<std::uint16_t>(files.device.value_or(0)),
                                static_cast<std::uint32_t>(*files.code), files.alias, files.reads_ones});
}

/// The subsystem ids; zero where a board has none.
catalog::GpuId gpu_id(const Function& function, const Identity& identity) {
  catalog::GpuId id;
  id.device = identity.device;
  const auto vendor = function.hex("subsystem_vendor", 0xffff),
             device = function.hex("subsystem_device", 0xffff);
  id.subvendor = static_cast<std::uint16_t>(vendor           ? *vendor
                                            : identity.alias ? identity.alias->subvendor
                                                             : 0);
  id.subdevice = static_cast<std::uint16_t>(device           ? *device
                                            : identity.alias ? identity.alias->subdevice
                                                             : 0);
  return id;
}

/// Reading `config` wakes a sleeping function, so it is only asked of one that is awake.
bool responds(const Function& function, const Identity& identity, const PciGpu& gpu) {
  if (identity.reads_ones || function.line("revision") == "0xff") return false;
  if (gpu.runtime_status == "suspended" || gpu.power_state.starts_with("D3")) return true;
  const auto config = function.host.read(function.path("config"), {64, host::ReadLimits::Excess::kKeepStart});
  return !config || !config_is_lost(*config);
}

GpuPlacement placement_of(const Function& function, const PciGpu& gpu, const catalog::Table& chips) {
  if (function.host.readlink(function.path("physfn"))) return GpuPlacement::kVirtualFunction;
  if (gpu.verdict.self_hosted) return GpuPlacement::kSelfHosted;
  for (std::size_t i = 0; i < chips.size(); ++i) {
    const catalog::Row row = chips.row(i);
    const auto first = parse_hex(row["first"]), last = parse_hex(row["last"]);
    if (row["placement"] == "integrated" && first && last && gpu.id.device >= *first &&
        gpu.id.device <= *last)
      return GpuPlacement::kIntegrated;
  }
  return GpuPlacement::kDiscrete;
}

void read_power_and_topology(const Function& function, PciGpu& gpu) {
  if (const auto node = function.count("numa_node")) gpu.numa_node = node;
  gpu.runtime_status = function.line("power/runtime_status");
  gpu.power_control = function.line("power/control");
  gpu.power_state = function.line("power_state");
  if (std::string group = function.link_name("iommu_group"); !group.empty())
    gpu.iommu_group = std::move(group);
  gpu.sriov_vfs_total = function.count("sriov_totalvfs");
  gpu.sriov_vfs = function.count("sriov_numvfs");
  gpu.boot_vga = function.line("boot_vga") == "1";
}

PciGpu read_gpu(const Function& function, const Identity& identity, const catalog::Gpus& published,
                const catalog::Table& chips) {
  PciGpu gpu;
  gpu.bdf = function.bdf;
  gpu.id = gpu_id(function, identity);
  gpu.class_code = identity.class_code;
  gpu.driver = function.link_name("driver");
  gpu.driver_override = function.line("driver_override");
  if (gpu.driver_override == "(null)") gpu.driver_override.clear();
  gpu.modalias = function.line("modalias");
  gpu.link = {parse_link_speed(function.line("current_link_speed")),
              parse_link_speed(function.line("max_link_speed")),
              parse_link_width(function.line("current_link_width")),
              parse_link_width(function.line("max_link_width"))};
  if (const auto text = function.host.read(function.path("resource"), {.bytes_max = 64u << 10}))
    gpu.bars = parse_pci_resources(*text);
  read_power_and_topology(function, gpu);
  gpu.responds = responds(function, identity, gpu);
  gpu.verdict = published.find(gpu.id);
  gpu.placement = placement_of(function, gpu, chips);
  return gpu;
}

}  // namespace

Result<PciGpus> read_gpus(const host::Host& host, const catalog::Catalog& catalog) {
  PciGpus answer;
  const auto entries = host.list(kDevices);
  if (!entries && entries.error().code == ErrorCode::kNotFound) return answer;
  if (!entries) return fail_in(entries.error(), "looking at the PCI bus");
  std::vector<std::string> names;
  for (const host::DirectoryEntry& entry : *entries)
    if (is_bdf(entry.name) && names.size() < kFunctionsMax) names.push_back(entry.name);
  // A longer domain is a higher one.
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& left, const auto& right) { return left.size() < right.size(); });
  const catalog::Gpus& published = *TRY(catalog::Gpus::shared(catalog));
  const catalog::Table* chips = TRY(catalog.table("chips.tsv"));
  for (const std::string& name : names) {
    const Function function{host, name, std::string(kDevices) + "/" + name};
    const auto identity = TRY(identify(function));
    if (!identity) continue;
    const PciNeighbour neighbour{name, identity->vendor, identity->device, identity->class_code,
                                 function.link_name("driver")};
    if (identity->vendor == kNvidia && identity->is_display()) {
      answer.gpus.push_back(read_gpu(function, *identity, published, *chips));
    } else if (identity->vendor == kNvidia && identity->is_switch()) {
      answer.nvswitches.push_back(neighbour);
    } else if (identity->is_display()) {
      answer.other_display.push_back(neighbour);
    }
  }
  return answer;
}

}  // namespace nvstack::facts
