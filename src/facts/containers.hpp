// Container engines, the NVIDIA toolkit's files, engine configuration and CDI specifications.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct ContainerEngine {
  std::string name;    // "docker", "containerd", "podman", "cri-o"
  std::string binary;  // "/usr/bin/dockerd"
  std::string config;  // "/etc/docker/daemon.json", "" none
  bool nvidia_runtime = false;
  bool nvidia_default = false;
  std::optional<Error> config_error;
};

struct Containers {
  std::vector<ContainerEngine> engines;
  std::string toolkit_binary;          // nvidia-container-runtime or nvidia-ctk, "" none
  std::string toolkit_config;          // /etc/nvidia-container-runtime/config.toml, "" none
  std::vector<std::string> cdi_specs;  // /etc/cdi, /var/run/cdi: files about nvidia.com
  std::string cdi_driver_version;      // the version in a CDI spec's library paths, "" unknown
  bool inside_container = false;       // this machine is itself a container
  std::string inside_hint;             // how that was seen
  std::string cgroup_driver;           // docker's exec-opts, "" default
};

Result<Containers> read_containers(const host::Host& host);

/// What an engine's configuration says of NVIDIA's runtime.
struct EngineConfig {
  bool nvidia_runtime = false;
  bool nvidia_default = false;
  std::string cgroup_driver;  // of docker's exec-opts
};
/// /etc/docker/daemon.json. An empty file is the default configuration, as for dockerd.
Result<EngineConfig> parse_docker_config(std::string_view text);
/// containerd's config.toml and CRI-O's crio.conf: only the tables "...runtimes.NAME" and the default's name
/// are looked for, so that unknown or broken lines elsewhere do no harm.
EngineConfig parse_runtime_toml(std::string_view text);

struct CdiSpec {
  std::string kind;            // "nvidia.com/gpu"; "" for a specification of other devices
  std::string driver_version;  // "" when no library path names one
};
/// JSON or YAML, by its text alone.
CdiSpec parse_cdi_spec(std::string_view text);

}  // namespace nvstack::facts
