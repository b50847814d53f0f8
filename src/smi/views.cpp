#include "smi/views.hpp"

#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "base/version.hpp"
#include "smi/clock.hpp"
#include "smi/csv.hpp"
#include "smi/explain.hpp"
#include "smi/json_view.hpp"
#include "smi/log.hpp"
#include "smi/mig.hpp"
#include "smi/table.hpp"
#include "smi/unit_log.hpp"

namespace nvstack::smi {

namespace {

std::string library_version(System& system) {
  std::array<char, 96> text{};
  const auto code =
      NVML_CALL(system.nvml, nvmlSystemGetNVMLVersion, text.data(), static_cast<unsigned>(text.size() - 1));
  return code == NVML_SUCCESS ? printable(text.data(), 80) : code_words(code);
}

/// "13.595.71.05", CUDA's major version and the driver's, is shown as "595.71".
std::string shown_library_version(System& system) {
  const std::string whole = library_version(system);
  std::vector<std::string_view> parts = split(whole, '.');
  if (parts.size() >= 3 && parts[0].size() <= 2) parts.erase(parts.begin());
  return parts.size() < 2 ? whole : std::string(parts[0]) + "." + std::string(parts[1]);
}

/// The program belongs to the library; under WSL that is another driver than the one that runs.
std::string program_version(System& system) {
  const auto library = parse_version(library_version(system)),
             driver = parse_version(system.driver_version());
  const bool other = library && driver && library->branch() != driver->branch() && library->branch() >= 300;
  return other ? library->text : system.driver_version();
}

TableView read_summary(System& system, std::vector<Target>& targets) {
  TableView view;
  view.time = log_time(now());
  view.smi_version = program_version(system);
  view.driver_version = system.driver_version();
  const Value cuda = system.cuda_version();
  view.cuda_version = cuda.ok() ? cuda.text : "N/A";
  for (Target& target : targets)
    if (target.board) add_board(view, *target.board);
  return view;
}

std::string render_summary(System& system, std::vector<Target>& targets) {
  return render_table(read_summary(system, targets), system.compat);
}

constexpr std::size_t kExplainColumns = 80;

/// --explain: the table as ever, then its cells in words; or the words alone as JSON.
std::string render_explained(System& system, std::vector<Target>& targets, const Options& options) {
  const TableView view = read_summary(system, targets);
  std::vector<CellWords> rows = explain_head(view);
  std::size_t shown = 0;
  for (Target& target : targets) {
    if (!target.board) {
      rows.push_back({target.index, "GPU", "lost",
                      std::string("The driver gives no access to this GPU (") + code_words(target.code) +
                          "), so the table leaves it out. nvstack doctor looks for the cause."});
      continue;
    }
    const auto cells = explain_gpu(view.gpus[shown++], read_explained(*target.board));
    rows.insert(rows.end(), cells.begin(), cells.end());
  }
  const auto users = explain_users(view);
  rows.insert(rows.end(), users.begin(), users.end());
  if (options.json) return json_of_explanation(rows).dump(2) + "\n";
  return render_table(view, system.compat) + render_explanation(rows, kExplainColumns);
}

std::string render_query(System& system, std::vector<Target>& targets, const Options& options) {
  const LogHeader header{log_time(now()), system.driver_version(), system.cuda_version(), system.count};
  if (options.units) return render_units(system, header, options.xml ? View::kXml : View::kText);
  std::vector<GpuLog> gpus;
  for (Target& target : targets) {
    if (!target.board) continue;
    const Value bus_id = read_pci(*target.board, {.part = kBusId});
    gpus.push_back(
        {log_text(bus_id),
         read_log(*target.board, options.xml || options.json ? View::kXml : View::kText, options.sections)});
  }
  if (options.json) return json_of_logs(header, gpus).dump(2) + "\n";
  return options.xml ? render_xml(header, gpus, system.compat, options.inner_dtd)
                     : render_log(header, gpus, system.compat);
}

Result<std::string> render_fields(System& system, std::vector<Target>& targets, const Options& options,
                                  Pass pass) {
  const auto fields = TRY(parse_fields(options.fields));
  if (options.json) return json_of_fields(system, targets, fields).dump(2) + "\n";
  const CsvFormat format = TRY(parse_format(options.format));
  std::string text;
  if (pass == Pass::kFirst && format.header == CsvHeader::kShown)
    text = render_field_header(fields, format, system.compat);
  for (Target& target : targets)
    if (target.board) text += render_field_row(*target.board, fields, format);
  return text;
}

Result<std::string> render_list(System& system, std::vector<Target>& targets, const Options& options,
                                Pass pass) {
  const auto columns = TRY(parse_columns(options.list, options.fields));
  if (options.json) return json_of_list(targets, options.list, columns).dump(2) + "\n";
  const CsvFormat format = TRY(parse_format(options.format));
  std::string text;
  if (pass == Pass::kFirst && format.header == CsvHeader::kShown)
    text = render_list_header(options.list, columns, format);
  for (Target& target : targets) {
    if (!target.board) continue;
    for (const ListRow& row : read_list(options.list, *target.board))
      text += render_list_row(options.list, row, columns, format, system.compat);
  }
  return text;
}

}  // namespace

std::string render_gpu_list(System&, std::vector<Target>& targets) {
  std::string text;
  for (Target& target : targets) {
    if (!target.board) continue;
    Board& board = *target.board;
    text += "GPU " + std::to_string(target.index) + ": " +
            log_text(read_text(board, {.function = "nvmlDeviceGetName"})) +
            " (UUID: " + log_text(read_text(board, {.function = "nvmlDeviceGetUUID"})) + ")\n";
    for (Board& part : board.mig_devices()) {
      std::array<char, 128> line{};
      std::snprintf(line.data(), line.size(), "  MIG %-12sDevice %2u: (UUID: %s)\n",
                    mig_device_profile(part).c_str(), part.index,
                    log_text(read_text(part, {.function = "nvmlDeviceGetUUID"})).c_str());
      text += line.data();
    }
  }
  return text;
}

std::string render_excluded(System& system) {
  unsigned count = 0;
  const auto code = NVML_CALL(system.nvml, nvmlGetExcludedDeviceCount, &count);
  if (code != NVML_SUCCESS || count == 0) return "No excluded devices found.\n";
  std::string text;
  for (unsigned i = 0; i < std::min(count, 256u); ++i) {
    nvmlExcludedDeviceInfo_t device{};
    if (NVML_CALL(system.nvml, nvmlGetExcludedDeviceInfoByIndex, i, &device) != NVML_SUCCESS) continue;
    text += "GPU " + printable(device.pciInfo.busId, 32) + " (UUID: " + printable(device.uuid, 80) + ")\n";
  }
  return text;
}

std::string render_versions(System& system) {
  const Value cuda = system.cuda_version();
  std::string text = "NVIDIA-SMI version  : " + program_version(system) + "\n";
  text += "NVML version        : " + shown_library_version(system) + "\n";
  if (!system.compat.has_kmd_version())
    return text + "DRIVER version      : " + system.driver_version() +
           "\nCUDA Version        : " + log_text(cuda) + "\n";
  return text + "DRIVER version      : Deprecated, see \"KMD version\" instead\n" +
         "CUDA version        : Deprecated, see \"CUDA UMD version\" instead\n" +
         "KMD version         : " + system.driver_version() + "\nCUDA UMD version    : " + log_text(cuda) +
         "\n";
}

Result<std::string> render_view(System& system, std::vector<Target>& targets, const Options& options,
                                Pass pass) {
  switch (options.task) {
    case Task::kListGpus:
      return options.json ? json_of_list_gpus(targets).dump(2) + "\n" : render_gpu_list(system, targets);
    case Task::kListExcluded: return render_excluded(system);
    case Task::kVersion: return render_versions(system);
    case Task::kQuery: return render_query(system, targets, options);
    case Task::kFieldQuery: return render_fields(system, targets, options, pass);
    case Task::kListQuery: return render_list(system, targets, options, pass);
    default: break;
  }
  if (options.explain) return render_explained(system, targets, options);
  return options.json ? json_of_summary(system, targets).dump(2) + "\n" : render_summary(system, targets);
}

}  // namespace nvstack::smi
