// nvidia-smi mig --json.
#include "smi/mig_tables.hpp"

namespace nvstack::smi {

namespace {

Json profile_json(Board& board, const GpuProfile& profile) {
  const auto& facts = profile.facts;
  unsigned free = 0;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetGpuInstanceRemainingCapacity, board.device, facts.id, &free);
  Json json;
  json.set("id", facts.id).set("name", profile.name).set("instances_total", facts.instanceCount);
  json.set("instances_free",
           value_json(code == NVML_SUCCESS ? number_value(std::uint64_t{free}) : missing(code)));
  json.set("memory_mib", std::uint64_t{facts.memorySizeMB}).set("multiprocessors", facts.multiprocessorCount);
  json.set("copy_engines", facts.copyEngineCount).set("decoders", facts.decoderCount);
  json.set("encoders", facts.encoderCount).set("jpeg_engines", facts.jpegCount);
  return json.set("ofa_engines", facts.ofaCount);
}

template <typename Facts>
Json placed_json(const Facts& facts, const std::string& name) {
  Json json;
  json.set("id", facts.id).set("name", name).set("profile_id", facts.profileId);
  return json.set("start", facts.placement.start).set("size", facts.placement.size);
}

Json compute_profile_json(const ComputeProfile& profile) {
  Json json;
  json.set("id", profile.facts.id)
      .set("name", profile.name)
      .set("instances_total", profile.facts.instanceCount);
  return json.set("multiprocessors", profile.facts.multiprocessorCount);
}

}  // namespace

Json mig_json(std::vector<Board*>& boards) {
  Json gpus = Json::array();
  for (Board* board : boards) {
    Json gpu, profiles = Json::array(), instances = Json::array();
    for (const GpuProfile& profile : read_gpu_profiles(*board)) profiles.add(profile_json(*board, profile));
    for (const GpuPart& part : read_gpu_parts(*board)) {
      Json instance = placed_json(part.facts, part.name);
      Json compute_profiles = Json::array(), computes = Json::array();
      for (const ComputeProfile& profile : read_compute_profiles(*board, part))
        compute_profiles.add(compute_profile_json(profile));
      for (const ComputePart& compute : read_compute_parts(*board, part))
        computes.add(placed_json(compute.facts, compute.name));
      instance.set("compute_instance_profiles", std::move(compute_profiles));
      instances.add(instance.set("compute_instances", std::move(computes)));
    }
    gpu.set("index", board->index).set("gpu_instance_profiles", std::move(profiles));
    gpus.add(gpu.set("gpu_instances", std::move(instances)));
  }
  Json json;
  return json.set("gpus", std::move(gpus));
}

}  // namespace nvstack::smi
