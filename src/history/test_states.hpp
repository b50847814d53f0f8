// States for tests: a machine with one or two GPUs, made by hand.
#pragma once

#include "history/recorder.hpp"
#include "history/recording.hpp"
#include "smi/value.hpp"

namespace nvstack::history::test {

inline Json celsius(std::int64_t degrees) {
  return smi::value_json(smi::number_value(degrees, "C"));
}
inline Json text_json(const char* text) {
  return smi::value_json(smi::text_value(text));
}

inline GpuState gpu_state(const std::string& id, unsigned index) {
  GpuState gpu;
  gpu.id = id, gpu.index = index;
  gpu.values["uuid"] = text_json(("GPU-" + std::to_string(index)).c_str());
  gpu.values["temperature/gpu_temp"] = celsius(40);
  gpu.values["gpu_power_readings/average_power_draw"] = smi::value_json(smi::watts_value(38'900));
  gpu.values["pci/pci_gpu_link_info/link_widths/current_link_width"] =
      smi::value_json(smi::number_value(std::int64_t{16}, "x"));
  gpu.values["fan_speed"] = smi::value_json(smi::not_supported());
  gpu.values["processes"] = Json::array();
  return gpu;
}

inline State two_gpus() {
  State state;
  state.timestamp = "Wed Nov 25 04:41:29 2026", state.driver_version = "580.95.05";
  state.cuda_version = text_json("13.0");
  state.gpus = {gpu_state("00000000:81:00.0", 0), gpu_state("00000000:82:00.0", 1)};
  return state;
}

inline Json process_json(int pid, const char* type, std::int64_t mebibytes, const char* name) {
  Json json;
  json.set("pid", smi::value_json(smi::number_value(std::int64_t{pid}))).set("type", text_json(type));
  json.set("process_name", text_json(name));
  return json.set("used_memory", smi::value_json(smi::number_value(mebibytes, "MiB")));
}

}  // namespace nvstack::history::test
