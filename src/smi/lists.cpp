#include "smi/lists.hpp"

#include <array>

#include "base/text.hpp"
#include "smi/accounting.hpp"
#include "smi/clock_list.hpp"
#include "smi/processes.hpp"
#include "smi/retired_pages.hpp"

namespace nvstack::smi {

namespace {

constexpr Column kTimestamp = {"timestamp", "", "",
                               "When the question was asked, as YYYY/MM/DD HH:MM:SS.msec."};
constexpr Column kName = {"gpu_name", "", "", "Product name of the GPU."};
constexpr Column kBusIdColumn = {"gpu_bus_id", "", "", "PCI address of the GPU."};
constexpr Column kSerial = {"gpu_serial", "", "", "Serial number of the board."};
constexpr Column kUuid = {"gpu_uuid", "", "", "UUID of the GPU."};
constexpr Column kPid = {"pid", "", "", "Process id."};

constexpr std::array kComputeApps = {
    kTimestamp,
    kName,
    kBusIdColumn,
    kSerial,
    kUuid,
    kPid,
    Column{"process_name", "name", "", "Name of the process."},
    Column{"used_gpu_memory", "used_memory", "MiB", "Memory of the GPU that the process holds."}};
constexpr std::array kAccountedApps = {
    kTimestamp,
    kName,
    kBusIdColumn,
    kSerial,
    kUuid,
    Column{"vgpu_instance", "", "", "vGPU instance of the process."},
    kPid,
    Column{"gpu_utilization", "gpu_util", "%", "Percent of its life in which a kernel of the process ran."},
    Column{"mem_utilization", "mem_util", "%", "Percent of its life in which memory was read or written."},
    Column{"max_memory_usage", "", "MiB", "Most memory that the process held."},
    Column{"time", "", "ms", "How long the context lived; 0 while the process runs."}};
constexpr std::array kRetiredPages = {
    kTimestamp,
    kName,
    kBusIdColumn,
    kSerial,
    kUuid,
    Column{"retired_pages.address", "", "", "Address of a retired page."},
    Column{"retired_pages.timestamp", "", "", "When the page was retired."},
    Column{"retired_pages.cause", "", "",
           "Double Bit ECC, or Single Bit ECC for several single bit errors."}};
constexpr std::array kRemappedRows = {
    kTimestamp,
    kName,
    kBusIdColumn,
    kSerial,
    kUuid,
    Column{"remapped_rows.correctable", "", "", "Rows remapped after correctable errors."},
    Column{"remapped_rows.uncorrectable", "", "", "Rows remapped after uncorrectable errors."},
    Column{"remapped_rows.pending", "", "", "Whether a remapping waits for a reset."},
    Column{"remapped_rows.failure", "", "", "Whether a remapping ever failed."}};
constexpr std::array kSupportedClocks = {
    kTimestamp,
    kName,
    kBusIdColumn,
    kSerial,
    kUuid,
    Column{"memory", "mem", "MHz", "Memory clock."},
    Column{"graphics", "gr", "MHz", "Graphics clock that goes with it."}};

ListRow common_values(Board& board) {
  return {read_timestamp(board, {}), read_text(board, {.function = "nvmlDeviceGetName"}),
          read_pci(board, {.part = kBusId}), read_text(board, {.function = "nvmlDeviceGetSerial"}),
          read_text(board, {.function = "nvmlDeviceGetUUID"})};
}

void add_row(std::vector<ListRow>& rows, const ListRow& common, std::initializer_list<Value> values) {
  ListRow row = common;
  row.insert(row.end(), values);
  rows.push_back(std::move(row));
}

void add_retired(std::vector<ListRow>& rows, const ListRow& common, Board& board) {
  constexpr std::array kCauses = {"Single Bit ECC", "Double Bit ECC"};
  for (int cause = 0; cause < 2; ++cause) {
    const Value name = text_value(kCauses[static_cast<std::size_t>(cause)]);
    const auto pages = read_retired_pages(board, cause);
    // A board that retires no pages still gives one row a cause.
    if (!pages.ok()) add_row(rows, common, {missing(pages.code), missing(pages.code), name});
    for (const RetiredPage& page : pages.value) add_row(rows, common, {page.address, page.time, name});
  }
}

}  // namespace

std::span<const Column> columns_of(ListKind kind) {
  switch (kind) {
    case ListKind::kComputeApps: return kComputeApps;
    case ListKind::kAccountedApps: return kAccountedApps;
    case ListKind::kRetiredPages: return kRetiredPages;
    case ListKind::kRemappedRows: return kRemappedRows;
    case ListKind::kSupportedClocks: return kSupportedClocks;
  }
  return {};
}

const char* switch_of(ListKind kind) {
  switch (kind) {
    case ListKind::kComputeApps: return "query-compute-apps";
    case ListKind::kAccountedApps: return "query-accounted-apps";
    case ListKind::kRetiredPages: return "query-retired-pages";
    case ListKind::kRemappedRows: return "query-remapped-rows";
    case ListKind::kSupportedClocks: return "query-supported-clocks";
  }
  return "";
}

Result<std::vector<std::size_t>> parse_columns(ListKind kind, std::string_view names) {
  std::vector<std::size_t> chosen;
  const auto columns = columns_of(kind);
  for (const std::string_view part : split(names, ',')) {
    const std::string_view name = trim(part);
    std::size_t at = 0;
    while (at < columns.size() && name != columns[at].name &&
           (!*columns[at].alias || name != columns[at].alias))
      ++at;
    if (at == columns.size())
      return fail(ErrorCode::kUsage, "Field \"" + printable(name, 100) + "\" is not a valid field to query.");
    chosen.push_back(at);
  }
  return chosen;
}

std::vector<ListRow> read_list(ListKind kind, Board& board) {
  std::vector<ListRow> rows;
  const ListRow common = common_values(board);
  switch (kind) {
    case ListKind::kComputeApps:
      for (const Process& process : read_compute_processes(board).value)
        add_row(rows, common, {number_value(std::uint64_t{process.pid}), process.name, process.used});
      break;
    case ListKind::kAccountedApps:
      for (const AccountedProcess& process : read_accounted(board))
        add_row(rows, common,
                {not_supported(), number_value(std::uint64_t{process.pid}), process.gpu, process.memory,
                 process.most, process.time});
      break;
    case ListKind::kRetiredPages: add_retired(rows, common, board); break;
    case ListKind::kRemappedRows:
      add_row(rows, common,
              {read_remapped(board, {}), read_remapped(board, {.part = 1}), read_remapped(board, {.part = 2}),
               read_remapped(board, {.part = 3})});
      break;
    case ListKind::kSupportedClocks: {
      const auto clocks = read_clock_list(board);
      if (!clocks.ok()) add_row(rows, common, {missing(clocks.code), missing(clocks.code)});
      for (const SupportedClocks& memory : clocks.value)
        for (const unsigned graphics : memory.graphics_mhz)
          add_row(rows, common,
                  {number_value(std::uint64_t{memory.memory_mhz}, "MHz"),
                   number_value(std::uint64_t{graphics}, "MHz")});
    }
  }
  return rows;
}

std::string render_list_header(ListKind kind, const std::vector<std::size_t>& columns,
                               const CsvFormat& format) {
  std::string text;
  for (const std::size_t at : columns) {
    const Column& column = columns_of(kind)[at];
    text += (text.empty() ? "" : ", ") + csv_title(column.name, column.unit, format);
  }
  return text + "\n";
}

std::string render_list_row(ListKind kind, const ListRow& row, const std::vector<std::size_t>& columns,
                            const CsvFormat& format, const Compat& compat) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += (i == 0 ? "" : ", ") + csv_cell(row[columns[i]], columns_of(kind)[columns[i]].unit,
                                            Sentinel::kBracketed, format, compat);
  return text + "\n";
}

std::string render_list_help(ListKind kind) {
  std::string text =
      "List of valid properties to query for the switch \"--" + std::string(switch_of(kind)) + "\":\n";
  if (kind == ListKind::kComputeApps)
    text +=
        "\nSection about Active Compute Processes properties\nProcesses with a compute context on the GPU.\n";
  if (kind == ListKind::kAccountedApps)
    text +=
        "\nSection about Accounted Graphics/Compute Processes properties\nProcesses that had a context on "
        "the "
        "GPU while accounting was on.\n";
  for (const Column& column : columns_of(kind)) {
    text += "\n\"" + std::string(column.name) + "\"";
    if (*column.alias) text += " or \"" + std::string(column.alias) + "\"";
    text += "\n" + std::string(column.about) + "\n";
  }
  return text;
}

}  // namespace nvstack::smi
