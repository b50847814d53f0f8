#include "smi/run.hpp"

#include <doctest.h>

#include <set>

#include "base/text.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::smi::test;

TEST_CASE("a query makes the calls of its fields and no others") {
  FakeDriver made = make_driver({data_center_board()});
  const Ran ran =
      run_on(made, {"--query-gpu=index,name,utilization.gpu,memory.used", "--format=csv,noheader,nounits"});
  CHECK(ran.out == "0, NVIDIA H100 80GB HBM3, 100, 19818\n");
  std::set<std::string> asked;
  for (const auto& [name, count] : made.asked) asked.insert(name);
  CHECK(asked == std::set<std::string>{"nvmlInit_v2", "nvmlShutdown", "nvmlSystemGetDriverVersion",
                                       "nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2",
                                       "nvmlDeviceGetName", "nvmlDeviceGetMigMode",
                                       "nvmlDeviceGetUtilizationRates", "nvmlDeviceGetMemoryInfo_v2"});
}

TEST_CASE("each view asks what it shows and nothing that it does not") {
  struct View {
    std::vector<std::string> words;
    std::vector<const char*> asks, leaves;
  };
  const std::vector<View> views = {
      {{"-L"},
       {"nvmlDeviceGetName", "nvmlDeviceGetUUID"},
       {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetMemoryInfo_v2"}},
      {{},
       {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetFanSpeed"},
       {"nvmlDeviceGetUUID", "nvmlDeviceGetSerial", "nvmlDeviceGetSupportedMemoryClocks",
        "nvmlDeviceGetInforomVersion"}},
      {{"--query-gpu=temperature.gpu", "--format=csv"},
       {"nvmlDeviceGetTemperatureV"},
       {"nvmlDeviceGetName", "nvmlDeviceGetUUID", "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetMigMode"}},
      {{"dmon", "-s", "p", "-c", "1"},
       {"nvmlDeviceGetPowerUsage"},
       {"nvmlDeviceGetUtilizationRates", "nvmlDeviceGetClockInfo", "nvmlDeviceGetName"}},
      {{"--version"}, {"nvmlSystemGetNVMLVersion"}, {"nvmlDeviceGetName", "nvmlDeviceGetPciInfo_v3"}},
      {{"topo", "-m"},
       {"nvmlDeviceGetCpuAffinityWithinScope"},
       {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetName"}},
      {{"clocks"}, {"nvmlDeviceGetClockInfo"}, {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetMemoryInfo_v2"}},
      {{"--query-compute-apps=pid", "--format=csv"},
       {"nvmlDeviceGetComputeRunningProcesses_v3"},
       {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetPowerUsage"}},
  };
  for (const View& view : views) {
    FakeDriver made = make_driver({data_center_board()});
    CAPTURE(view.words.empty() ? "the table" : view.words[0]);
    run_on(made, view.words);
    for (const char* name : view.asks) CHECK_MESSAGE(made.asked.contains(name), name);
    for (const char* name : view.leaves) CHECK_MESSAGE(!made.asked.contains(name), name);
  }
}

TEST_CASE("-d asks for its section alone") {
  FakeDriver made = make_driver({data_center_board()});
  const Ran ran = run_on(made, {"-q", "-d", "COMPUTE"});
  CHECK(below(ran.out, 9) == "    Compute Mode                                       : Exclusive_Process\n");
  CHECK_FALSE(made.asked.contains("nvmlDeviceGetPowerUsage"));
  CHECK_FALSE(made.asked.contains("nvmlDeviceGetComputeRunningProcesses_v3"));
}

TEST_CASE("the program without a library") {
  smi::World world;
  std::string out;
  world.streams.out = world.streams.err = [&](std::string_view text) { out += text; };
  world.open_library = []() -> Result<nvml::Nvml> { return fail(ErrorCode::kNotFound, "no such file"); };
  world.diagnose = [] { return std::string("why\n"); };
  CHECK(smi::run({}, world) == 12);
  CHECK(out.starts_with("NVIDIA-SMI couldn't find libnvidia-ml.so library in your system."));
  CHECK(out.find("why") == std::string::npos);
  out.clear();
  CHECK(smi::run({"--diagnose"}, world) == 12);
  CHECK(out.ends_with("why\n"));
  out.clear();
  CHECK(smi::run({"--help-query-gpu"}, world) == 0);
  CHECK(out.starts_with(
      "List of valid properties to query for the switch \"--query-gpu\":\n\n\"timestamp\"\n"));
}

TEST_CASE("a driver that is not loaded, or another than the library's") {
  FakeDriver made = make_driver({data_center_board()});
  made.answers["nvmlInit_v2"] = "9";
  Ran ran = run_on(made, {});
  CHECK(ran.code == 9);
  CHECK(ran.out ==
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the "
        "latest "
        "NVIDIA driver is installed and running.\n\n");
  CHECK(ran.err.empty());
  made.answers["nvmlInit_v2"] = "18";
  made.answers["nvmlSystemGetNVMLVersion"] = "535.161";
  ran = run_on(made, {"-L"});
  CHECK(ran.code == 18);
  CHECK(ran.out ==
        "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.161\n");
  made.answers["nvmlInit_v2"] = "17";
  ran = run_on(made, {"topo", "-m"});
  CHECK(ran.code == 17);
  CHECK(ran.out == "Failed to initialize NVML: GPU access blocked by the operating system\n");
  made.answers["nvmlInit_v2"] = "999";
  CHECK(run_on(made, {}).out == "Failed to initialize NVML: Unknown Error\n");
}

TEST_CASE("a machine without GPUs, and a GPU that is not there") {
  FakeDriver made = make_driver({});
  Ran ran = run_on(made, {});
  CHECK(ran.code == 6);
  CHECK(ran.out == "No devices were found\n");
  made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-i", "1"}).code == 6);
  CHECK(run_on(made, {"-i", "GPU-none", "-L"}).out == "No devices were found\n");
}

TEST_CASE("a lost GPU is named on standard error, the others are shown") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  made.boards[0].answers["handle"] = "15";
  const Ran ran = run_on(made, {"-L"});
  CHECK(ran.code == 0);
  CHECK(ran.err.starts_with("Unable to determine the device handle for GPU0"));
  CHECK(ran.err.ends_with(": GPU is lost\n"));
  CHECK(ran.out == "GPU 1: NVIDIA GeForce RTX 2080 SUPER (UUID: GPU-aaaabbbb-cccc-dddd-eeee-ffff00001111)\n");
  CHECK(run_on(made, {"--query-gpu=index", "--json"}).out.find("\"lost\"") != std::string::npos);
}

TEST_CASE("cells of a GPU that stops answering say ERR!") {
  FakeDriver made = make_driver({data_center_board()});
  for (const char* name :
       {"nvmlDeviceGetName", "nvmlDeviceGetFanSpeed", "temperature", "nvmlDeviceGetPerformanceState",
        "nvmlDeviceGetPowerUsage", "nvmlDeviceGetEnforcedPowerLimit", "utilization.gpu",
        "nvmlDeviceGetEccMode.0", "nvmlDeviceGetMigMode.0"})
    made.boards[0].answers[name] = "!15";
  const Ran ran = run_on(made, {"--compat=525"});
  CHECK(line_of(ran.out, 8) ==
        "|   0  ERR!                On   | 00000000:1B:00.0 Off |                 ERR! |");
  CHECK(line_of(ran.out, 9) ==
        "|ERR!  ERR! ERR!    ERR! / ERR! |  19818MiB / 81559MiB |    ERR!   E. Process |");
  CHECK(line_of(ran.out, 10) ==
        "|                               |                      |                 ERR! |");
}

TEST_CASE("GPUs by index, UUID, serial and every form of bus id") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  for (const char* id : {"1", "GPU-aaaabbbb-cccc-dddd-eeee-ffff00001111", "00000000:0C:00.0", "0000:0c:00.0",
                         "0C:00.0", "c:0.0"}) {
    CAPTURE(id);
    CHECK(run_on(made, {"-i", id, "--query-gpu=index", "--format=csv,noheader"}).out == "1\n");
  }
  CHECK(run_on(made, {"-i", "1650000000017", "--query-gpu=index", "--format=csv,noheader"}).out == "0\n");
  CHECK(run_on(made, {"-i", "1,0", "--query-gpu=index", "--format=csv,noheader"}).out == "1\n0\n");
}

TEST_CASE("a loop has one header and asks afresh") {
  FakeDriver made = make_driver({gaming_board()});
  const Ran ran = run_on(made, {"--query-gpu=index", "--format=csv", "-lms", "10"}, 3);
  CHECK(ran.out == "index\n0\n0\n0\n");
  CHECK(ran.waits == 3);
  CHECK(made.asked["nvmlInit_v2"] == 1);
}

TEST_CASE("wrong words and fields") {
  FakeDriver made = make_driver({gaming_board()});
  Ran ran = run_on(made, {"--query-gpu=cuda_version", "--format=csv"});
  CHECK(ran.code == 2);
  CHECK(ran.out == "Field \"cuda_version\" is not a valid field to query.\n\n");
  CHECK(run_on(made, {"--query-gpu=memory.usd", "--format=csv"}).err == "Did you mean \"memory.used\"?\n");
  CHECK(run_on(made, {"--query-gpu=xyzzyplugh", "--format=csv"}).err.empty());
  CHECK(run_on(made, {"--query-compute-apps=what", "--format=csv"}).code == 2);
  CHECK(run_on(made, {"--query-gpu=index", "--format=xml"}).code == 2);
  CHECK(run_on(made, {"--nonsense"}).code == 255);
  CHECK(run_on(made, {"nvlink", "--nonsense"}).code == 255);
}

TEST_CASE("missing values in CSV, by driver") {
  FakeDriver made = make_driver({gaming_board()});
  const std::vector<std::string> words = {
      "--query-gpu=serial,temperature.memory,fabric.state,power.management", "--format=csv,noheader"};
  CHECK(run_on(made, words).out == "[N/A], N/A, N/A, [Requested functionality has been deprecated]\n");
  auto old = words;
  old.push_back("--compat=440");
  CHECK(run_on(made, old).out == "[Not Supported], N/A, N/A, [Not Supported]\n");
  made.boards[0].answers["nvmlDeviceGetSerial"] = "!4";
  CHECK(run_on(made, words).out.starts_with("[Insufficient Permissions], "));
}

TEST_CASE("versions") {
  FakeDriver made = make_driver({gaming_board()});
  CHECK(run_on(made, {"--version"}).out ==
        "NVIDIA-SMI version  : 590.48.01\nNVML version        : 590.48\nDRIVER version      : 590.48.01\n"
        "CUDA Version        : 13.1\n");
  CHECK(line_of(run_on(made, {"--version", "--compat=610"}).out, 2) ==
        "DRIVER version      : Deprecated, see \"KMD version\" instead");
  // Under WSL the library is another branch than the driver, and the program belongs to the library.
  made.answers["nvmlSystemGetNVMLVersion"] = "570.170";
  made.answers["nvmlSystemGetDriverVersion"] = "573.44";
  CHECK(line_of(run_on(made, {}).out, 2) ==
        "| NVIDIA-SMI 570.170                Driver Version: 573.44         CUDA Version: 13.1     |");
  made.answers.erase("nvmlSystemGetCudaDriverVersion_v2");
  CHECK(line_of(run_on(made, {}).out, 2).find("CUDA Version: N/A      |") != std::string::npos);
}

TEST_CASE("of what detect says only the GPUs, which come first") {
  CHECK(nvstack::smi::gpus_on_the_bus("GPU   0000:81:00.0  RTX 4090\n      no driver bound\nGPU   "
                                      "0000:82:00.0\nKernel  6.1\n      more\n") ==
        "\nOn the PCI bus:\nGPU   0000:81:00.0  RTX 4090\n      no driver bound\nGPU   0000:82:00.0\n");
  CHECK(nvstack::smi::gpus_on_the_bus("Kernel  6.1\nGPU   0000:81:00.0\n").empty());
  CHECK(nvstack::smi::gpus_on_the_bus("  rest\n").empty());
}
