// Goal: every part of CUDA on a machine is found, with its version and what kind it is.
#include "facts/cuda_places.hpp"

#include <doctest.h>

#include "facts/torch_environment.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;

namespace {

std::string list(const CudaPlaces& places) {
  std::string out;
  for (const CudaPlace& place : places.all)
    out += std::string(cuda_place_kind_name(place.kind)) + " " + place.path + " " +
           (place.version ? place.version->text : "?") + "\n";
  return out;
}

}  // namespace

TEST_CASE("toolkits, compat, stubs, runtimes, pip, conda") {
  host::FakeHost machine;
  machine.file("/usr/local/cuda-12.6/bin/nvcc", "")
      .file("/usr/local/cuda-12.6/version.json", R"({"cuda":{"version":"12.6.3"}})")
      .file("/usr/local/cuda-12.6/compat/libcuda.so.1", "")
      .file("/usr/local/cuda-12.6/compat/libcuda.so.560.35.05", "")
      .file("/usr/local/cuda-12.6/lib64/stubs/libcuda.so", "")
      .file("/usr/local/cuda-11.8/lib64/libcudart.so.11.0", "")
      .link("/usr/local/cuda", "/usr/local/cuda-12.6")
      .file("/usr/lib/x86_64-linux-gnu/libcudart.so.12", "")
      .file("/usr/lib/x86_64-linux-gnu/libcudart.so.12.4.127", "")
      .variable("CONDA_PREFIX", "/conda")
      .file("/conda/conda-meta/cuda-cudart-12.4.127-he02047a_2.json", "{}")
      .variable("VIRTUAL_ENV", "/venv")
      .file("/venv/lib/python3.11/site-packages/nvidia_cudnn_cu12-9.1.0.70.dist-info/METADATA", "")
      .file("/venv/lib/python3.11/site-packages/torch/version.py", "__version__ = '2.6.0'\n")
      .variable("PATH", "/usr/bin");
  const CudaPlaces places = read_cuda_places(machine);
  const std::string text = list(places);
  for (const char* line :
       {"toolkit /usr/local/cuda-12.6 12.6.3\n", "compat /usr/local/cuda-12.6/compat 560.35.05\n",
        "stub /usr/local/cuda-12.6/lib64/stubs 12.6.3\n", "runtime /usr/local/cuda-11.8 11.8\n",
        "runtime /usr/lib/x86_64-linux-gnu 12.4.127\n", "pip /venv/lib/python3.11/site-packages 9.1.0.70\n",
        "conda /conda 12.4.127\n"})
    CHECK_MESSAGE(text.find(line) != std::string::npos, line, " in\n", text);
  CHECK(places.variables.default_toolkit == "/usr/local/cuda-12.6");
  CHECK(places.variables.path == "/usr/bin");
  CHECK(read_cuda_places(host::FakeHost()).all.empty());
}

TEST_CASE("one environment and the torch in it") {
  host::FakeHost machine;
  const std::string packages = "/venv/lib/python3.11/site-packages";
  machine.file("/venv/pyvenv.cfg", "")
      .file(packages + "/torch/version.py", "__version__ = '2.6.0+cu124'\ncuda: Optional[str] = '12.4'\n")
      .file(packages + "/torch-2.6.0+cu124.dist-info/WHEEL",
            "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n")
      .file(packages + "/TorchVision-0.21.0+cu124.dist-info/WHEEL", "")
      .file(packages + "/nvidia_cublas_cu12-12.4.5.8.dist-info/WHEEL", "")
      .file(packages + "/numpy-2.0.0.dist-info/WHEEL", "")
      .file("/venv/lib/libcuda.so.1", "");
  const TorchEnvironment environment = read_torch_environment(machine, "/venv/").value();
  CHECK(environment.is_virtual);
  CHECK(environment.python == "3.11");
  CHECK(environment.wheels.size() == 3);
  CHECK(environment.version_of("torchvision") == "0.21.0+cu124");
  CHECK(environment.version_of("numpy").empty());
  CHECK(environment.torch->cuda == "12.4");
  CHECK(environment.tags == std::vector<std::string>{"cp311-cp311-linux_x86_64"});
  CHECK(environment.shadowing == std::vector<std::string>{"/venv/lib/libcuda.so.1"});
  CHECK(read_torch_environment(machine, "/none").error().code == ErrorCode::kNotFound);
}

TEST_CASE("names of dist-info directories") {
  CHECK(wheel_of_dist_info("Nvidia_Cuda.Runtime-13.0.96.dist-info")->name == "nvidia-cuda-runtime");
  for (const char* name :
       {"torch", "torch.dist-info", "-1.dist-info", "torch-.dist-info", "torch-1.egg-info"})
    CHECK_MESSAGE(!wheel_of_dist_info(name), name);
  CHECK(parse_wheel_tags("Tag: a\nTag:b\nRoot: c\n").size() == 2);
}

TEST_CASE("F-013: what nvcc --version says") {
  const char* kText =
      "nvcc: NVIDIA (R) Cuda compiler driver\nCopyright (c) 2005-2024 NVIDIA Corporation\n"
      "Built on Tue_Oct_29_23:50:19_PDT_2024\nCuda compilation tools, release 12.6, V12.6.85\n"
      "Build cuda_12.6.r12.6/compiler.35059454_0\n";
  CHECK(parse_nvcc_version(kText)->text == "12.6.85");
  CHECK(parse_nvcc_version("Cuda compilation tools, release 9.1")->text == "9.1");
  CHECK(!parse_nvcc_version("nvcc: not found"));
  CHECK(!parse_nvcc_version("release x"));
  host::FakeHost machine;
  machine.file("/usr/lib/nvidia-cuda-toolkit/bin/nvcc", "")
      .command({"/usr/lib/nvidia-cuda-toolkit/bin/nvcc", "--version"}, kText);
  CHECK(list(read_cuda_places(machine)) == "toolkit /usr/lib/nvidia-cuda-toolkit 12.6.85\n");
}
