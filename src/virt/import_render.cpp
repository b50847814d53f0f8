// Imported machines merged, and written as a scenario's TOML.
#include <algorithm>
#include <cstdio>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/board_values.hpp"
#include "virt/identity.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

template <typename T>
void fill(T& mine, const T& other) {
  if (mine == T{}) mine = other;
}
template <typename T>
void fill(std::optional<T>& mine, const std::optional<T>& other) {
  if (!mine) mine = other;
}

void merge_gpu(ImportedGpu& gpu, const ImportedGpu& other) {
  fill(gpu.bdf, other.bdf), fill(gpu.uuid, other.uuid), fill(gpu.serial, other.serial);
  fill(gpu.vendor_id, other.vendor_id), fill(gpu.device_id, other.device_id);
  fill(gpu.subsystem_vendor, other.subsystem_vendor), fill(gpu.subsystem_id, other.subsystem_id);
  fill(gpu.class_code, other.class_code), fill(gpu.numa_node, other.numa_node);
  if (gpu.driver == "nvidia") gpu.driver = other.driver;
  for (const auto& [name, value] : other.readings) {
    const auto at = gpu.readings.find(name);
    if (at == gpu.readings.end() || (at->second.code != 0 && value.code == 0)) gpu.readings[name] = value;
  }
  gpu.texts.insert(other.texts.begin(), other.texts.end());
  fill(gpu.free_mib, other.free_mib), fill(gpu.bar1_free_mib, other.bar1_free_mib);
  if (gpu.clocks.empty()) gpu.clocks = other.clocks;
  if (gpu.processes.empty()) gpu.processes = other.processes;
  if (gpu.mig_devices.empty()) gpu.mig_devices = other.mig_devices;
  gpu.counters.insert(other.counters.begin(), other.counters.end());
}

std::string hexadecimal(unsigned value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*x", digits, value);
  return text;
}

std::string tenths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string shown_value(const BoardValue& value) {
  switch (value.code) {
    case NVML_SUCCESS: return std::to_string(value.value);
    case NVML_ERROR_NO_PERMISSION: return "\"no permission\"";
    case NVML_ERROR_DEPRECATED: return "\"deprecated\"";
    case NVML_ERROR_NOT_SUPPORTED: return "\"N/A\"";
    default: return "\"unknown\"";
  }
}

std::int64_t number_of(const ImportedGpu& gpu, const std::string& name, std::int64_t otherwise) {
  const auto at = gpu.readings.find(name);
  return at == gpu.readings.end() || at->second.code != 0 ? otherwise : at->second.value;
}

/// The known board of the same PCI device, the same name before another; else the family that fits.
std::string board_for(const ImportedGpu& gpu, const KnownBoards& boards) {
  std::string found;
  for (const auto& [id, board] : boards) {
    if (!gpu.device_id || board.device_id != *gpu.device_id) continue;
    const auto name = board.texts.find("name");
    const auto ours = gpu.texts.find("name");
    if (name != board.texts.end() && ours != gpu.texts.end() && name->second == ours->second) return id;
    found = id;
  }
  if (!found.empty()) return found;
  return number_of(gpu, "brand", 0) == NVML_BRAND_GEFORCE ? "geforce" : "datacenter";
}

/// What a driver would have changed first is not part of a rest: values that contradict the board's are left
/// out.
void drop_contradictions(ImportedGpu& gpu, const std::string& board_id, const KnownBoards& boards) {
  const auto base = boards.find(board_id);
  if (base == boards.end()) return;
  for (int tries = 0; tries < 8; ++tries) {
    Board board = base->second;
    for (const auto& [name, value] : gpu.readings) board.readings[name] = value;
    const Status status = check_board(board, "");
    if (status) return;
    // ": memory_used_bytes (10) is above memory_total_bytes (5)": the board's own half of it gives way, else
    // the second.
    std::vector<std::string> names;
    for (const std::string_view word : split_words(status.error().message))
      if (find_reading(word)) names.emplace_back(word);
    if (names.empty()) return;
    const auto own = std::find_if(names.begin(), names.end(),
                                  [&](const std::string& name) { return !gpu.readings.contains(name); });
    if (own != names.end() || names.size() < 2)
      gpu.readings[own != names.end() ? *own : names[0]] = {0, NVML_ERROR_NOT_SUPPORTED};
    else
      gpu.readings[names[1]] = gpu.readings[names[0]];
  }
}

/// A port above the GPU, whose speed is the host's; on the root bus there is none.
std::string bridge_above(const ImportedGpu& gpu, std::size_t index) {
  const auto address = parse_bdf(gpu.bdf);
  if (!address || address->bus == 0 || number_of(gpu, "pcie_generation_host_max", 0) == 0 || index >= 31 * 8)
    return "";
  return render_bdf(
      {address->domain, 0, static_cast<unsigned>(1 + index / 8), static_cast<unsigned>(index % 8)});
}

void render_gpu(std::string& text, const ImportedMachine& machine, std::size_t index,
                const KnownBoards& boards) {
  ImportedGpu gpu = machine.gpus[index];
  const std::string board = board_for(gpu, boards), bridge = bridge_above(gpu, index);
  settle_by_branch(gpu, static_cast<unsigned>(parse_uint(machine.driver_version.substr(0, 3)).value_or(0)));
  drop_contradictions(gpu, board, boards);
  text += "\n[[gpu]]\nboard = " + toml_quoted(board) + "\n";
  const auto line = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) text += key + " = " + toml_quoted(value) + "\n";
  };
  line("bdf", gpu.bdf), line("uuid", gpu.uuid), line("serial", gpu.serial);
  if (!bridge.empty()) text += "bridges = [\"" + bridge + "\"]\n";
  if (gpu.driver != "nvidia") text += "driver = " + toml_quoted(gpu.driver) + "\n";
  const bool has_node =
      gpu.numa_node && std::any_of(machine.nodes.begin(), machine.nodes.end(),
                                   [&](const ScenarioNode& node) { return node.id == *gpu.numa_node; });
  if (has_node)
    text += "node = " + std::to_string(*gpu.numa_node) + "\n";
  else if (!machine.nodes.empty())
    text += "node = " + std::to_string(machine.nodes[0].id) + "\n";
  if (gpu.device_id && gpu.vendor_id == 0x10deu) {
    text += "[gpu.pci]\ndevice = \"" + hexadecimal(*gpu.device_id, 4) + "\"\n";
    if (gpu.subsystem_id && gpu.subsystem_vendor)
      text += "subsystem = \"" + hexadecimal(*gpu.subsystem_vendor, 4) + ":" +
              hexadecimal(*gpu.subsystem_id, 4) + "\"\n";
    if (gpu.class_code) text += "class = \"" + hexadecimal(*gpu.class_code, 6) + "\"\n";
  }
  text += "[gpu.readings]\n";
  gpu.readings.erase("minor_number");  // the driver gives it
  for (const auto& [name, value] : gpu.readings) text += name + " = " + shown_value(value) + "\n";
  if (!gpu.texts.empty()) text += "[gpu.texts]\n";
  for (const auto& [name, value] : gpu.texts) line(name, value);
  for (const BoardClocks& clocks : gpu.clocks) {
    text += "[[gpu.clocks]]\nmemory_mhz = " + std::to_string(clocks.memory_mhz) +
            "\ngraphics_min_mhz = " + std::to_string(clocks.graphics_min_mhz) + "\ngraphics_max_mhz = " +
            std::to_string(std::max(clocks.graphics_max_mhz, clocks.graphics_min_mhz)) + "\n";
    if (clocks.graphics_step_mhz != 15)
      text += "graphics_step_mhz = " + tenths(clocks.graphics_step_mhz) + "\n";
  }
  const auto known = boards.find(board);
  text += render_start(gpu, known == boards.end() ? nullptr : &known->second);
}

/// Proprietary where the open modules could not be.
std::string flavor_of(const ImportedMachine& machine) {
  if (!machine.flavor.empty()) return machine.flavor;
  for (const ImportedGpu& gpu : machine.gpus)
    if (number_of(gpu, "architecture", NVML_DEVICE_ARCH_AMPERE) < NVML_DEVICE_ARCH_TURING)
      return "proprietary";
  return "open";
}

/// The version itself, or one of the newest branch below it that can be staged: "450.80.02" becomes 470's.
std::string stageable(const std::string& version, std::string& note) {
  if (branch_versions(version) && version.find_first_not_of("0123456789.") == std::string::npos)
    return version;
  static constexpr const char* kVersions[] = {
      "470.256.02", "510.108.03", "515.105.01", "525.147.05", "535.183.06", "545.29.06", "550.163.01",
      "560.35.03",  "565.57.01",  "570.195.03", "580.95.05",  "590.48.01",  "595.71.05", "610.43.02"};
  const auto wanted = parse_uint(version.substr(0, version.find('.'))).value_or(580);
  std::string nearest = kVersions[0];
  for (const char* candidate : kVersions)
    if (parse_uint(std::string_view(candidate).substr(0, 3)).value_or(0) <= wanted) nearest = candidate;
  if (!version.empty())
    note = "# The machine had driver " + printable(version, 31) + ", which cannot be staged.\n";
  return nearest;
}

}  // namespace

std::string toml_quoted(const std::string& text) {
  std::string made = "\"";
  for (const char c : text)
    if (c == '"' || c == '\\')
      made += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
      made += c;
  return made + "\"";
}

void merge_import(ImportedMachine& machine, const ImportedMachine& other) {
  fill(machine.driver_version, other.driver_version);
  fill(machine.flavor, other.flavor);
  if (machine.nodes.empty()) machine.nodes = other.nodes;
  if (machine.unknown == 0) machine.first_unknown = other.first_unknown;
  machine.unknown += other.unknown;
  for (std::size_t i = 0; i < other.gpus.size(); ++i) {
    const ImportedGpu& gpu = other.gpus[i];
    const auto at = std::find_if(machine.gpus.begin(), machine.gpus.end(), [&](const ImportedGpu& mine) {
      if (!mine.bdf.empty() && !gpu.bdf.empty()) return mine.bdf == gpu.bdf;
      return !mine.uuid.empty() && mine.uuid == gpu.uuid;
    });
    if (at != machine.gpus.end())
      merge_gpu(*at, gpu);
    else if (gpu.bdf.empty() && gpu.uuid.empty() && i < machine.gpus.size())
      merge_gpu(machine.gpus[i], gpu);  // by position
    else
      machine.gpus.push_back(gpu);
  }
}

KnownBoards load_known_boards(const BuiltinLibrary& library) {
  KnownBoards known;
  for (const std::string& id : BuiltinLibrary::boards())
    if (auto board = load_board(id, library)) known.emplace(id, std::move(*board));
  return known;
}

std::string render_import(const ImportedMachine& machine, const std::string& summary,
                          const KnownBoards& boards) {
  std::string note;
  const std::string version = stageable(machine.driver_version, note);
  std::string text = "summary = " + toml_quoted(summary) + "\n\n" + note +
                     "[driver]\nversion = " + toml_quoted(version) +
                     "\nflavor = " + toml_quoted(flavor_of(machine)) +
                     "\nmodules = [\"nvidia\", \"nvidia_modeset\", \"nvidia_drm\", \"nvidia_uvm\"]\n";
  for (const ScenarioNode& node : machine.nodes)
    text += "\n[[node]]\nid = " + std::to_string(node.id) + "\ncpus = " + toml_quoted(node.cpus) +
            "\nmemory_mib = " + std::to_string(node.memory_mib) + "\n";
  for (std::size_t i = 0; i < machine.gpus.size(); ++i) render_gpu(text, machine, i, boards);
  return text;
}

}  // namespace nvstack::virt
