#include "facts/containers.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kSpecBytesMax = 4u << 20;
constexpr std::array kProgramDirectories = {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/",
                                            "/usr/local/nvidia/toolkit/"};

std::string find_program(const host::Host& host, const std::string& name) {
  for (const char* directory : kProgramDirectories)
    if (host::exists(host, directory + name)) return directory + name;
  return {};
}

/// Reads one file into the engine. Absent files say nothing; unreadable ones are the engine's error.
void read_config(const host::Host& host, const std::string& path, ContainerEngine& engine,
                 Result<EngineConfig> (*parse)(std::string_view), std::string* cgroup_driver = nullptr) {
  const auto text = host.read(path);
  if (!text && (text.error().code == ErrorCode::kNotFound || text.error().code == ErrorCode::kNotAvailable))
    return;
  if (engine.config.empty()) engine.config = path;
  const auto config = text ? parse(*text) : Result<EngineConfig>(fail(text.error()));
  if (!config) {
    engine.config_error = config.error();
    if (text) engine.config_error->context.push_back("reading " + path);
    return;
  }
  engine.nvidia_runtime |= config->nvidia_runtime;
  engine.nvidia_default |= config->nvidia_default;
  if (cgroup_driver) *cgroup_driver = config->cgroup_driver;
}

Result<EngineConfig> parse_toml(std::string_view text) {
  return parse_runtime_toml(text);
}

void read_drop_ins(const host::Host& host, const std::string& directory, std::string_view pattern,
                   ContainerEngine& engine) {
  for (const std::string& name : host::list_matching(host, directory, pattern))
    read_config(host, directory + "/" + name, engine, parse_toml);
}

void read_engines(const host::Host& host, Containers& answer) {
  const auto add = [&](ContainerEngine engine) {
    if (!engine.binary.empty() || !engine.config.empty()) answer.engines.push_back(std::move(engine));
  };
  ContainerEngine docker{"docker", find_program(host, "dockerd"), {}, false, false, {}};
  read_config(host, "/etc/docker/daemon.json", docker, parse_docker_config, &answer.cgroup_driver);
  add(std::move(docker));

  ContainerEngine containerd{"containerd", find_program(host, "containerd"), {}, false, false, {}};
  read_config(host, "/etc/containerd/config.toml", containerd, parse_toml);
  read_drop_ins(host, "/etc/containerd/conf.d", "*.toml", containerd);
  add(std::move(containerd));

  ContainerEngine crio{"cri-o", find_program(host, "crio"), {}, false, false, {}};
  read_config(host, "/etc/crio/crio.conf", crio, parse_toml);
  read_drop_ins(host, "/etc/crio/crio.conf.d", "*", crio);
  add(std::move(crio));

  // podman has no list of runtimes for NVIDIA: a hook file of older toolkits, or CDI.
  ContainerEngine podman{"podman", find_program(host, "podman"), {}, false, false, {}};
  for (const std::string directory : {"/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"})
    if (!host::list_matching(host, directory, "*nvidia*.json").empty()) podman.nvidia_runtime = true;
  if (!podman.binary.empty()) add(std::move(podman));
}

void read_cdi(const host::Host& host, Containers& answer) {
  std::vector<std::string> seen;
  // A later directory has priority, so its version is the one that counts.
  for (const std::string directory : {"/etc/cdi", "/var/run/cdi", "/run/cdi"}) {
    const auto real = host.resolve(directory);
    if (!real || std::find(seen.begin(), seen.end(), *real) != seen.end()) continue;
    seen.push_back(*real);
    for (const std::string& name : host::list_matching(host, directory, "*")) {
      if (!glob_match("*.yaml", name) && !glob_match("*.yml", name) && !glob_match("*.json", name)) continue;
      const std::string path = directory + "/" + name;
      const auto text = host.read(path, {.bytes_max = kSpecBytesMax});
      CdiSpec spec = text ? parse_cdi_spec(*text) : CdiSpec{};
      if (spec.kind.empty()) continue;
      answer.cdi_specs.push_back(path);
      if (!spec.driver_version.empty()) answer.cdi_driver_version = std::move(spec.driver_version);
    }
  }
}

/// What says that this machine is a container itself, "" when nothing does.
std::string inside_hint(const host::Host& host) {
  for (const char* path : {"/.dockerenv", "/run/.containerenv"})
    if (host::exists(host, path)) return path;
  // systemd writes the manager's name there; WSL counts as one for systemd, not for us.
  const auto manager = host::read_line(host, "/run/systemd/container");
  if (manager && !manager->empty() && *manager != "wsl") return "/run/systemd/container: " + *manager;
  if (host.environment("KUBERNETES_SERVICE_HOST")) return "KUBERNETES_SERVICE_HOST";
  return {};
}

}  // namespace

Result<Containers> read_containers(const host::Host& host) {
  Containers answer;
  read_engines(host, answer);
  for (const char* name : {"nvidia-container-runtime", "nvidia-ctk"})
    if (answer.toolkit_binary.empty()) answer.toolkit_binary = find_program(host, name);
  const std::string config = "/etc/nvidia-container-runtime/config.toml";
  if (host::exists(host, config)) answer.toolkit_config = config;
  read_cdi(host, answer);
  answer.inside_hint = inside_hint(host);
  answer.inside_container = !answer.inside_hint.empty();
  return answer;
}

}  // namespace nvstack::facts
