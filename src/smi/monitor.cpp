// nvidia-smi dmon and pmon: one line a GPU or process, again and again.
#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "smi/clock.hpp"
#include "smi/commands.hpp"
#include "smi/monitor.hpp"
#include "smi/options.hpp"
#include "smi/read.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr WordRow kRows[] = {
    {"-i", "--id", true},
    {"-d", "--delay", true},
    {"-c", "--count", true},
    {"-s", "--select", true},
    {"-o", "--options", true},
    {"-f", "--filename", true},
    {"-gpm", "--gpm-metrics", true},
    {"-gpmo", "--gpm-options", true},
    {"-format", "--format", true},
};

/// Cut off, not rounded.
Value read_power_whole(Board& board, const Ask&) {
  const auto milliwatts = board.number("nvmlDeviceGetPowerUsage");
  return milliwatts.ok() ? number_value(std::uint64_t{milliwatts.value / 1000}) : missing(milliwatts.code);
}
/// MB/s of what NVML gives as KB/s.
Value read_rate(Board& board, const Ask& ask) {
  Value value = read_throughput(board, ask);
  if (value.ok()) value.text = std::to_string(parse_uint(value.text).value_or(0) / 1000);
  return value;
}
/// Percent of time in which power, or whether heat, held the clocks down.
Value read_violation(Board& board, const Ask& ask) {
  nvmlViolationTime_t time{};
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetViolationStatus, board.device,
                              static_cast<nvmlPerfPolicyType_t>(ask.part), &time);
  if (code != NVML_SUCCESS) return missing(code);
  if (ask.part == NVML_PERF_POLICY_THERMAL) return number_value(std::int64_t{time.violationTime != 0});
  const auto percent = time.referenceTime != 0 ? time.violationTime * 100 / time.referenceTime : 0;
  return number_value(std::uint64_t{percent});
}

constexpr MonitorColumn kColumns[] = {
    {'p', "pwr", "W", read_power_whole, {}},
    {'p', "gtemp", "C", read_temperature, {}},
    {'p', "mtemp", "C", read_memory_temperature, {}},
    {'u', "sm", "%", read_utilization, {.part = 0}},
    {'u', "mem", "%", read_utilization, {.part = 1}},
    {'u', "enc", "%", read_engine_utilization, {.function = "nvmlDeviceGetEncoderUtilization"}},
    {'u', "dec", "%", read_engine_utilization, {.function = "nvmlDeviceGetDecoderUtilization"}},
    {'u', "jpg", "%", read_engine_utilization, {.function = "nvmlDeviceGetJpgUtilization"}, 530},
    {'u', "ofa", "%", read_engine_utilization, {.function = "nvmlDeviceGetOfaUtilization"}, 530},
    {'c', "mclk", "MHz", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_MEM}},
    {'c', "pclk", "MHz", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_GRAPHICS}},
    {'v', "pviol", "%", read_violation, {.part = NVML_PERF_POLICY_POWER}},
    {'v', "tviol", "bool", read_violation, {.part = NVML_PERF_POLICY_THERMAL}},
    {'m', "fb", "MB", read_memory, {.part = kUsed}},
    {'m', "bar1", "MB", read_bar1, {.part = kUsed}},
    {'m', "ccpm", "MB", read_protected_memory, {.part = kUsed}, 535},
    {'e', "sbecc", "errs", read_ecc_count, {.part = 0, .scope = 0, .location = NVML_MEMORY_LOCATION_COUNT}},
    {'e', "dbecc", "errs", read_ecc_count, {.part = 1, .scope = 0, .location = NVML_MEMORY_LOCATION_COUNT}},
    {'e', "pci", "errs", read_number, {.function = "nvmlDeviceGetPcieReplayCounter"}},
    {'t', "rxpci", "MB/s", read_rate, {.part = NVML_PCIE_UTIL_RX_BYTES}},
    {'t', "txpci", "MB/s", read_rate, {.part = NVML_PCIE_UTIL_TX_BYTES}},
    {'n', "mmast", "%", read_field, {.part = NVML_FI_DEV_MMA_STALL_PERCENT}, 595},
};

std::string cell(const char* pattern, const std::string& text) {
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), pattern, text.c_str());
  return line.data();
}

std::string shown(const Value& value) {
  return value.ok() ? value.text : "-";
}

/// What stands before "gpu" with -o D and -o T.
struct Stamp {
  std::string title, unit, value;
};
Stamp stamp_of(const std::string& options) {
  Stamp stamp;
  const std::string time = plain_time(now().seconds);  // 2026/08/12 21:53:45
  if (contains(options, "D")) {
    stamp.title += "Date       ", stamp.unit += "YYYYMMDD   ";
    stamp.value += replace_all(time.substr(0, 10), "/", "") + "   ";
  }
  if (contains(options, "T"))
    stamp.title += "Time        ", stamp.unit += "HH:MM:SS    ", stamp.value += time.substr(11) + "    ";
  return stamp;
}

}  // namespace

std::vector<const MonitorColumn*> monitor_columns(std::string_view letters, const Compat& compat) {
  std::vector<const MonitorColumn*> columns;
  for (const char letter : letters)
    for (const MonitorColumn& column : kColumns)
      if (column.letter == letter && compat.branch >= column.since) columns.push_back(&column);
  return columns;
}

std::string render_monitor_header(const std::vector<const MonitorColumn*>& columns,
                                  const std::string& options) {
  const Stamp stamp = stamp_of(options);
  std::string titles = stamp.title.empty() ? "# gpu" : "#" + stamp.title + "gpu";
  std::string units = stamp.unit.empty() ? "# Idx" : "#" + stamp.unit + "Idx";
  for (const MonitorColumn* column : columns)
    titles += cell("%7s", column->title), units += cell("%7s", column->unit);
  return titles + " \n" + units + " \n";
}

std::string render_monitor_row(Board& board, const std::vector<const MonitorColumn*>& columns,
                               const std::string& options) {
  const Stamp stamp = stamp_of(options);
  const std::string index = std::to_string(board.index);
  std::string text = stamp.value.empty() ? cell("%5s", index) : " " + stamp.value + cell("%3s", index);
  for (const MonitorColumn* column : columns) text += cell("%7s", shown(column->read(board, column->ask)));
  return text + " \n";
}

std::string render_monitor_csv(Board* board, const std::vector<const MonitorColumn*>& columns,
                               CsvFormat format) {
  std::string text = board ? std::to_string(board->index) : "gpu";
  std::string units = "Idx";
  for (const MonitorColumn* column : columns) {
    text += ", " + (board ? shown(column->read(*board, column->ask)) : std::string(column->title));
    units += std::string(", ") + column->unit;
  }
  if (board) return text + "\n";
  return "#" + text + "\n" + (format.units == CsvUnits::kShown ? "#" + units + "\n" : "");
}

namespace {

/// One line a pass, so that a reader of the stream has a document a line.
std::string monitor_json_line(CommandContext& context, const std::vector<Target>& targets,
                              const std::vector<const MonitorColumn*>& columns) {
  Json gpus = Json::array();
  for (const Target& target : targets) {
    Json gpu;
    gpu.set("index", target.index);
    if (!target.board) {
      gpus.add(gpu.set("status", "lost").set("nvml", target.code));
      continue;
    }
    Board board(context.system, target.index, target.board->device);
    for (const MonitorColumn* column : columns) {
      Value value = column->read(board, column->ask);
      value.unit = column->unit;
      gpu.set(column->title, value_json(value));
    }
    gpus.add(std::move(gpu));
  }
  Json json;
  return json.set("timestamp", csv_time(now())).set("gpus", std::move(gpus)).dump() + "\n";
}

struct MonitorWords {
  std::vector<Target> targets;
  int delay_ms = 1000;
  std::uint64_t count = 0;  // 0: for ever
  std::string letters, options, format;
};

/// The header stands again after so many passes. The original's own period was not measured.
constexpr std::uint64_t kHeaderPeriod = 20;

/// Parses and checks; the exit code when the words are wrong.
std::optional<int> read_words(CommandContext& context, MonitorWords& read, const char* letters) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  read.targets = find_targets(context.system, words->value("-i"));
  if (read.targets.empty()) return context.refuse("No devices were found", NVML_ERROR_NOT_FOUND);
  const std::string delay = words->value("-d"), count = words->value("-c");
  const auto seconds = delay.empty() ? std::optional<std::uint64_t>(1) : parse_uint(delay);
  const auto passes = count.empty() ? std::optional<std::uint64_t>(0) : parse_uint(count);
  if (!seconds || *seconds < 1 || *seconds > 1000 || !passes)
    return context.refuse("Invalid delay or count: the delay is 1 to 1000 seconds.", kInvalidExitCode);
  read.delay_ms = static_cast<int>(*seconds) * 1000;
  read.count = *passes;
  read.letters = words->value("-s").empty() ? letters : words->value("-s");
  read.options = words->value("-o");
  read.format = words->value("-format");
  return std::nullopt;
}

}  // namespace

int run_dmon(CommandContext& context) {
  MonitorWords words;
  if (const auto code = read_words(context, words, "puc")) return *code;
  const auto columns = monitor_columns(words.letters, context.system.compat);
  if (columns.empty())
    return context.refuse("Invalid metrics for -s; letters of pucvmetn.", kInvalidExitCode);
  const auto csv = words.format.empty() ? Result<CsvFormat>(CsvFormat{})
                                        : parse_format(replace_all(words.format, "nounit,", "nounits,"));
  if (!csv) return context.refuse(csv.error().message, kInvalidExitCode);
  for (std::uint64_t pass = context.world.first_pass;; ++pass) {
    take_now();
    std::string text = context.json ? monitor_json_line(context, words.targets, columns) : "";
    const bool header = pass % kHeaderPeriod == 0 && !context.json;
    if (header && words.format.empty()) text += render_monitor_header(columns, words.options);
    if (pass == 0 && !context.json && !words.format.empty() && csv->header == CsvHeader::kShown)
      text += render_monitor_csv(nullptr, columns, *csv);
    for (const Target& target : words.targets) {
      if (!target.board || context.json) continue;
      Board board(context.system, target.index, target.board->device);  // a fresh one: nothing is remembered
      text += words.format.empty() ? render_monitor_row(board, columns, words.options)
                                   : render_monitor_csv(&board, columns, *csv);
    }
    context.out(text);
    if (pass + 1 == words.count || !context.world.wait(words.delay_ms)) return 0;
  }
}

int run_pmon(CommandContext& context) {
  MonitorWords words;
  if (const auto code = read_words(context, words, "u")) return *code;
  const bool memory = contains(words.letters, "m"), use = contains(words.letters, "u");
  if (!memory && !use) return context.refuse("Invalid metrics for -s; letters of um.", kInvalidExitCode);
  const ProcessColumns columns{.use = use, .memory = memory};
  for (std::uint64_t pass = context.world.first_pass;; ++pass) {
    take_now();
    const bool header = pass % kHeaderPeriod == 0 && !context.json;
    std::string text = header ? render_process_header(columns, context.system.compat) : "";
    Json processes = Json::array();
    for (const Target& target : words.targets) {
      if (!target.board) continue;
      Board board(context.system, target.index, target.board->device);
      if (context.json)
        add_process_json(board, columns, processes);
      else
        text += render_process_rows(board, columns);
    }
    Json json;
    if (context.json)
      text = json.set("timestamp", csv_time(now())).set("processes", std::move(processes)).dump() + "\n";
    context.out(text);
    if (pass + 1 == words.count || !context.world.wait(words.delay_ms)) return 0;
  }
}

}  // namespace nvstack::smi
