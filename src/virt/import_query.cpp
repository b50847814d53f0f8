// nvidia-smi -q (labels, nested by indentation) and --query-gpu --format=csv (one line a GPU below the
// fields' names).
#include "base/text.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kGpusMax = 4096;

/// The labels that stand above a line, by their indentation.
struct Label {
  std::size_t indent;
  std::string word;
};

std::string path_of(const std::vector<Label>& labels) {
  std::string path;
  for (const Label& label : labels) path += (path.empty() ? "" : "/") + label.word;
  return replace_all(std::move(path), "Clocks Throttle Reasons/", "Clocks Event Reasons/");
}

/// The GPU with that address, made when it is new; null when there are too many.
ImportedGpu* gpu_at(ImportedMachine& machine, const std::string& bdf) {
  for (ImportedGpu& gpu : machine.gpus)
    if (gpu.bdf == bdf) return &gpu;
  if (machine.gpus.size() == kGpusMax) return nullptr;
  machine.gpus.emplace_back().bdf = bdf;
  return &machine.gpus.back();
}

/// "clocks.current.sm [MHz]" without its unit.
std::string_view field_name(std::string_view head) {
  head = trim(head);
  return trim(head.substr(0, head.find(" [")));
}

}  // namespace

Result<ImportedMachine> import_query(std::string_view text, const std::string& where) {
  ImportedMachine machine;
  ImportedGpu* gpu = nullptr;
  std::vector<Label> labels;
  for (const std::string_view line : split_lines(text)) {
    const std::size_t indent = line.find_first_not_of(" \t");
    if (indent == std::string_view::npos) continue;
    const auto pair = cut(line, " : ");
    const std::string_view word = trim(pair ? pair->first : line);
    if (indent == 0) {
      labels.clear();
      if (pair && word == "Driver Version" && machine.driver_version.empty())
        machine.driver_version = shown_version(pair->second);
      const std::string bdf = !pair && word.starts_with("GPU ") ? shown_address(word.substr(4)) : "";
      gpu = bdf.empty() ? nullptr : gpu_at(machine, bdf);
      continue;
    }
    if (!gpu || indent > 64) continue;
    while (!labels.empty() && labels.back().indent >= indent) labels.pop_back();
    labels.push_back({indent, std::string(word.substr(0, 100))});
    if (pair) take_shown(machine, *gpu, ImportFormat::kQuery, path_of(labels), pair->second);
  }
  if (machine.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no \"GPU 00000000:01:00.0\" line in it",
                "nvidia-smi -q writes what is read here");
  return machine;
}

Result<ImportedMachine> import_csv(std::string_view text, const std::string& where) {
  ImportedMachine machine;
  std::vector<std::string> fields;
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).empty()) continue;
    const auto cells = split(line, ',');
    if (fields.empty()) {
      for (const std::string_view cell : cells) fields.emplace_back(field_name(cell));
      continue;
    }
    if (cells.size() != fields.size())
      return fail(ErrorCode::kMalformed,
                  where + ": a line has " + std::to_string(cells.size()) + " values for " +
                      std::to_string(fields.size()) + " fields",
                  "print it with --format=csv and no noheader");
    if (machine.gpus.size() == kGpusMax)
      return fail(ErrorCode::kMalformed, where + ": more than 4096 GPUs", "");
    machine.gpus.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (fields[i] == "driver_version" && machine.driver_version.empty())
        machine.driver_version = shown_version(cells[i]);
      take_shown(machine, machine.gpus.back(), ImportFormat::kCsv, fields[i], cells[i]);
    }
  }
  if (machine.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no line of values in it",
                "nvidia-smi --query-gpu=... --format=csv writes what is read here");
  return machine;
}

Result<ImportedMachine> import_text(std::string_view text, const std::string& where) {
  const std::string_view start = text.substr(0, 4096);
  if (start.find("<?xml") != std::string_view::npos ||
      start.find("<nvidia_smi_log") != std::string_view::npos)
    return import_xml(text, where);
  if (start.find("NVSMI LOG") != std::string_view::npos ||
      start.find("Attached GPUs") != std::string_view::npos)
    return import_query(text, where);
  if (trim(start).starts_with("{")) return import_json(text, where);
  const std::string_view first = text.substr(0, text.find('\n'));
  for (const std::string_view cell : split(first, ','))
    for (const char* field : {"name", "uuid", "gpu_uuid", "pci.bus_id", "gpu_bus_id", "index"})
      if (field_name(cell) == field) return import_csv(text, where);
  return fail(ErrorCode::kMalformed, where + " is nothing that can be imported",
              "give a capture or a recording of nvstack, or the output of nvidia-smi -q -x, of nvidia-smi "
              "-q, or of nvidia-smi --query-gpu=... --format=csv");
}

}  // namespace nvstack::virt
