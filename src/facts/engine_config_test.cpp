// Goal: what engines' files say of NVIDIA's runtime is found without understanding the rest of them.
#include <doctest.h>

#include "facts/containers.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("docker's daemon.json") {
  const auto config = parse_docker_config(R"({
    "default-runtime": "gpu", "exec-opts": ["native.cgroupdriver=cgroupfs"],
    "runtimes": {"gpu": {"args": [], "path": "/usr/bin/nvidia-container-runtime"}, "crun": {"path": "crun"}}})");
  REQUIRE(config);
  CHECK(config->nvidia_runtime);
  CHECK(config->nvidia_default);
  CHECK(config->cgroup_driver == "cgroupfs");
  const auto other = parse_docker_config(R"({"runtimes":{"nvidia":{}},"default-runtime":"runc"})");
  CHECK(other->nvidia_runtime);
  CHECK(!other->nvidia_default);
}

TEST_CASE("daemon.json with nothing, junk, and wrong types") {
  CHECK(!parse_docker_config(" \n")->nvidia_runtime);
  CHECK(!parse_docker_config("{}")->nvidia_runtime);
  CHECK(!parse_docker_config(R"({"runtimes":[1],"exec-opts":{"a":1},"default-runtime":3})")->nvidia_runtime);
  CHECK(parse_docker_config("{\"runtimes\": {},}").error().code == ErrorCode::kMalformed);
  CHECK(!parse_docker_config("[]"));
  CHECK(!parse_docker_config(std::string(10'000, '[')));
}

TEST_CASE("containerd's tables of version 1 to 3") {
  const EngineConfig second = parse_runtime_toml(
      "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  default_runtime_name = \"nvidia\" "
      "# why\n"
      "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\n"
      "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options]\n"
      "  BinaryName = \"/usr/bin/nvidia-container-runtime\"\n");
  CHECK(second.nvidia_runtime);
  CHECK(second.nvidia_default);
  const EngineConfig third = parse_runtime_toml(
      "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.gpu.options]\n"
      "BinaryName='/usr/bin/nvidia-container-runtime'\n");
  CHECK(third.nvidia_runtime);
  CHECK(!third.nvidia_default);
}

TEST_CASE("CRI-O's drop-in, and files without NVIDIA") {
  const EngineConfig crio = parse_runtime_toml(
      "[crio.runtime]\ndefault_runtime = \"nvidia\"\n[crio.runtime.runtimes.nvidia]\n"
      "runtime_path = \"/usr/bin/nvidia-container-runtime\"\nruntime_type = \"oci\"\n");
  CHECK(crio.nvidia_runtime);
  CHECK(crio.nvidia_default);
  const EngineConfig none = parse_runtime_toml(
      "# [runtimes.nvidia]\ndefault_runtime_name = \"runc\"\n[a.runtimes.runc]\nBinaryName = \"runc\"\n");
  CHECK(!none.nvidia_runtime);
  CHECK(!none.nvidia_default);
  CHECK(!parse_runtime_toml("").nvidia_runtime);
  CHECK(!parse_runtime_toml("[runtimes.\n[runtimes.\"\n=\n\"=\"\n").nvidia_runtime);
  CHECK(!parse_runtime_toml("BinaryName = \"nvidia-container-runtime\"\n").nvidia_runtime);
}

TEST_CASE("CDI specifications in YAML and JSON") {
  const CdiSpec yaml = parse_cdi_spec(
      "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices: []\ncontainerEdits:\n  mounts:\n"
      "  - hostPath: /usr/lib/libcuda.so.1\n  - hostPath: /usr/lib/libcuda.so.580.95.05\n");
  CHECK(yaml.kind == "nvidia.com/gpu");
  CHECK(yaml.driver_version == "580.95.05");
  const CdiSpec json = parse_cdi_spec(
      R"({"cdiVersion":"0.5.0","kind" : "nvidia.com/gpu","x":"/lib/libnvidia-ml.so.535.183.06"})");
  CHECK(json.kind == "nvidia.com/gpu");
  CHECK(json.driver_version == "535.183.06");
}

TEST_CASE("other specifications and junk") {
  CHECK(parse_cdi_spec("kind: intel.com/gpu\nx: libcuda.so.580.95.05\n").kind == "");
  CHECK(parse_cdi_spec("").kind == "");
  CHECK(parse_cdi_spec("kind").kind == "");
  CHECK(parse_cdi_spec("kind:").kind == "");
  CHECK(parse_cdi_spec("kind: nvidia.com/\x01").kind == "");
  CHECK(parse_cdi_spec("kind: nvidia.com/gpu\nlibcuda.so.").driver_version == "");
  CHECK(parse_cdi_spec("kind: nvidia.com/gpu\nlibcuda.so.580.\n").driver_version == "");
}
