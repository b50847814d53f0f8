// Goal: each toolkit on disk is found once, with the version it says itself to be.
#include "facts/toolkits.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

TEST_CASE("the ways in which versions are written down") {
  CHECK(parse_toolkit_json(R"({"cuda":{"name":"CUDA SDK","version":"12.4.1"}})")->text == "12.4.1");
  CHECK(parse_toolkit_text("CUDA Version 10.2.89\n")->text == "10.2.89");
  CHECK(parse_cudnn_header("#define CUDNN_MAJOR 9\n#define CUDNN_MINOR 1\n#define CUDNN_PATCHLEVEL 0\n"
                           "#define CUDNN_VERSION (CUDNN_MAJOR * 10000)\n")
            ->text == "9.1.0");
}

TEST_CASE("what says no version is refused") {
  for (const char* text : {"", "{", "[]", "{\"cuda\":12}", R"({"cuda":{"version":"new"}})", "\xff\xfe"})
    CHECK_MESSAGE(parse_toolkit_json(text).error().code == ErrorCode::kMalformed, text);
  for (const char* text : {"", "CUDA Version", "CUDA Version x", "Version 10.2"})
    CHECK(!parse_toolkit_text(text));
  CHECK(!parse_cudnn_header("#define CUDNN_MAJOR 9\n#define CUDNN_MINOR x\n#define CUDNN_PATCHLEVEL 0\n"));
  CHECK(!parse_cudnn_header("#define CUDNN_MAJOR 99999999999999999999\n"));
  CHECK(!parse_cudnn_header(std::string(100'000, 'C')));
}

TEST_CASE("toolkits side by side, and which one is chosen") {
  FakeHost machine;
  machine.file("/usr/local/cuda-12.4/version.json", R"({"cuda":{"version":"12.4.1"}})");
  machine.file("/usr/local/cuda-12.4/bin/nvcc", "").file("/usr/local/cuda-11.8/bin/nvcc", "");
  machine.file("/usr/local/cuda-11.8/version.json", "broken");
  machine.file("/usr/local/cuda-13.0/compat/libcuda.so.1", "");
  machine.link("/usr/local/cuda", "/etc/alternatives/cuda")
      .link("/etc/alternatives/cuda", "/usr/local/cuda-12.4");
  machine.link("/usr/local/cuda-12", "/usr/local/cuda-12.4").link("/usr/local/cuda-9", "/gone");
  machine.variable("CUDA_HOME", "/usr/local/cuda").variable("PATH", "/usr/local/cuda/bin:/bin");
  const auto toolkits = read_toolkits(machine);
  REQUIRE(toolkits);
  REQUIRE(toolkits->cuda.size() == 3);
  CHECK(toolkits->cuda[0].path == "/usr/local/cuda-11.8");
  CHECK(toolkits->cuda[0].version->text == "11.8");  // by its name, as its own file is broken
  CHECK(!toolkits->cuda[0].is_default);
  CHECK(toolkits->cuda[1].version->text == "12.4.1");
  CHECK(toolkits->cuda[1].has_nvcc);
  CHECK(toolkits->cuda[1].is_default);
  CHECK(toolkits->cuda[2].has_compat);
  CHECK(!toolkits->cuda[2].has_nvcc);
  CHECK(toolkits->cuda_home == "/usr/local/cuda");
  CHECK(toolkits->path == "/usr/local/cuda/bin:/bin");
}

TEST_CASE("the distributions' own toolkits, and one named by the environment") {
  FakeHost machine;
  machine.file("/usr/lib/cuda/version.txt", "CUDA Version 11.8.89\n").file("/usr/bin/nvcc", "");
  machine.file("/opt/cuda/version.json", R"({"cuda":{"version":"13.0.2"}})");
  machine.file("/home/u/cuda/bin/nvcc", "").variable("CUDA_PATH", "/home/u/cuda");
  const auto toolkits = read_toolkits(machine);
  REQUIRE(toolkits);
  REQUIRE(toolkits->cuda.size() == 3);
  CHECK(toolkits->cuda[0].version->text == "11.8.89");
  CHECK(toolkits->cuda[0].has_nvcc);
  CHECK(toolkits->cuda[1].path == "/opt/cuda");
  CHECK(toolkits->cuda[2].path == "/home/u/cuda");
  CHECK(!toolkits->cuda[2].version);
}

TEST_CASE("cuDNN by its header, or by its library where there is no header") {
  const std::string header = "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 9\n#define CUDNN_PATCHLEVEL 7\n";
  FakeHost machine;
  machine.file("/usr/include/x86_64-linux-gnu/cudnn_version_v8.h", header);
  machine.link("/usr/include/cudnn_version.h", "x86_64-linux-gnu/cudnn_version_v8.h");
  machine.file("/usr/lib/x86_64-linux-gnu/libcudnn.so.8.9.7", "")
      .file("/usr/lib/x86_64-linux-gnu/libcudnn.so.8", "");
  machine.file("/usr/local/cuda/lib64/libcudnn.so.9.1.0", "");
  const auto toolkits = read_toolkits(machine);
  REQUIRE(toolkits);
  REQUIRE(toolkits->cudnn.size() == 2);
  CHECK(toolkits->cudnn[0].version->text == "8.9.7");
  CHECK(toolkits->cudnn[0].path == "/usr/include/cudnn_version.h");
  CHECK(toolkits->cudnn[1].version->text == "9.1.0");
  CHECK(read_toolkits(FakeHost())->cudnn.empty());
}
