// Goal: engines, toolkit files and CDI specifications are found; a broken configuration stays one engine's.
#include "facts/containers.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

TEST_CASE("engines with and without NVIDIA's runtime") {
  FakeHost machine;
  machine.file("/usr/bin/dockerd", "").file("/usr/bin/containerd", "").file("/usr/bin/podman", "");
  machine.file(
      "/etc/docker/daemon.json",
      R"({"runtimes":{"nvidia":{"path":"nvidia-container-runtime"}},"exec-opts":["native.cgroupdriver=systemd"]})");
  machine.file("/etc/containerd/conf.d/99-nvidia.toml", "[plugins.cri.containerd.runtimes.nvidia]\n");
  machine.file("/usr/bin/nvidia-ctk", "").file("/etc/nvidia-container-runtime/config.toml", "");
  const auto containers = read_containers(machine);
  REQUIRE(containers);
  REQUIRE(containers->engines.size() == 3);
  CHECK(containers->engines[0].name == "docker");
  CHECK(containers->engines[0].nvidia_runtime);
  CHECK(!containers->engines[0].nvidia_default);
  CHECK(containers->cgroup_driver == "systemd");
  CHECK(containers->engines[1].name == "containerd");
  CHECK(containers->engines[1].config == "/etc/containerd/conf.d/99-nvidia.toml");
  CHECK(containers->engines[1].nvidia_runtime);
  CHECK(containers->engines[2].name == "podman");
  CHECK(!containers->engines[2].nvidia_runtime);
  CHECK(containers->toolkit_binary == "/usr/bin/nvidia-ctk");
  CHECK(containers->toolkit_config == "/etc/nvidia-container-runtime/config.toml");
  CHECK(!containers->inside_container);
}

TEST_CASE("CRI-O's drop-ins, podman's hook") {
  FakeHost machine;
  machine.file("/etc/crio/crio.conf.d/99-nvidia.toml",
               "[crio.runtime]\ndefault_runtime = \"nvidia\"\n[crio.runtime.runtimes.nvidia]\n");
  machine.file("/usr/bin/podman", "").file("/usr/share/containers/oci/hooks.d/oci-nvidia-hook.json", "{}");
  const auto containers = read_containers(machine);
  REQUIRE(containers->engines.size() == 2);
  CHECK(containers->engines[0].name == "cri-o");
  CHECK(containers->engines[0].nvidia_default);
  CHECK(containers->engines[1].nvidia_runtime);
}

TEST_CASE("a configuration that is broken or denied is the engine's error and names the file") {
  FakeHost machine;
  machine.file("/etc/docker/daemon.json", "{ not json");
  machine.error("/etc/containerd/config.toml", {ErrorCode::kDenied, "cannot open config.toml", "", {}});
  const auto containers = read_containers(machine);
  REQUIRE(containers);
  REQUIRE(containers->engines.size() == 2);
  REQUIRE(containers->engines[0].config_error);
  CHECK(containers->engines[0].config_error->code == ErrorCode::kMalformed);
  CHECK(contains(containers->engines[0].config_error->text(), "/etc/docker/daemon.json"));
  CHECK(containers->engines[1].config_error->code == ErrorCode::kDenied);
}

TEST_CASE("CDI: the later directory decides, other vendors are passed over") {
  FakeHost machine;
  machine.link("/var/run", "/run");
  machine.file("/etc/cdi/nvidia.yaml", "kind: nvidia.com/gpu\npath: /usr/lib/libcuda.so.535.183.06\n");
  machine.file("/run/cdi/nvidia.json", R"({"kind":"nvidia.com/gpu","path":"/usr/lib/libcuda.so.580.95.05"})");
  machine.file("/run/cdi/intel.yml", "kind: intel.com/gpu\n")
      .file("/run/cdi/nvidia.txt", "kind: nvidia.com/gpu\n");
  machine.file("/etc/cdi/huge.yaml", std::string(5u << 20, ' '));
  const auto containers = read_containers(machine);
  REQUIRE(containers);
  CHECK(containers->cdi_specs ==
        std::vector<std::string>{"/etc/cdi/nvidia.yaml", "/var/run/cdi/nvidia.json"});
  CHECK(containers->cdi_driver_version == "580.95.05");
}

TEST_CASE("is this machine itself a container") {
  FakeHost docker;
  docker.file("/.dockerenv", "");
  CHECK(read_containers(docker)->inside_container);
  CHECK(read_containers(docker)->inside_hint == "/.dockerenv");
  FakeHost nspawn;
  nspawn.file("/run/systemd/container", "systemd-nspawn\n");
  CHECK(contains(read_containers(nspawn)->inside_hint, "systemd-nspawn"));
  FakeHost wsl;
  wsl.file("/run/systemd/container", "wsl\n");
  CHECK(!read_containers(wsl)->inside_container);
  FakeHost pod;
  pod.variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
  CHECK(read_containers(pod)->inside_container);
}
