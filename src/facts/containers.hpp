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

}  // namespace nvstack::facts
