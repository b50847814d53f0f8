// Goal: both forms of the NVRM line and the exact procfs texts are understood; other texts never are.
#include <doctest.h>

#include "facts/modules.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

constexpr const char* kOpenLine =
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  595.45.04  Release Build  (user@host 12.2.0)  "
    "Tue\n"
    "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n";

}  // namespace

TEST_CASE("the version of the loaded driver") {
  const auto open = parse_nvrm_version(kOpenLine);
  REQUIRE(open);
  CHECK(open->version.text == "595.45.04");
  CHECK(open->flavor == catalog::Flavor::kOpen);
  CHECK(open->compiler == "gcc version 12.2.0 (Debian 12.2.0-14)");
  CHECK(open->line.starts_with("NVRM version: NVIDIA UNIX Open"));
  const auto old =
      parse_nvrm_version("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.06  Wed Jun 26 1.2.3\n");
  REQUIRE(old);
  CHECK(old->version.branch() == 535);
  CHECK(old->flavor == catalog::Flavor::kProprietary);
  CHECK(
      parse_nvrm_version("[   9.1] NVRM: loading NVIDIA UNIX Open Kernel Module for aarch64  515.57  Release")
          ->version.text == "515.57");
  CHECK(parse_nvrm_version("NVIDIA UNIX x86_64 Kernel Module 470.1.2 Wed")->version.text == "470.1.2");
}

TEST_CASE("what is no version of the driver") {
  CHECK(!parse_nvrm_version(""));
  CHECK(!parse_nvrm_version("NVRM version: NVIDIA UNIX x86_64 Kernel Module"));
  CHECK(!parse_nvrm_version("Some UNIX Kernel Module  535.1.2  "));
  CHECK(!parse_nvrm_version("NVIDIA UNIX\0 Kernel Module  \xff.1"sv));
  CHECK(!parse_nvrm_version("NVIDIA UNIX Kernel Module" + std::string(100'000, ' ')));
}

TEST_CASE("a GPU's information and the parameters") {
  const ProcGpu gpu = parse_proc_gpu(
      "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 137\nGPU UUID: \t GPU-1b2c\nVideo BIOS: \t "
      "96.00.74.00.01\n"
      "Bus Location: \t 0000:01:00.0\nDevice Minor: \t 3\nGPU Firmware: \t N/A\nGPU Excluded:\t Yes\n",
      "0000:01:00.0");
  CHECK(gpu.model == "NVIDIA H100 80GB HBM3");
  CHECK(gpu.uuid == "GPU-1b2c");
  CHECK(gpu.video_bios == "96.00.74.00.01");
  CHECK(gpu.firmware == "N/A");
  CHECK(gpu.minor == 3);
  CHECK(gpu.excluded);
  CHECK(!parse_proc_gpu("Device Minor: 4294967296\nGPU Excl", "x").minor);
  const auto parameters =
      parse_proc_parameters("EnableMSI: 1\nRegistryDwords: \"a=1;b=2\"\nRmMsg: \"\"\n\nodd\n: 1\n");
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[1] == std::pair<std::string, std::string>{"RegistryDwords", "a=1;b=2"});
  CHECK(parameters[2].second.empty());
}

TEST_CASE("the procfs tree") {
  host::FakeHost host;
  CHECK(!read_proc_driver(host)->loaded);
  host.directory("/proc/driver/nvidia");
  CHECK(read_proc_driver(host)->loaded);
  CHECK(!read_proc_driver(host)->version);
  host.file("/proc/driver/nvidia/version", kOpenLine).file("/proc/driver/nvidia/params", "EnableMSI: 1\n");
  host.file("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Device Minor: \t 0\n");
  host.directory("/proc/driver/nvidia/gpus/0000:02:00.0");
  const auto driver = read_proc_driver(host);
  REQUIRE(driver);
  CHECK(driver->version->version.text == "595.45.04");
  REQUIRE(driver->gpus.size() == 2);
  CHECK(driver->gpus[0].minor == 0);
  CHECK(driver->gpus[1].bdf == "0000:02:00.0");
  CHECK(driver->parameters.size() == 1);
  host.file("/proc/driver/nvidia/version", "\0\x01"s);
  CHECK(read_proc_driver(host).error().code == ErrorCode::kMalformed);
  CHECK(read_proc_driver(host).error().text().find("/proc/driver/nvidia/version") != std::string::npos);
}
