// Goal: each Python environment's torch is known by its files, and driver libraries that it brings are seen.
#include "facts/python.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

namespace {

const std::string kTorch =
    "from typing import Optional\n\n__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip']\n"
    "__version__ = '2.6.0+cu124'\ndebug = False\ncuda: Optional[str] = '12.4'\ngit_version = 'abc'\n"
    "hip: Optional[str] = None\n";

}  // namespace

TEST_CASE("torch/version.py of several years") {
  const auto now = parse_torch_version(kTorch);
  REQUIRE(now);
  CHECK(now->version == "2.6.0+cu124");
  CHECK(now->cuda == "12.4");
  const auto before = parse_torch_version("__version__ = \"1.13.1\"\r\ncuda = '11.7'\r\n");
  CHECK(before->version == "1.13.1");
  CHECK(before->cuda == "11.7");
  CHECK(parse_torch_version("__version__ = '2.6.0+cpu'\ncuda: Optional[str] = None\n")->cuda == "");
}

TEST_CASE("files that are no version.py") {
  for (const char* text : {"", "__version__", "__version__ = 2.6", "__version__ = '2.6", "__version__ = ''",
                           "x__version__ = '2'", "__version__ = 'a\x01'", "__version__ == '='"})
    CHECK_MESSAGE(!parse_torch_version(text), text);
  CHECK(!parse_torch_version("__version__ = '" + std::string(100'000, 'v') + "'"));
  CHECK(parse_torch_version("__version__ = '2.0'\ncudaX = '1'\n")->cuda == "");
}

TEST_CASE("names of wheels") {
  CHECK(wheel_of_directory("nvidia_cudnn_cu12-9.1.0.70.dist-info") == "nvidia-cudnn-cu12 9.1.0.70");
  for (const char* name : {"", ".dist-info", "nvidia_cudnn_cu12.dist-info", "numpy-1.26.dist-info",
                           "nvidia_x-.dist-info", "nvidia_x-1.egg-info", "nvidia_x-1\n.dist-info"})
    CHECK_MESSAGE(wheel_of_directory(name) == "", name);
}

TEST_CASE("a virtual environment, a conda and the system's Python") {
  FakeHost machine;
  const std::string venv = "/home/u/venv/lib/python3.11/site-packages";
  machine.file(venv + "/torch/version.py", kTorch).directory(venv + "/nvidia_cudnn_cu12-9.1.0.70.dist-info");
  machine.directory("/opt/conda/lib/python3.10").file("/opt/conda/lib/libcuda.so.1", "");
  machine.directory("/usr/lib/python3.11").directory("/usr/local/lib/python3.11/dist-packages");
  machine.file("/usr/lib/python3/dist-packages/torch/version.py", "__version__ = '1.13.1'\ncuda = None\n");
  machine.variable("VIRTUAL_ENV", "/home/u/venv/").variable("HOME", "/home/u");
  const auto found = read_python(machine);
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  const PythonEnvironment& first = (*found)[0];
  CHECK(first.prefix == "/home/u/venv");
  CHECK(first.kind == "venv");
  CHECK(first.version == "3.11");
  REQUIRE(first.torch);
  CHECK(first.torch->path == venv + "/torch");
  CHECK(first.torch->nvidia_wheels == std::vector<std::string>{"nvidia-cudnn-cu12 9.1.0.70"});
  CHECK((*found)[1].kind == "conda");
  CHECK(!(*found)[1].torch);
  CHECK((*found)[1].shadowing == std::vector<std::string>{"/opt/conda/lib/libcuda.so.1"});
  CHECK((*found)[2].prefix == "/usr");
  CHECK((*found)[2].torch->cuda == "");
}

TEST_CASE("packages of pip below /usr/local and in the home directory count when torch is there") {
  FakeHost machine;
  machine.file("/usr/local/lib64/python3.9/site-packages/torch/version.py", kTorch);
  machine.directory("/usr/local/lib/python3.9");
  machine.file("/home/u/.local/lib/python3.9/site-packages/torch/version.py", "garbage");
  machine.variable("HOME", "/home/u").variable("CONDA_PREFIX", "not/absolute");
  const auto found = read_python(machine);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK((*found)[0].prefix == "/usr/local");
  CHECK(read_python(FakeHost())->empty());
}
