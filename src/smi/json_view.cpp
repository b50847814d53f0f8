#include "smi/json_view.hpp"

#include <array>

#include "base/text.hpp"
#include "smi/clock.hpp"
#include "smi/mig.hpp"
#include "smi/processes.hpp"

namespace nvstack::smi {

namespace {

Json lost_json(const Target& target) {
  Json json;
  json.set("index", target.index).set("status", "lost").set("nvml", target.code);
  return json;
}

Json process_json(const Process& process) {
  Json json;
  json.set("pid", process.pid).set("type", process.type).set("name", value_json(process.name));
  json.set("used_memory", value_json(process.used)).set("gpu_instance", value_json(process.gpu_instance));
  return json.set("compute_instance", value_json(process.compute_instance));
}

Json node_json(const Node& node) {
  if (node.value) return value_json(*node.value);
  Json json = Json::object();
  for (const Node& child : node.children) {
    if (child.tag.empty()) continue;
    json.set(child.tag, node_json(child));
    if (child.value)  // what text shows below a value stands beside it
      for (const Node& below : child.children) json.set(below.tag, node_json(below));
  }
  return json;
}

/// Lists have children of one tag, which as members would hide each other.
bool is_list(const Node& node) {
  for (const char* tag : {"mig_devices", "processes", "accounted_processes", "supported_clocks"})
    if (node.tag == tag) return !node.value;
  return false;
}

Json list_json(const Node& node) {
  Json list = Json::array();
  for (const Node& child : node.children) {
    if (child.tag.empty()) continue;  // "None"
    Json entry = Json::object();
    Json graphics = Json::array();
    for (const Node& part : child.children) {
      if (part.tag == "supported_graphics_clock" && part.value)
        graphics.add(value_json(*part.value));
      else
        entry.set(part.tag, node_json(part));
    }
    if (child.tag == "supported_mem_clock") entry.set("supported_graphics_clocks", std::move(graphics));
    list.add(std::move(entry));
  }
  return list;
}

Json driver_json(System& system) {
  Json json;
  json.set("timestamp", csv_time(now())).set("driver_version", system.driver_version());
  return json.set("cuda_version", value_json(system.cuda_version())).set("gpu_count", system.count);
}

}  // namespace

Json json_of_summary(System& system, std::vector<Target>& targets) {
  constexpr std::array kNames = {"index",
                                 "name",
                                 "uuid",
                                 "pci.bus_id",
                                 "persistence_mode",
                                 "display_active",
                                 "fan.speed",
                                 "temperature.gpu",
                                 "pstate",
                                 "power.draw",
                                 "enforced.power.limit",
                                 "memory.used",
                                 "memory.total",
                                 "utilization.gpu",
                                 "compute_mode",
                                 "ecc.mode.current",
                                 "ecc.errors.uncorrected.volatile.total",
                                 "mig.mode.current",
                                 "mig.mode.pending"};
  std::vector<const FieldRow*> fields;
  for (const char* name : kNames) fields.push_back(find_field(name));
  Json json = json_of_fields(system, targets, fields);
  Json processes = Json::array();
  for (Target& target : targets) {
    if (!target.board) continue;
    for (const Process& process : read_processes(*target.board)) {
      Json row = process_json(process);
      processes.add(row.set("gpu", target.index));
    }
  }
  return json.set("processes", std::move(processes));
}

Json json_of_fields(System& system, std::vector<Target>& targets,
                    const std::vector<const FieldRow*>& fields) {
  Json gpus = Json::array();
  for (Target& target : targets) {
    if (!target.board) {
      gpus.add(lost_json(target));
      continue;
    }
    Json gpu = Json::object();
    for (const FieldRow* row : fields) gpu.set(row->name, value_json(row->read(*target.board, row->ask)));
    gpus.add(std::move(gpu));
  }
  Json json = driver_json(system);
  return json.set("gpus", std::move(gpus));
}

Json json_of_list(std::vector<Target>& targets, ListKind kind, const std::vector<std::size_t>& columns) {
  Json rows = Json::array();
  for (Target& target : targets) {
    if (!target.board) continue;
    for (const ListRow& row : read_list(kind, *target.board)) {
      Json json = Json::object();
      for (const std::size_t at : columns) json.set(columns_of(kind)[at].name, value_json(row[at]));
      rows.add(std::move(json));
    }
  }
  Json json;
  return json.set("query", switch_of(kind)).set("rows", std::move(rows));
}

Json json_of_list_gpus(std::vector<Target>& targets) {
  Json gpus = Json::array();
  for (Target& target : targets) {
    if (!target.board) {
      gpus.add(lost_json(target));
      continue;
    }
    Json parts = Json::array();
    for (Board& part : target.board->mig_devices()) {
      Json json;
      json.set("index", part.index).set("profile", mig_device_profile(part));
      parts.add(json.set("uuid", value_json(read_text(part, {.function = "nvmlDeviceGetUUID"}))));
    }
    Json gpu = json_of_gpu(target);
    gpus.add(gpu.set("mig_devices", std::move(parts)));
  }
  Json json;
  return json.set("gpus", std::move(gpus));
}

Json json_of_gpu(Target& target) {
  if (!target.board) return lost_json(target);
  Json gpu;
  gpu.set("index", target.index);
  gpu.set("name", value_json(read_text(*target.board, {.function = "nvmlDeviceGetName"})));
  return gpu.set("uuid", value_json(read_text(*target.board, {.function = "nvmlDeviceGetUUID"})));
}

std::string json_key(std::string_view title) {
  return replace_all(to_lower(title), " ", "_");
}

Json json_of_logs(const LogHeader& header, const std::vector<GpuLog>& gpus) {
  Json list = Json::array();
  for (const GpuLog& gpu : gpus) {
    Json json;
    json.set("id", gpu.bus_id);
    for (const Node& node : gpu.nodes) json.set(node.tag, is_list(node) ? list_json(node) : node_json(node));
    list.add(std::move(json));
  }
  Json json;
  json.set("timestamp", header.time).set("driver_version", header.driver_version);
  json.set("cuda_version", value_json(header.cuda_version)).set("attached_gpus", header.count);
  return json.set("gpus", std::move(list));
}

}  // namespace nvstack::smi
