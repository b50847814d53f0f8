#include "host/machine_gpu.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>

#include "base/text.hpp"

namespace nvstack::host {

namespace {

constexpr std::string_view kSettings[] = {
    "bar1",      "boot_vga", "class", "control", "driver",    "excluded",    "gsp",
    "iommu",     "minor",    "model", "numa",    "power",     "power_state", "speed",
    "speed_max", "vf_of",    "vfs",   "width",   "width_max",
};

using Settings = std::map<std::string, std::string, std::less<>>;

std::string setting(const Settings& settings, std::string_view name, std::string_view otherwise) {
  const auto at = settings.find(name);
  return at == settings.end() ? std::string(otherwise) : at->second;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// pci:v000010DEd00002684sv...: the string that modules.alias patterns are matched with.
std::string modalias(const std::vector<std::string>& ids, const std::string& class_code) {
  return "pci:v0000" + upper(ids[0]) + "d0000" + upper(ids[1]) + "sv0000" + upper(ids[2]) + "sd0000" +
         upper(ids[3]) + "bc" + upper(class_code.substr(0, 2)) + "sc" + upper(class_code.substr(2, 2)) + "i" +
         upper(class_code.substr(4, 2));
}

/// BAR0 16 MiB, BAR1 as given in MiB, BAR3 32 MiB; sysfs writes "start end flags" for each.
std::string resource_lines(std::uint64_t bar1_mib) {
  std::string text;
  char line[80];
  const auto add = [&](std::uint64_t start, std::uint64_t bytes, std::uint64_t flags) {
    std::snprintf(line, sizeof line, "0x%016llx 0x%016llx 0x%016llx\n",
                  static_cast<unsigned long long>(start),
                  static_cast<unsigned long long>(bytes ? start + bytes - 1 : 0),
                  static_cast<unsigned long long>(flags));
    text += line;
  };
  constexpr std::uint64_t mib = 1u << 20;
  add(0xf5000000, 16 * mib, 0x40200);
  add(bar1_mib ? 0x6000000000 : 0, bar1_mib * mib, bar1_mib ? 0x14220c : 0);
  add(0, 0, 0);
  add(0x7000000000, 32 * mib, 0x14220c);
  return text;
}

/// What the loaded driver adds for a GPU it has bound (as nv-procfs.c prints it).
void put_driver_files(MachineImage& image, const std::string& bdf, const Settings& settings) {
  const auto number = parse_uint(setting(settings, "minor", ""));
  if (!number) return;
  const std::string minor_text = std::to_string(*number);
  image.put_file("/proc/driver/nvidia/gpus/" + bdf + "/information",
                 "Model: \t\t " + replace_all(setting(settings, "model", "NVIDIA_GPU"), "_", " ") +
                     "\nIRQ:   \t\t 120\nGPU UUID: \t GPU-00000000-0000-0000-0000-00000000000" + minor_text +
                     "\nVideo BIOS: \t 95.02.18.80.5f\nBus Type: \t PCIe\nDMA Size: \t 47 bits\nDMA Mask: \t "
                     "0x7fffffffffff\nBus Location: \t " +
                     bdf + "\nDevice Minor: \t " + minor_text + "\nGPU Firmware: \t " +
                     setting(settings, "gsp", "N/A") + "\nGPU Excluded:\t " +
                     setting(settings, "excluded", "No") + "\n");
  ImageEntry node;
  node.status = {FileType::kCharDevice, 0666};
  node.status.device_major = 195, node.status.device_minor = static_cast<std::uint32_t>(*number);
  image.put("/dev/nvidia" + minor_text, std::move(node));
}

}  // namespace

Status put_gpu_files(MachineImage& image, std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 2)
    return fail(ErrorCode::kMalformed, "gpu BDF VENDOR:DEVICE[:SUBVENDOR:SUBDEVICE] [key=value]...");
  const std::string bdf(words[0]);
  std::vector<std::string> ids;
  for (const std::string_view id : split(words[1], ':')) ids.emplace_back(id);
  if (ids.size() == 2) ids.insert(ids.end(), {"10de", "0000"});
  Settings settings;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto parts = cut(words[i], "=");
    if (!parts || std::find(std::begin(kSettings), std::end(kSettings), parts->first) == std::end(kSettings))
      return fail(ErrorCode::kMalformed, "a gpu line has no setting \"" + printable(words[i], 40) + "\"");
    settings[std::string(parts->first)] = std::string(parts->second);
  }
  const std::string class_code = setting(settings, "class", "030000");
  bool sound = ids.size() == 4 && class_code.size() == 6 && bdf.size() == 12;
  for (const std::string& id : ids) sound = sound && id.size() == 4 && parse_hex(id);
  if (!sound) return fail(ErrorCode::kMalformed, "a gpu line with ids or class of the wrong length");

  const std::string device = "/sys/devices/pci" + bdf.substr(0, 7) + "/" + bdf;
  const auto put = [&](const std::string& name, const std::string& value) {
    image.put_file(device + "/" + name, value + "\n");
  };
  image.put_link("/sys/bus/pci/devices/" + bdf, "../../../devices/pci" + bdf.substr(0, 7) + "/" + bdf);
  const char* names[] = {"vendor", "device", "subsystem_vendor", "subsystem_device"};
  for (std::size_t i = 0; i < ids.size(); ++i) put(names[i], "0x" + ids[i]);
  put("class", "0x" + class_code);
  put("modalias", modalias(ids, class_code));
  put("numa_node", setting(settings, "numa", "-1"));
  put("current_link_speed", setting(settings, "speed", "2.5") + " GT/s PCIe");
  put("max_link_speed", setting(settings, "speed_max", "16.0") + " GT/s PCIe");
  put("current_link_width", setting(settings, "width", "16"));
  put("max_link_width", setting(settings, "width_max", "16"));
  put("power/runtime_status", setting(settings, "power", "active"));
  put("power/control", setting(settings, "control", "on"));
  put("power_state", setting(settings, "power_state", "D0"));
  put("enable", "1");
  put("boot_vga", setting(settings, "boot_vga", "0"));
  image.put_file(device + "/resource",
                 resource_lines(parse_uint(setting(settings, "bar1", "256")).value_or(0)));
  if (const std::string group = setting(settings, "iommu", ""); !group.empty())
    image.put_link(device + "/iommu_group", "../../../kernel/iommu_groups/" + group);
  if (const std::string driver = setting(settings, "driver", ""); !driver.empty() && driver != "none") {
    image.put_link(device + "/driver", "../../../bus/pci/drivers/" + driver);
    image.put_link("/sys/bus/pci/drivers/" + driver + "/" + bdf,
                   "../../../../devices/pci" + bdf.substr(0, 7) + "/" + bdf);
  }
  if (const std::string parent = setting(settings, "vf_of", ""); !parent.empty())
    image.put_link(device + "/physfn", "../" + parent);
  if (const std::string count = setting(settings, "vfs", ""); !count.empty()) put("sriov_totalvfs", count);
  put_driver_files(image, bdf, settings);
  return {};
}

}  // namespace nvstack::host
