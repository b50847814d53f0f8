// Goal: each level asks all that is below it and nothing above; whatever call fails, it is named with its
// code and the next GPU is asked all the same. Method: the fake libcuda fails one call at a time.
#include <doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.hpp"
#include "cuda/probe.hpp"

using namespace nvstack;
using namespace nvstack::cuda;

namespace {

ProbeOptions options(const std::string& told) {
  ::setenv("NVSTACK_FAKE_CUDA", told.c_str(), 1);
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  ProbeOptions out;
  out.library = program.substr(0, program.rfind('/')) + "/libfake_cuda.so";
  out.ptx = [](int, int, int) { return std::string(".visible .entry nvstack_probe"); };
  return out;
}
Report ask(Level level, const std::string& told) {
  const auto report = probe(level, options(told));
  REQUIRE_MESSAGE(report, (report ? "" : report.error().text()));
  return *report;
}
/// The function that failed first, of the machine or of its first GPU; "" none.
std::string culprit(const Report& report) {
  if (report.failed) return report.failed->function;
  return !report.gpus.empty() && report.gpus[0].failed ? report.gpus[0].failed->function : "";
}

constexpr Level kLevels[] = {Level::kLoad, Level::kInit, Level::kDevices, Level::kMemory, Level::kKernel};

struct Row {
  const char* function;
  Level first;  // the level that calls it first
};
const Row kCalls[] = {{"cuDriverGetVersion", Level::kLoad},      {"cuInit", Level::kInit},
                      {"cuDeviceGetCount", Level::kDevices},     {"cuDeviceGet", Level::kDevices},
                      {"cuDeviceGetName", Level::kDevices},      {"cuDeviceGetUuid_v2", Level::kDevices},
                      {"cuDeviceGetPCIBusId", Level::kDevices},  {"cuDeviceTotalMem_v2", Level::kDevices},
                      {"cuDeviceGetAttribute", Level::kDevices}, {"cuDevicePrimaryCtxRetain", Level::kMemory},
                      {"cuCtxSetCurrent", Level::kMemory},       {"cuMemAlloc_v2", Level::kMemory},
                      {"cuMemcpyHtoD_v2", Level::kMemory},       {"cuMemcpyDtoH_v2", Level::kMemory},
                      {"cuModuleLoadDataEx", Level::kKernel},    {"cuModuleGetFunction", Level::kKernel},
                      {"cuLaunchKernel", Level::kKernel},        {"cuCtxSynchronize", Level::kKernel}};

}  // namespace

TEST_CASE("every call that fails is named from its level on, and not asked below it") {
  for (const Row& row : kCalls)
    for (const Level level : kLevels) {
      const Report report = ask(level, std::string(row.function) + "=999");
      const std::string expected = level < row.first ? "" : row.function;
      CHECK_MESSAGE(culprit(report) == expected, std::string(row.function), " at level ",
                    static_cast<int>(level));
    }
}

TEST_CASE("codes are kept as the driver gave them") {
  for (const int code : {1, 2, 3, 34, 46, 100, 101, 304, 802, 803, 804, 999, 12345}) {
    const Report report = ask(Level::kKernel, "cuInit=" + std::to_string(code));
    REQUIRE_MESSAGE(report.failed, code);
    CHECK_MESSAGE(report.failed->code == code, code);
    CHECK_MESSAGE(report.gpus.empty(), code);
    CHECK_MESSAGE(report.version == 13000, code);  // which is known before cuInit
  }
}

TEST_CASE("a failure on a GPU does not keep the next one from being asked") {
  const Report report = ask(Level::kKernel, "cuLaunchKernel=719 gpus=4");
  REQUIRE(report.gpus.size() == 4);
  for (const Gpu& gpu : report.gpus) {
    REQUIRE_MESSAGE(gpu.failed, gpu.ordinal);
    CHECK_MESSAGE(gpu.failed->function == "cuLaunchKernel", gpu.ordinal);
    CHECK_MESSAGE(gpu.failed->code == 719, gpu.ordinal);
    CHECK_MESSAGE(gpu.name == "NVIDIA GeForce RTX 4090", gpu.ordinal);
  }
}

TEST_CASE("what is known of a GPU stays known when something later fails") {
  const Report name = ask(Level::kDevices, "cuDeviceGetUuid_v2=1");
  REQUIRE(name.gpus.size() == 2);
  CHECK(name.gpus[0].name == "NVIDIA GeForce RTX 4090");
  CHECK(name.gpus[0].uuid.empty());
  CHECK(name.gpus[0].bus_id == "0000:01:00.0");
  const Report version = ask(Level::kInit, "cuDriverGetVersion=999");
  CHECK_FALSE(version.version);
  CHECK_FALSE(version.load_error.size());
}

TEST_CASE("versions and capabilities of the driver reach the maker of the kernel") {
  struct Row2 {
    const char* told;
    int version, major, minor;
  };
  for (const Row2& row :
       {Row2{"version=12040 cc=86", 12040, 8, 6}, Row2{"version=13030 cc=120", 13030, 12, 0},
        Row2{"version=11080 cc=75", 11080, 7, 5}}) {
    ProbeOptions asked = options(row.told);
    int version = 0, major = 0, minor = 0;
    asked.ptx = [&](int a, int b, int c) {
      version = a, major = b, minor = c;
      return std::string("nvstack_probe");
    };
    const Report report = ask_driver(Level::kKernel, asked);  // in this process, to see what was asked
    CHECK_MESSAGE(culprit(report).empty(), std::string(row.told));
    CHECK_MESSAGE(version == row.version, std::string(row.told));
    CHECK_MESSAGE(major == row.major, std::string(row.told));
    CHECK_MESSAGE(minor == row.minor, std::string(row.told));
    CHECK_MESSAGE(report.version == row.version, std::string(row.told));
  }
}

TEST_CASE("a kernel that is none, and no kernel at all") {
  ProbeOptions other = options("");
  other.ptx = [](int, int, int) { return std::string("something else"); };
  const Report refused = probe(Level::kKernel, other).value();
  CHECK(refused.gpus[0].failed->code == 218);
  ProbeOptions none = options("cuModuleLoadDataEx=222");
  none.ptx = nullptr;
  CHECK(culprit(probe(Level::kKernel, none).value()).empty());
}

TEST_CASE("wrong results are named by their thread, the first one alone") {
  for (const int thread : {0, 1, 100, 255}) {
    const Report report = ask(Level::kKernel, "wrong=" + std::to_string(thread));
    CHECK_MESSAGE(report.gpus[1].mismatch == "thread " + std::to_string(thread) + ": " +
                                                 std::to_string(thread * 3 + 1) + " expected, 0 found",
                  thread);
    CHECK_MESSAGE(ask(Level::kMemory, "wrong=" + std::to_string(thread)).gpus[1].mismatch.empty(), thread);
  }
}

TEST_CASE("counts that cannot be: none, below none, beyond the bound") {
  CHECK(ask(Level::kDevices, "gpus=0").gpus.empty());
  CHECK(ask(Level::kDevices, "gpus=-5").gpus.empty());
  CHECK(ask(Level::kDevices, "gpus=100000").gpus.size() == 256);
}

TEST_CASE("a crash in any call ends the child alone, and its signal is named") {
  for (const char* function :
       {"cuDriverGetVersion", "cuInit", "cuDeviceGetCount", "cuMemAlloc_v2", "cuLaunchKernel"}) {
    const auto crashed = probe(Level::kKernel, options("crash=" + std::string(function)));
    REQUIRE_MESSAGE(!crashed, std::string(function));
    CHECK_MESSAGE(crashed.error().code == ErrorCode::kIo, std::string(function));
    CHECK_MESSAGE(contains(crashed.error().message, "driver"), crashed.error().message);
  }
  CHECK(probe(Level::kLoad, options("crash=cuInit")));  // it is not called there
}
