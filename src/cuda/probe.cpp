#include "cuda/probe.hpp"

#include <array>
#include <csignal>
#include <cstdio>

#include "abi/cuda.h"
#include "base/process.hpp"
#include "base/shared_library.hpp"
#include "base/text.hpp"

namespace nvstack::cuda {

namespace {

constexpr unsigned kThreads = 256;
constexpr int kGpusMax = 256;
constexpr std::size_t kLogBytes = 4096;

/// Calls by name; the first that fails is kept. A symbol that this driver lacks answers "not found".
class Driver {
 public:
  explicit Driver(SharedLibrary library) : library_(std::move(library)) {}

  template <typename Function, typename... Args>
  int call(Function*, const char* symbol, Args... args) {
    const auto function = reinterpret_cast<Function*>(library_.symbol(symbol));
    const int code = function ? static_cast<int>(function(args...)) : static_cast<int>(CUDA_ERROR_NOT_FOUND);
    if (code != CUDA_SUCCESS && !failed_) failed_ = Call{symbol, code, name_of(code)};
    return code;
  }
  std::optional<Call> take_failed() { return std::exchange(failed_, std::nullopt); }
  bool has_failed() const { return failed_.has_value(); }
  std::string path() const { return library_.path(); }

 private:
  std::string name_of(int code) const {
    const auto function = reinterpret_cast<decltype(&cuGetErrorName)>(library_.symbol("cuGetErrorName"));
    const char* name = nullptr;
    if (!function || function(static_cast<CUresult>(code), &name) != CUDA_SUCCESS || !name) return "";
    return printable(name, 80);
  }

  SharedLibrary library_;
  std::optional<Call> failed_;
};

// The prototype of abi/cuda.h gives the types; the symbol is looked up at run time.
#define CUDA_CALL(driver, name, ...) (driver).call(static_cast<decltype(&name)>(nullptr), #name, __VA_ARGS__)
#define CUDA_CALL0(driver, name) (driver).call(static_cast<decltype(&name)>(nullptr), #name)

std::string uuid_text(const CUuuid& uuid) {
  std::string out = "GPU-";
  for (int i = 0; i < 16; ++i) {
    std::array<char, 4> byte{};
    std::snprintf(byte.data(), byte.size(), "%02x", static_cast<unsigned char>(uuid.bytes[i]));
    out += byte.data();
    if (i == 3 || i == 5 || i == 7 || i == 9) out += '-';
  }
  return out;
}

int attribute(Driver& driver, CUdevice device, CUdevice_attribute which) {
  int value = 0;
  CUDA_CALL(driver, cuDeviceGetAttribute, &value, which, device);
  return value;
}

Gpu describe(Driver& driver, int ordinal, CUdevice& device) {
  Gpu gpu;
  gpu.ordinal = ordinal;
  if (CUDA_CALL(driver, cuDeviceGet, &device, ordinal) != CUDA_SUCCESS) return gpu;
  std::array<char, 256> text{};
  CUuuid uuid{};
  std::size_t bytes = 0;
  if (CUDA_CALL(driver, cuDeviceGetName, text.data(), static_cast<int>(text.size() - 1), device) ==
      CUDA_SUCCESS)
    gpu.name = printable(text.data(), 200);
  if (CUDA_CALL(driver, cuDeviceGetUuid_v2, &uuid, device) == CUDA_SUCCESS) gpu.uuid = uuid_text(uuid);
  text.fill('\0');
  if (CUDA_CALL(driver, cuDeviceGetPCIBusId, text.data(), static_cast<int>(text.size() - 1), device) ==
      CUDA_SUCCESS)
    gpu.bus_id = printable(text.data(), 40);
  if (CUDA_CALL(driver, cuDeviceTotalMem_v2, &bytes, device) == CUDA_SUCCESS) gpu.memory_bytes = bytes;
  gpu.major = attribute(driver, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  gpu.minor = attribute(driver, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  gpu.multiprocessors = attribute(driver, device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  gpu.compute_mode = attribute(driver, device, CU_DEVICE_ATTRIBUTE_COMPUTE_MODE);
  gpu.integrated = attribute(driver, device, CU_DEVICE_ATTRIBUTE_INTEGRATED) != 0;
  return gpu;
}

using Words = std::array<unsigned, kThreads>;

/// Bytes there and back again.
void try_memory(Driver& driver, CUdeviceptr address, Gpu& gpu) {
  Words sent{}, received{};
  for (unsigned i = 0; i < kThreads; ++i) sent[i] = i * 2654435761u;
  if (CUDA_CALL(driver, cuMemcpyHtoD_v2, address, sent.data(), sizeof sent) != CUDA_SUCCESS) return;
  if (CUDA_CALL(driver, cuMemcpyDtoH_v2, received.data(), address, sizeof received) != CUDA_SUCCESS) return;
  for (unsigned i = 0; i < kThreads && gpu.mismatch.empty(); ++i)
    if (sent[i] != received[i])
      gpu.mismatch = "word " + std::to_string(i) + ": " + std::to_string(sent[i]) + " expected, " +
                     std::to_string(received[i]) + " found";
}

CUmodule load_kernel(Driver& driver, const std::string& ptx, Gpu& gpu) {
  std::string log(kLogBytes, '\0');
  std::array<CUjit_option, 2> options = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  std::array<void*, 2> values = {log.data(), reinterpret_cast<void*>(kLogBytes)};
  CUmodule module = nullptr;
  CUDA_CALL(driver, cuModuleLoadDataEx, &module, static_cast<const void*>(ptx.c_str()), 2u, options.data(),
            values.data());
  gpu.log = printable(trim(log.c_str()), 2000);
  return module;
}

void check_words(const Words& found, Gpu& gpu) {
  for (unsigned i = 0; i < kThreads && gpu.mismatch.empty(); ++i)
    if (found[i] != i * 3 + 1)
      gpu.mismatch = "thread " + std::to_string(i) + ": " + std::to_string(i * 3 + 1) + " expected, " +
                     std::to_string(found[i]) + " found";
}

void try_kernel(Driver& driver, CUdeviceptr address, const std::string& ptx, Gpu& gpu) {
  const CUmodule module = load_kernel(driver, ptx, gpu);
  if (driver.has_failed()) return;
  CUfunction function = nullptr;
  std::array<void*, 1> parameters = {&address};
  Words found{};
  const bool ran =
      CUDA_CALL(driver, cuModuleGetFunction, &function, module, "nvstack_probe") == CUDA_SUCCESS &&
      CUDA_CALL(driver, cuLaunchKernel, function, 1u, 1u, 1u, kThreads, 1u, 1u, 0u,
                static_cast<CUstream>(nullptr), parameters.data(),
                static_cast<void**>(nullptr)) == CUDA_SUCCESS &&
      CUDA_CALL0(driver, cuCtxSynchronize) == CUDA_SUCCESS &&
      CUDA_CALL(driver, cuMemcpyDtoH_v2, static_cast<void*>(found.data()), address, sizeof found) ==
          CUDA_SUCCESS;
  if (ran) check_words(found, gpu);
  CUDA_CALL(driver, cuModuleUnload, module);
}

void try_gpu(Driver& driver, Level level, CUdevice device, const ProbeOptions& options, int version,
             Gpu& gpu) {
  CUcontext context = nullptr;
  CUdeviceptr address = 0;
  if (CUDA_CALL(driver, cuDevicePrimaryCtxRetain, &context, device) != CUDA_SUCCESS) return;
  if (CUDA_CALL(driver, cuCtxSetCurrent, context) == CUDA_SUCCESS &&
      CUDA_CALL(driver, cuMemAlloc_v2, &address, sizeof(Words)) == CUDA_SUCCESS) {
    try_memory(driver, address, gpu);
    if (level >= Level::kKernel && !driver.has_failed() && gpu.mismatch.empty() && options.ptx)
      try_kernel(driver, address, options.ptx(version, gpu.major, gpu.minor), gpu);
    CUDA_CALL(driver, cuMemFree_v2, address);
  }
  CUDA_CALL(driver, cuDevicePrimaryCtxRelease_v2, device);
}

}  // namespace

Report ask_driver(Level level, const ProbeOptions& options) {
  Report report;
  auto library = SharedLibrary::open(options.library);
  if (!library) {
    report.load_error = library.error().message;
    return report;
  }
  Driver driver(std::move(*library));
  report.library = driver.path();
  int version = 0, count = 0;
  if (CUDA_CALL(driver, cuDriverGetVersion, &version) == CUDA_SUCCESS) report.version = version;
  if (level >= Level::kInit && !driver.has_failed()) CUDA_CALL(driver, cuInit, 0u);
  if (level >= Level::kDevices && !driver.has_failed()) CUDA_CALL(driver, cuDeviceGetCount, &count);
  report.failed = driver.take_failed();
  if (report.failed) return report;
  for (int i = 0; i < count && i < kGpusMax; ++i) {
    CUdevice device = 0;
    Gpu gpu = describe(driver, i, device);
    if (level >= Level::kMemory && !driver.has_failed())
      try_gpu(driver, level, device, options, version, gpu);
    gpu.failed = driver.take_failed();
    report.gpus.push_back(std::move(gpu));
  }
  return report;
}

Result<Report> probe(Level level, const ProbeOptions& options) {
  const ProcessLimits limits{options.deadline, 1u << 20};
  const ProcessOutput output =
      TRY(run_in_child([&] { return report_json(ask_driver(level, options)).dump(); }, limits));
  if (output.exit_code > 128)
    return fail(ErrorCode::kIo, "the driver crashed: signal " + std::to_string(output.exit_code - 128),
                "nvstack doctor looks for the cause");
  if (output.exit_code != 0)
    return fail(ErrorCode::kIo, "the driver ended the process with code " + std::to_string(output.exit_code));
  return parse_report(output.out);
}

}  // namespace nvstack::cuda
