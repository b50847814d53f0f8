// JSON of what uses the driver: services, toolkits, Python, containers, the driver's own answer, the log.
#include "facts/topic_json.hpp"

namespace nvstack::facts {

namespace {

Json service_json(const Service& service) {
  return Json::object()
      .set("name", service.name)
      .set("unit_file", service.unit_file)
      .set("enabled", service.enabled)
      .set("masked", service.masked)
      .set("running", service.running)
      .set("exec_start", service.exec_start);
}

Json toolkit_json(const CudaToolkit& toolkit) {
  return Json::object()
      .set("path", toolkit.path)
      .set("version", version_json(toolkit.version))
      .set("has_nvcc", toolkit.has_nvcc)
      .set("has_compat", toolkit.has_compat)
      .set("is_default", toolkit.is_default);
}

Json cudnn_json(const Cudnn& cudnn) {
  return Json::object().set("version", version_json(cudnn.version)).set("path", cudnn.path);
}

Json torch_json(const std::optional<TorchInstall>& torch) {
  if (!torch) return {};
  return Json::object()
      .set("version", torch->version)
      .set("cuda", torch->cuda)
      .set("path", torch->path)
      .set("nvidia_wheels", torch->nvidia_wheels);
}

Json environment_json(const PythonEnvironment& environment) {
  return Json::object()
      .set("prefix", environment.prefix)
      .set("version", environment.version)
      .set("kind", environment.kind)
      .set("torch", torch_json(environment.torch))
      .set("shadowing", environment.shadowing);
}

Json engine_json(const ContainerEngine& engine) {
  return Json::object()
      .set("name", engine.name)
      .set("binary", engine.binary)
      .set("config", engine.config)
      .set("nvidia_runtime", engine.nvidia_runtime)
      .set("nvidia_default", engine.nvidia_default)
      .set("config_error", engine.config_error ? error_json(*engine.config_error) : Json());
}

}  // namespace

Json topic_json(const Services& services) {
  return Json::object()
      .set("services", array_of(services.services, service_json))
      .set("persistence_socket", services.persistence_socket)
      .set("persistence_pid", services.persistence_pid)
      .set("persistence_pid_stale", services.persistence_pid_stale)
      .set("open_files_limit", services.open_files_limit)
      .set("fabric_manager_version", services.fabric_manager_version)
      .set("display", services.display)
      .set("x_running", services.x_running);
}

Json topic_json(const nvml::Answer& answer) {
  return nvml::answer_json(answer);
}

Json topic_json(const Toolkits& toolkits) {
  return Json::object()
      .set("cuda", array_of(toolkits.cuda, toolkit_json))
      .set("cudnn", array_of(toolkits.cudnn, cudnn_json))
      .set("cuda_home", toolkits.cuda_home)
      .set("path", toolkits.path);
}

Json topic_json(const std::vector<PythonEnvironment>& environments) {
  return Json::object().set("environments", array_of(environments, environment_json));
}

Json topic_json(const Containers& containers) {
  return Json::object()
      .set("engines", array_of(containers.engines, engine_json))
      .set("toolkit_binary", containers.toolkit_binary)
      .set("toolkit_config", containers.toolkit_config)
      .set("cdi_specs", containers.cdi_specs)
      .set("cdi_driver_version", containers.cdi_driver_version)
      .set("inside_container", containers.inside_container)
      .set("inside_hint", containers.inside_hint)
      .set("cgroup_driver", containers.cgroup_driver);
}

Json topic_json(const LogText& log) {
  return Json::object()
      .set("where", log.where)
      .set("text_bytes", std::uint64_t{log.text.size()})
      .set("cut", log.cut);
}

}  // namespace nvstack::facts
