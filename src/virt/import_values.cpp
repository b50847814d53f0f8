#include "virt/import_values.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "virt/board_values.hpp"
#include "virt/identity.hpp"

namespace nvstack::virt {

namespace {

constexpr std::int64_t kBit = std::int64_t{1} << 40;  // a scale above it: the bit of a mask

struct ImportRow {
  std::string_view reading;
  std::int64_t scale;
  std::string_view path[3];  // by ImportFormat
};
constexpr ImportRow kRows[] = {
#define ROW(reading, scale, xml, query, csv) {#reading, scale, {xml, query, csv}},
#include "virt/import_rows.inc"
#undef ROW
};

/// Texts and identities, by format.
struct TextRow {
  std::string_view name;
  std::string_view path[3];
};
constexpr TextRow kTexts[] = {
    {"name", {"product_name", "Product Name", "name"}},
    {"vbios", {"vbios_version", "VBIOS Version", "vbios_version"}},
    {"board_part_number", {"board_part_number", "Board Part Number", ""}},
    {"gpu_part_number", {"gpu_part_number", "GPU Part Number", ""}},
    {"inforom_image", {"inforom_version/img_version", "Inforom Version/Image Version", "inforom.img"}},
    {"inforom_oem", {"inforom_version/oem_object", "Inforom Version/OEM Object", "inforom.oem"}},
    {"inforom_ecc", {"inforom_version/ecc_object", "Inforom Version/ECC Object", "inforom.ecc"}},
    {"inforom_power",
     {"inforom_version/pwr_object", "Inforom Version/Power Management Object", "inforom.pwr"}},
    {"gsp_firmware", {"gsp_firmware_version", "GSP Firmware Version", ""}},
    {"fabric_cluster_uuid", {"fabric/clusterUuid", "Fabric/ClusterUUID", "fabric.clusterUuid"}},
    {"chassis_serial",
     {"platformInfo/chassis_serial_number", "Platform Info/Chassis Serial Number",
      "platform.chassis_serial_number"}},
    {"uuid", {"uuid", "GPU UUID", "uuid"}},
    {"serial", {"serial", "Serial Number", "serial"}},
    {"bdf", {"pci/pci_bus_id", "PCI/Bus Id", "pci.bus_id"}},
    {"device", {"pci/pci_device_id", "PCI/Device Id", "pci.device_id"}},
    {"subsystem", {"pci/pci_sub_system_id", "PCI/Sub System Id", "pci.sub_device_id"}},
    {"class", {"pci/pci_sub_class", "PCI/Sub Classcode", "pci.subClass"}},
};

struct ShownWord {
  std::string_view reading;  // "" for all
  std::string_view word;
  BoardValue value;
};
// The words as nvidia-smi prints them; numbers are those of NVML's enumerations.
constexpr int kNone = 3, kNoPermission = 4, kDeprecated = 26, kUnknown = 999;
const ShownWord kWords[] = {
    {"addressing_mode", "None", {0, 0}},
    {"addressing_mode", "HMM", {1, 0}},
    {"addressing_mode", "ATS", {2, 0}},
    {"brand", "Quadro", {1, 0}},
    {"brand", "Tesla", {2, 0}},
    {"brand", "NVS", {3, 0}},
    {"brand", "GRID", {4, 0}},
    {"brand", "GeForce", {5, 0}},
    {"brand", "Titan", {6, 0}},
    {"brand", "NVIDIA RTX", {13, 0}},
    {"brand", "NVIDIA", {14, 0}},
    {"architecture", "Kepler", {2, 0}},
    {"architecture", "Maxwell", {3, 0}},
    {"architecture", "Pascal", {4, 0}},
    {"architecture", "Volta", {5, 0}},
    {"architecture", "Turing", {6, 0}},
    {"architecture", "Ampere", {7, 0}},
    {"architecture", "Ada Lovelace", {8, 0}},
    {"architecture", "Hopper", {9, 0}},
    {"architecture", "Blackwell", {10, 0}},
    {"compute_mode", "Default", {0, 0}},
    {"compute_mode", "Prohibited", {2, 0}},
    {"compute_mode", "Exclusive_Process", {3, 0}},
    {"virtualization_mode", "None", {0, 0}},
    {"virtualization_mode", "Pass-Through", {1, 0}},
    {"virtualization_mode", "VGPU", {2, 0}},
    {"virtualization_mode", "Host VGPU", {3, 0}},
    {"virtualization_mode", "Host VSGA", {4, 0}},
    {"recovery_action", "None", {0, 0}},
    {"recovery_action", "Reset", {1, 0}},
    {"recovery_action", "Reboot", {2, 0}},
    {"recovery_action", "Drain P2P", {3, 0}},
    {"recovery_action", "Drain and Reset", {4, 0}},
    {"fabric_state", "Not Started", {1, 0}},
    {"fabric_state", "In Progress", {2, 0}},
    {"fabric_state", "Completed", {3, 0}},
    {"fabric_status", "Success", {0, 0}},
    {"gom", "All On", {0, 0}},
    {"gom", "Compute", {1, 0}},
    {"gom", "Low Double Precision", {2, 0}},
    {"gom_pending", "All On", {0, 0}},
    {"gom_pending", "Compute", {1, 0}},
    {"gom_pending", "Low Double Precision", {2, 0}},
    {"", "Enabled", {1, 0}},
    {"", "Disabled", {0, 0}},
    {"", "enabled", {1, 0}},
    {"", "disabled", {0, 0}},
    {"", "Yes", {1, 0}},
    {"", "No", {0, 0}},
    {"", "On", {1, 0}},
    {"", "Off", {0, 0}},
    {"", "Active", {1, 0}},
    {"", "Not Active", {0, 0}},
    {"", "Supported", {1, 0}},
    {"", "N/A", {0, kNone}},
    {"", "Not Supported", {0, kNone}},
    {"", "Requested functionality has been deprecated", {0, kDeprecated}},
    {"", "Insufficient Permissions", {0, kNoPermission}},
    {"", "Unknown Error", {0, kUnknown}},
    {"", "ERR!", {0, kUnknown}},
    {"", "Unknown", {0, kUnknown}},
};

std::optional<unsigned> part_of(std::string_view shown, unsigned shift) {
  if (shown.starts_with("0x") || shown.starts_with("0X")) shown.remove_prefix(2);
  const auto number = parse_hex(shown);
  if (!number || *number > 0xffffffff) return std::nullopt;
  return static_cast<unsigned>(*number >> shift & 0xffff);
}

bool take_identity(ImportedGpu& gpu, std::string_view name, std::string_view shown) {
  if (name == "uuid") {
    if (gpu.uuid.empty() && shown.starts_with("GPU-")) gpu.uuid = shown;
  } else if (name == "serial") {
    if (gpu.serial.empty()) gpu.serial = shown;
  } else if (name == "bdf") {
    if (gpu.bdf.empty()) gpu.bdf = shown_address(shown);
  } else if (name == "device") {
    gpu.device_id = part_of(shown, 16), gpu.vendor_id = part_of(shown, 0);
  } else if (name == "subsystem") {
    gpu.subsystem_id = part_of(shown, 16), gpu.subsystem_vendor = part_of(shown, 0);
  } else if (name == "class") {
    if (const auto sub = part_of(shown, 0)) gpu.class_code = 0x030000 | (*sub & 0xff) << 8;
  } else {
    return false;
  }
  return true;
}

}  // namespace

void add_graphics_clock(BoardClocks& row, unsigned mhz, unsigned count) {
  row.graphics_min_mhz = row.graphics_max_mhz == 0 ? mhz : std::min(row.graphics_min_mhz, mhz);
  row.graphics_max_mhz = std::max(row.graphics_max_mhz, mhz);
  if (count > 2)
    row.graphics_step_mhz =
        std::max(1.0, std::round(2.0 * (row.graphics_max_mhz - row.graphics_min_mhz) / (count - 1)) / 2);
}

std::string shown_address(std::string_view text) {
  const auto address = parse_bdf(trim(text));
  return address ? render_bdf(*address) : "";
}

std::string shown_version(std::string_view text) {
  text = trim(text);
  return printable(text.substr(0, text.find(' ')), 31);
}

std::optional<BoardValue> parse_shown(std::string_view shown, const std::string& reading,
                                      std::int64_t scale) {
  shown = trim(shown);
  if (shown.starts_with("[") && shown.ends_with("]")) shown = shown.substr(1, shown.size() - 2);
  for (const ShownWord& row : kWords)
    if ((row.reading.empty() || row.reading == reading) && row.word == shown) return row.value;
  if (shown.starts_with("0x")) {
    const auto number = parse_hex(shown.substr(2));
    if (!number || *number > INT64_MAX) return std::nullopt;
    return BoardValue{static_cast<std::int64_t>(*number), 0};
  }
  if (reading == "performance_state" && shown.starts_with("P")) shown.remove_prefix(1);
  const std::size_t end = shown.find_first_not_of("-0123456789.");
  const auto number = parse_double(shown.substr(0, end));
  if (!number || std::abs(*number) > 1e15 / static_cast<double>(scale)) return std::nullopt;
  return BoardValue{std::llround(*number * static_cast<double>(scale)), 0};
}

void take_shown(ImportedMachine& machine, ImportedGpu& gpu, ImportFormat format, std::string_view path,
                std::string_view shown) {
  const auto column = static_cast<std::size_t>(format);
  shown = trim(shown);
  if (path.empty() || shown.empty() || take_part(gpu, format, path, shown)) return;
  for (const TextRow& row : kTexts) {
    if (row.path[column] != path) continue;
    const auto value = parse_shown(shown, "", 1);
    if (value && value->code != 0) return;  // "N/A": no text
    if (take_identity(gpu, row.name, shown) || gpu.texts.contains(std::string(row.name))) return;
    gpu.texts[std::string(row.name)] = printable(shown, channel::kTextBytes - 1);
    return;
  }
  for (const ImportRow& row : kRows) {
    if (row.path[column] != path) continue;
    const std::string name(row.reading);
    const auto value = parse_shown(shown, name, row.scale >= kBit ? 1 : row.scale);
    if (!value) {
      if (machine.unknown++ == 0) machine.first_unknown = printable(path, 80) + " = " + printable(shown, 40);
      return;
    }
    const auto at = gpu.readings.find(name);
    if (row.scale >= kBit) {
      BoardValue& mask = gpu.readings[name];
      if (value->code == 0 && value->value == 1) mask.value |= row.scale - kBit;
    } else if (at == gpu.readings.end() || (at->second.code != 0 && value->code == 0)) {
      gpu.readings[name] = *value;
    }
    return;
  }
}

}  // namespace nvstack::virt
