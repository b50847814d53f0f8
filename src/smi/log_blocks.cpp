#include "smi/log_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "smi/accounting.hpp"
#include "smi/clock_list.hpp"
#include "smi/processes.hpp"
#include "smi/retired_pages.hpp"

namespace nvstack::smi {

namespace {

Node leaf(const char* title, const char* tag, Value value) {
  return {.title = title, .tag = tag, .value = std::move(value)};
}
Node heading(const char* title, const char* tag, std::vector<Node> children) {
  return {.title = title, .tag = tag, .children = std::move(children)};
}

Node memory_node(Board& part, const char* title, const char* tag, Read read, bool reserved) {
  Node node = heading(title, tag, {leaf("Total", "total", read(part, {.part = kTotal}))});
  if (reserved) node.children.push_back(leaf("Reserved", "reserved", read(part, {.part = kReserved})));
  node.children.push_back(leaf("Used", "used", read(part, {.part = kUsed})));
  node.children.push_back(leaf("Free", "free", read(part, {.part = kFree})));
  return node;
}

Node attributes_node(Board& part) {
  const auto answer = part.record<nvmlDeviceAttributes_t>("nvmlDeviceGetAttributes_v2", 0);
  const auto count = [&](unsigned value) {
    return answer.ok() ? number_value(std::uint64_t{value}) : missing(answer.code);
  };
  const auto& all = answer.value;
  Node shared = heading("Shared", "shared",
                        {leaf("Multiprocessor count", "multiprocessor_count", count(all.multiprocessorCount)),
                         leaf("Copy Engine count", "copy_engine_count", count(all.sharedCopyEngineCount)),
                         leaf("Encoder count", "encoder_count", count(all.sharedEncoderCount)),
                         leaf("Decoder count", "decoder_count", count(all.sharedDecoderCount)),
                         leaf("OFA count", "ofa_count", count(all.sharedOfaCount)),
                         leaf("JPG count", "jpg_count", count(all.sharedJpegCount))});
  return heading("Device Attributes", "device_attributes", {std::move(shared)});
}

Node mig_node(Board& part) {
  const bool shared = part.system.compat.branch >= 580;
  Value errors = read_ecc_count(part, {.part = NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
                                       .scope = NVML_VOLATILE_ECC,
                                       .location = NVML_MEMORY_LOCATION_SRAM});
  Node ecc = heading("ECC Errors", "ecc_error_count",
                     {heading("Volatile", "volatile_count",
                              {leaf("SRAM Uncorrectable", "sram_uncorrectable", std::move(errors))})});
  return heading("MIG Device", "mig_device",
                 {leaf("Index", "index", number_value(std::uint64_t{part.index})),
                  leaf("GPU Instance ID", "gpu_instance_id",
                       read_number(part, {.function = "nvmlDeviceGetGpuInstanceId"})),
                  leaf("Compute Instance ID", "compute_instance_id",
                       read_number(part, {.function = "nvmlDeviceGetComputeInstanceId"})),
                  attributes_node(part), std::move(ecc),
                  memory_node(part, shared ? "Shared FB Memory Usage" : "FB Memory Usage", "fb_memory_usage",
                              read_memory, part.system.compat.has_reserved_memory()),
                  memory_node(part, shared ? "Shared BAR1 Memory" : "BAR1 Memory Usage", "bar1_memory_usage",
                              read_bar1, false)});
}

void add_mig_devices(Board& board, View view, std::vector<Node>& nodes) {
  std::vector<Node> parts;
  for (Board& part : board.mig_devices()) parts.push_back(mig_node(part));
  if (view == View::kText) {
    std::move(parts.begin(), parts.end(), std::back_inserter(nodes));
    return;
  }
  Node list = heading("", "mig_devices", std::move(parts));
  if (list.children.empty()) list.children.push_back(leaf("", "", text_value("None")));
  nodes.push_back(std::move(list));
}

Node process_node(const Process& process) {
  Node node = heading("", "process_info",
                      {leaf("GPU instance ID", "gpu_instance_id", process.gpu_instance),
                       leaf("Compute instance ID", "compute_instance_id", process.compute_instance),
                       leaf("Process ID", "pid", number_value(std::uint64_t{process.pid}))});
  std::vector<Node> rest = {leaf("Type", "type", text_value(process.type)),
                            leaf("Name", "process_name", process.name),
                            leaf("Used GPU Memory", "used_memory", process.used)};
  if (!process.name.ok()) rest[1].value = text_value("[" + std::string(code_words(process.name.code)) + "]");
  node.children.insert(node.children.end(), rest.begin(), rest.end());
  return node;
}

/// In text the type, name and memory stand one level below the process id.
void add_processes(Board& board, View view, std::vector<Node>& nodes) {
  const auto processes = read_processes(board);
  Node list = heading("Processes", "processes", {});
  if (view == View::kText && processes.empty()) {
    nodes.push_back(leaf("Processes", "", text_value("None")));
    return;
  }
  for (const Process& process : processes) {
    Node node = process_node(process);
    if (view == View::kXml) {
      list.children.push_back(std::move(node));
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i) list.children.push_back(node.children[i]);
    for (std::size_t i = 3; i < 6; ++i) list.children.back().children.push_back(node.children[i]);
  }
  list.is_process = true;
  nodes.push_back(std::move(list));
}

void add_supported_clocks(Board& board, View view, std::vector<Node>& nodes) {
  const auto clocks = read_clock_list(board);
  if (!clocks.ok() || clocks.value.empty()) {
    nodes.push_back(leaf("Supported Clocks", "supported_clocks", missing(clocks.ok() ? 3 : clocks.code)));
    return;
  }
  Node list = heading("Supported Clocks", "supported_clocks", {});
  for (const SupportedClocks& memory : clocks.value) {
    Node node = view == View::kXml
                    ? heading("", "supported_mem_clock", {})
                    : leaf("Memory", "", number_value(std::uint64_t{memory.memory_mhz}, "MHz"));
    if (view == View::kXml)
      node.children.push_back(leaf("", "value", number_value(std::uint64_t{memory.memory_mhz}, "MHz")));
    for (const unsigned graphics : memory.graphics_mhz)
      node.children.push_back(
          leaf("Graphics", "supported_graphics_clock", number_value(std::uint64_t{graphics}, "MHz")));
    list.children.push_back(std::move(node));
  }
  nodes.push_back(std::move(list));
}

void add_retired_pages(Board& board, const LogRow& row, std::vector<Node>& nodes) {
  const auto pages = read_retired_pages(board, row.ask.part);
  Node node = heading("", row.tag, {});
  if (pages.ok()) {
    Node list = heading("", "retired_pagelist", {});
    for (const RetiredPage& page : pages.value)
      list.children.push_back(heading(
          "", "retired_page",
          {leaf("", "retired_page_address", page.address), leaf("", "retired_page_timestamp", page.time)}));
    node.children = {leaf("", "retired_count", number_value(std::uint64_t{pages.value.size()})),
                     std::move(list)};
  } else {
    node.children = {leaf("", "retired_count", missing(pages.code)),
                     leaf("", "retired_pagelist", missing(pages.code))};
  }
  nodes.push_back(std::move(node));
}

double sample_number(nvmlValueType_t type, const nvmlValue_t& value) {
  if (type == NVML_VALUE_TYPE_DOUBLE) return value.dVal;
  if (type == NVML_VALUE_TYPE_UNSIGNED_INT) return value.uiVal;
  return static_cast<double>(value.ullVal);
}

/// Duration, number of samples, greatest, least and mean of what the driver kept.
void add_samples(Board& board, const LogRow& row, std::vector<Node>& nodes) {
  std::array<nvmlSample_t, 256> samples{};
  unsigned count = samples.size();
  nvmlValueType_t type = NVML_VALUE_TYPE_UNSIGNED_INT;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetSamples, board.device,
                static_cast<nvmlSamplingType_t>(row.ask.part), 0ull, &type, &count, samples.data());
  count = std::min<unsigned>(count, samples.size());
  Value duration = missing(code), number = missing(code), most = missing(code), least = missing(code),
        mean = missing(code);
  if (code == NVML_SUCCESS && count == 0) duration = number = most = least = mean = not_supported();
  if (code == NVML_SUCCESS && count > 0) {
    const bool watts = std::string_view(row.ask.unit) == "W";
    double low = 1e300, high = -1e300, sum = 0;
    for (unsigned i = 0; i < count; ++i) {
      const double value = sample_number(type, samples[i].sampleValue);
      low = std::min(low, value), high = std::max(high, value), sum += value;
    }
    const auto shown = [&](double value) {
      return watts ? watts_value(static_cast<std::int64_t>(value))
                   : number_value(static_cast<std::int64_t>(value), row.ask.unit);
    };
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.2f",
                  static_cast<double>(samples[count - 1].timeStamp - samples[0].timeStamp) / 1e6);
    duration = {.text = seconds.data(), .unit = "sec", .is_number = true};
    number = number_value(std::uint64_t{count});
    most = shown(high), least = shown(low), mean = shown(sum / count);
  }
  nodes.push_back(heading(row.title, "",
                          {leaf("Duration", "", duration), leaf("Number of Samples", "", number),
                           leaf("Max", "", most), leaf("Min", "", least), leaf("Avg", "", mean)}));
}

}  // namespace

void add_block(Board& board, View view, const LogRow& row, std::vector<Node>& nodes) {
  switch (row.block) {
    case Block::kNone: return;
    case Block::kMigDevices: return add_mig_devices(board, view, nodes);
    case Block::kProcesses: return add_processes(board, view, nodes);
    case Block::kSupportedClocks: return add_supported_clocks(board, view, nodes);
    case Block::kAccountedProcesses: return add_accounted_processes(board, view, nodes);
    case Block::kSamples: return add_samples(board, row, nodes);
    case Block::kRetiredPages: return add_retired_pages(board, row, nodes);
  }
}

}  // namespace nvstack::smi
