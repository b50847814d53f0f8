// nvstack virt import: captures of nvstack and outputs of nvidia-smi become a scenario.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "cli/machine.hpp"
#include "cli/virt_verbs.hpp"
#include "facts/facts.hpp"
#include "virt/identity.hpp"
#include "virt/import.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kBytesMax = 64u << 20;

template <typename T>
void take(virt::ImportedGpu& gpu, const char* reading, const nvml::Field<T>& field) {
  if (field.value())
    gpu.readings[reading] = {static_cast<std::int64_t>(*field.value()), 0};
  else if (field.code())
    gpu.readings[reading] = {0, *field.code()};
}

void take_nvml(virt::ImportedGpu& gpu, const nvml::GpuSnapshot& seen) {
  if (seen.name.value()) gpu.texts["name"] = *seen.name.value();
  if (seen.vbios.value()) gpu.texts["vbios"] = *seen.vbios.value();
  if (seen.uuid.value()) gpu.uuid = *seen.uuid.value();
  if (seen.serial.value()) gpu.serial = *seen.serial.value();
  take(gpu, "memory_total_bytes", seen.memory_total_bytes),
      take(gpu, "memory_used_bytes", seen.memory_used_bytes);
  take(gpu, "persistence_mode", seen.persistence), take(gpu, "ecc_mode", seen.ecc),
      take(gpu, "ecc_mode_pending", seen.ecc_pending);
  take(gpu, "mig_mode", seen.mig), take(gpu, "mig_mode_pending", seen.mig_pending);
  take(gpu, "remapped_rows_pending", seen.remap_pending),
      take(gpu, "remapped_rows_failure", seen.remap_failed);
  take(gpu, "remapped_rows_correctable", seen.remapped_correctable);
  take(gpu, "remapped_rows_uncorrectable", seen.remapped_uncorrectable);
  take(gpu, "retired_pages_pending", seen.retired_pending),
      take(gpu, "clocks_event_reasons", seen.clocks_event_reasons);
  take(gpu, "temperature_c", seen.temperature_c), take(gpu, "power_average_mw", seen.power_mw);
  take(gpu, "power_instant_mw", seen.power_mw), take(gpu, "power_limit_mw", seen.power_limit_mw);
  take(gpu, "utilization_gpu", seen.utilization_percent),
      take(gpu, "performance_state", seen.performance_state);
  take(gpu, "pcie_width", seen.pcie_width), take(gpu, "pcie_width_max", seen.pcie_width_max);
  take(gpu, "pcie_generation", seen.pcie_generation),
      take(gpu, "pcie_generation_max", seen.pcie_generation_max);
}

virt::ImportedGpu import_gpu(const facts::PciGpu& seen) {
  virt::ImportedGpu gpu;
  gpu.bdf = seen.bdf;
  gpu.driver = seen.driver;
  gpu.vendor_id = 0x10de;
  gpu.device_id = seen.id.device;
  if (seen.id.subvendor != 0) gpu.subsystem_vendor = seen.id.subvendor, gpu.subsystem_id = seen.id.subdevice;
  gpu.class_code = seen.class_code;
  if (seen.numa_node && *seen.numa_node >= 0) gpu.numa_node = static_cast<unsigned>(*seen.numa_node);
  if (!seen.verdict.name.empty())
    gpu.texts["name"] = "NVIDIA " + replace_all(seen.verdict.name, "NVIDIA ", "");
  return gpu;
}

/// The NUMA nodes that /sys names; none where a capture does not hold them.
std::vector<virt::ScenarioNode> import_nodes(const host::Host& host) {
  std::vector<virt::ScenarioNode> nodes;
  for (unsigned id = 0; id < 64; ++id) {
    const auto cpus = host.read("/sys/devices/system/node/node" + std::to_string(id) + "/cpulist");
    if (!cpus || !virt::parse_cpu_list(trim(*cpus))) continue;
    virt::ScenarioNode node;
    node.id = id, node.cpus = trim(*cpus), node.memory_mib = 65'536;
    nodes.push_back(node);
  }
  return nodes;
}

Result<virt::ImportedMachine> import_capture(const std::string& path) {
  const Machine opened = TRY(open_capture(path));
  const catalog::Catalog catalog = TRY(open_catalog({}));
  const facts::HostFacts seen = facts::gather(*opened.host, *opened.nvml, catalog);
  virt::ImportedMachine machine;
  machine.nodes = import_nodes(*opened.host);
  const auto& driver = facts::HostFacts::value_or_empty(seen.driver);
  if (driver.version) {
    machine.driver_version = driver.version->version.text;
    machine.flavor = driver.version->flavor == catalog::Flavor::kOpen ? "open" : "proprietary";
  }
  for (const facts::PciGpu& gpu : facts::HostFacts::value_or_empty(seen.gpus).gpus)
    machine.gpus.push_back(import_gpu(gpu));
  virt::ImportedMachine shown;
  for (const nvml::GpuSnapshot& row : facts::HostFacts::value_or_empty(seen.nvml).gpus) {
    virt::ImportedGpu gpu;
    if (row.bdf.value()) gpu.bdf = *row.bdf.value();
    take_nvml(gpu, row);
    shown.gpus.push_back(gpu);
  }
  virt::merge_import(shown, machine);  // what the driver says comes before what its ids say
  if (shown.gpus.empty()) return fail(ErrorCode::kMalformed, path + ": no NVIDIA GPU in this capture", "");
  return shown;
}

/// Everything in a folder that can be imported.
Result<virt::ImportedMachine> import_folder(const std::string& path) {
  if (auto captured = import_capture(path)) return captured;
  std::vector<std::string> files;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem))
    if (entry.is_regular_file(problem)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  virt::ImportedMachine machine;
  for (const std::string& file : files) {
    bool was_cut = false;
    const auto text = read_argument_file(file, kBytesMax, was_cut);
    if (!text) continue;
    if (const auto one = virt::import_text(*text, file)) virt::merge_import(machine, *one);
  }
  if (machine.gpus.empty())
    return fail(ErrorCode::kMalformed, path + ": nothing in it can be imported",
                "a capture, or outputs of nvidia-smi");
  return machine;
}

Result<virt::ImportedMachine> import_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) return import_folder(path);
  if (path.ends_with("machine.txt") || path.ends_with(".tar.zst")) return import_capture(path);
  bool was_cut = false;
  const std::string text = TRY(read_argument_file(path, kBytesMax, was_cut));
  if (was_cut) return fail(ErrorCode::kTooLarge, path + " is larger than 64 MiB", "");
  return virt::import_text(text, path);
}

Status write_scenario(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream(fresh, std::ios::binary) << text;
  std::error_code problem;
  if (std::filesystem::file_size(fresh, problem) != text.size() || problem)
    return std::filesystem::remove(fresh, problem),
           fail(ErrorCode::kIo, "cannot write " + path, "is its disk full?");
  std::filesystem::rename(fresh, path, problem);
  if (problem) return fail(ErrorCode::kIo, "cannot write " + path + ": " + problem.message(), "");
  return {};
}

}  // namespace

Result<int> virt_import(const VirtWords& words, Terminal& terminal) {
  std::string output;
  bool help = false;
  const std::vector<Option> rows = {
      {"-o,--output", "SCENARIO", N_("the scenario to write; standard output unless given"), &output},
      {"-h,--help", "", N_("print this help"), &help}};
  std::vector<std::string> files;
  TRY(parse_options(rows, words.words, files, 64));
  if (help) {
    terminal.out(render_help("virt import FILE... [-o SCENARIO]",
                             N_("make a scenario from a captured machine or from what nvidia-smi printed"),
                             rows, terminal.columns));
    return kOk;
  }
  if (files.empty())
    return fail(ErrorCode::kUsage, "which file?", "nvstack virt import smi.xml -o mine.toml");
  virt::ImportedMachine machine;
  for (const std::string& file : files) virt::merge_import(machine, TRY(import_file(file)));
  const std::string text =
      virt::render_import(machine, "imported from " + std::filesystem::path(files[0]).filename().string(),
                          virt::load_known_boards(virt::BuiltinLibrary()));
  TRY_AS("staging what was read",
         virt::parse_scenario(text, output.empty() ? "the scenario" : output, virt::BuiltinLibrary()));
  if (machine.unknown > 0)
    terminal.err(render({N_("{place}: {count} values were not understood; the first is {name}"),
                         {{"place", files[0]},
                          {"count", std::to_string(machine.unknown)},
                          {"name", machine.first_unknown}}}) +
                 "\n");
  if (output.empty()) {
    terminal.out(text);
    return kOk;
  }
  TRY(write_scenario(output, text));
  terminal.out(
      render({N_("{file}: a scenario of {count} GPUs. nvstack virt run {file} -- COMMAND stages it."),
              {{"file", output}, {"count", std::to_string(machine.gpus.size())}}}) +
      "\n");
  return kOk;
}

}  // namespace nvstack::cli
