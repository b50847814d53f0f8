#include "facts/platform.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

std::string line_or_empty(const host::Host& host, const std::string& path) {
  return printable(host::read_line(host, path).value_or(""), 300);
}

/// What makers of virtual machines write into DMI; "" for the product: any.
struct Vendor {
  std::string_view vendor, product, hypervisor;
};
constexpr Vendor kVendors[] = {
    {"QEMU", "", "kvm"},
    {"Red Hat", "KVM", "kvm"},
    {"Red Hat", "RHEV", "kvm"},
    {"oVirt", "", "kvm"},
    {"OpenStack", "", "kvm"},
    {"RDO", "OpenStack", "kvm"},
    {"Nutanix", "AHV", "kvm"},
    {"Google", "Google Compute Engine", "kvm"},
    {"Alibaba Cloud", "", "kvm"},
    {"Tencent Cloud", "", "kvm"},
    {"DigitalOcean", "", "kvm"},
    {"VMware", "", "vmware"},
    {"Microsoft Corporation", "Virtual Machine", "hyperv"},
    {"Xen", "", "xen"},
    {"Amazon EC2", "", "amazon"},
    {"innotek", "", "virtualbox"},
    {"Parallels", "", "parallels"},
    {"Apple Inc.", "Apple Virtualization", "apple"},
};

bool has_hypervisor_flag(const host::Host& host) {
  // The first processor's flags stand at the start.
  const auto text = host.read("/proc/cpuinfo", {64u << 10, host::ReadLimits::Excess::kKeepStart});
  if (!text) return false;
  for (const std::string_view line : split_lines(*text)) {
    if (!line.starts_with("flags")) continue;
    const auto words = split_words(line);
    return std::find(words.begin(), words.end(), "hypervisor") != words.end();
  }
  return false;
}

std::string find_hypervisor(const host::Host& host, const Platform& platform) {
  if (line_or_empty(host, "/sys/hypervisor/type") == "xen") {
    // The privileged domain is the real machine.
    if (contains(line_or_empty(host, "/proc/xen/capabilities"), "control_d")) return {};
    return "xen";
  }
  if (std::string named = hypervisor_of_vendor(platform.system_vendor, platform.product_name); !named.empty())
    return named;
  // A virtual machine's device tree names its hypervisor as "linux,kvm".
  if (const auto compatible = host.read("/proc/device-tree/hypervisor/compatible"))
    return contains(*compatible, "kvm") ? "kvm" : contains(*compatible, "xen") ? "xen" : "unknown";
  return has_hypervisor_flag(host) ? "unknown" : "";
}

std::optional<bool> iommu_groups(const host::Host& host) {
  const auto groups = host.list("/sys/kernel/iommu_groups");
  return groups ? std::optional(!groups->empty()) : std::nullopt;
}

bool any_exists(const host::Host& host, std::initializer_list<const char*> paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const char* path) { return host::exists(host, path); });
}

std::optional<int> read_year(const host::Host& host) {
  const auto answer = host.query({{"date", "+%Y"}, {.deadline = std::chrono::seconds(3)}});
  const auto year = answer && answer->exit_code == 0 ? parse_uint(trim(answer->out)) : std::nullopt;
  return year && *year < 10'000 ? std::optional(static_cast<int>(*year)) : std::nullopt;
}

}  // namespace

std::string hypervisor_of_vendor(std::string_view system_vendor, std::string_view product_name) {
  // Amazon sells whole machines under the same name: "g5.metal".
  if (contains(product_name, ".metal")) return {};
  for (const Vendor& row : kVendors)
    if (system_vendor.starts_with(row.vendor) && product_name.starts_with(row.product))
      return std::string(row.hypervisor);
  return product_name.starts_with("KVM") ? "kvm" : "";
}

std::vector<Platform::Space> parse_disk_space(std::string_view text, const std::vector<std::string>& paths) {
  std::vector<Platform::Space> space;
  for (const std::string_view line : split_lines(text.substr(0, 64u << 10))) {
    // "Filesystem 1024-blocks Used Available Capacity Mounted on"; a device's name may hold blanks
    const auto words = split_words(line);
    const auto percent =
        std::find_if(words.begin(), words.end(), [](std::string_view word) { return word.ends_with('%'); });
    if (percent == words.end() || percent - words.begin() < 4 || words.end() - percent < 2) continue;
    const auto free_kib = parse_uint(*(percent - 1));
    if (!free_kib || *free_kib > UINT64_MAX / 1024) continue;
    const std::string_view mounted =
        line.substr(static_cast<std::size_t>((percent + 1)->data() - line.data()));
    space.push_back({printable(trim(mounted), 300), *free_kib * 1024});
  }
  if (space.size() == paths.size())
    for (std::size_t i = 0; i < paths.size(); ++i) space[i].path = paths[i];
  return space;
}

Result<Platform> read_platform(const host::Host& host) {
  Platform platform;
  platform.system_vendor = line_or_empty(host, "/sys/class/dmi/id/sys_vendor");
  platform.product_name = line_or_empty(host, "/sys/class/dmi/id/product_name");
  const std::string model = host.read("/proc/device-tree/model").value_or("");
  platform.device_tree_model = printable(trim(std::string_view(model).substr(0, model.find('\0'))), 300);
  platform.wsl = contains(to_lower(line_or_empty(host, "/proc/version")), "microsoft");
  platform.wsl_libraries = host::exists(host, "/usr/lib/wsl/lib/libcuda.so.1");
  platform.dxg_device = host::exists(host, "/dev/dxg");
  platform.hypervisor = find_hypervisor(host, platform);
  platform.vgpu_host = any_exists(
      host, {"/usr/bin/nvidia-vgpu-mgr", "/usr/bin/nvidia-vgpud", "/usr/share/nvidia/vgpu/vgpuConfig.xml"});
  platform.grid_config = host::exists(host, "/etc/nvidia/gridd.conf");
  platform.auto_online_blocks = line_or_empty(host, "/sys/devices/system/memory/auto_online_blocks");
  platform.iommu = iommu_groups(host);
  const std::vector<std::string> paths = {"/", "/boot", "/var"};
  // df fails when one path is missing, and still prints the others.
  if (const auto answer =
          host.query({{"df", "-Pk", "/", "/boot", "/var"}, {.deadline = std::chrono::seconds(3)}}))
    platform.space = parse_disk_space(answer->out, paths);
  platform.year = read_year(host);
  return platform;
}

}  // namespace nvstack::facts
