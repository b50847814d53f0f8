// Accounting: what each process used, also after its end.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// Accounting must be on to be asked.
nvmlReturn_t accounting_target(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const Reading mode = take(*target.gpu, ReadingId::accounting_mode);
  if (mode.code) return static_cast<nvmlReturn_t>(mode.code);
  return mode.value ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

/// The newest entry of a process: a number may have been used again. pid 0: there is none.
channel::Accounted take_accounted(const Gpu& gpu, unsigned pid) {
  channel::Accounted taken{};
  channel::read_consistent(gpu, [&] {
    taken = {};
    for (unsigned i = 0; i < gpu.accounted_count && i < channel::kAccountedMax; ++i)
      if (gpu.accounted[i].pid == pid && (taken.pid == 0 || gpu.accounted[i].start_us >= taken.start_us))
        taken = gpu.accounted[i];
  });
  return taken;
}

/// Milliseconds of life; a running process counts as 0, as the library says.
unsigned long long lifetime_ms(const channel::Accounted& process) {
  return process.running
             ? 0
             : static_cast<unsigned long long>((process.ended_ns - process.started_ns) / 1'000'000);
}

}  // namespace

nvmlReturn_t nvmlDeviceGetAccountingMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return read_number(device, mode, ReadingId::accounting_mode);
}
nvmlReturn_t nvmlDeviceSetAccountingMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  return order(device, Op::set_accounting_mode, static_cast<unsigned>(mode));
}
nvmlReturn_t nvmlDeviceClearAccountingPids(nvmlDevice_t device) {
  return order(device, Op::clear_accounting);
}
nvmlReturn_t nvmlDeviceGetAccountingBufferSize(nvmlDevice_t device, unsigned int* bufferSize) {
  return read_number(device, bufferSize, ReadingId::accounting_buffer_size);
}
nvmlReturn_t nvmlDeviceGetAccountingPids(nvmlDevice_t device, unsigned int* count, unsigned int* pids) {
  Target target;
  if (const nvmlReturn_t code = accounting_target(device, target)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  const Gpu& gpu = *target.gpu;
  Listing<unsigned> listing(count, pids);
  channel::read_consistent(gpu, [&] {
    listing.restart();
    for (unsigned i = 0; i < gpu.accounted_count && i < channel::kAccountedMax; ++i)
      listing.add(gpu.accounted[i].pid);
  });
  return listing.finish();
}
nvmlReturn_t nvmlDeviceGetAccountingStats(nvmlDevice_t device, unsigned int pid,
                                          nvmlAccountingStats_t* stats) {
  Target target;
  if (const nvmlReturn_t code = accounting_target(device, target)) return code;
  if (!stats) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Accounted process = take_accounted(*target.gpu, pid);
  if (process.pid == 0) return NVML_ERROR_NOT_FOUND;
  *stats = {};
  stats->gpuUtilization = process.gpu_percent;
  stats->memoryUtilization = process.memory_percent;
  stats->maxMemoryUsage = process.memory_max_bytes;
  stats->time = lifetime_ms(process);
  stats->startTime = process.start_us;
  stats->isRunning = process.running;
  return NVML_SUCCESS;
}
/// Sums and counts of samples are those of a process sampled six times a second.
nvmlReturn_t nvmlDeviceGetAccountingStats_v2(nvmlDevice_t device, nvmlAccountingStats_v2_t* stats) {
  Target target;
  if (const nvmlReturn_t code = accounting_target(device, target)) return code;
  if (!stats) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Accounted process = take_accounted(*target.gpu, stats->pid);
  if (process.pid == 0) return NVML_ERROR_NOT_FOUND;
  const std::int64_t end_ns = process.running ? channel::driver_now_ns(*page()) : process.ended_ns;
  const unsigned pid = stats->pid;
  *stats = {};
  stats->pid = pid;
  stats->isRunning = process.running;
  stats->gpuUtilization = process.gpu_percent;
  stats->memoryUtilization = process.memory_percent;
  stats->maxMemoryUsage = process.memory_max_bytes;
  stats->sampleCount = static_cast<unsigned>((end_ns - process.started_ns) / 166'666'667);
  stats->sumGpuUtil = static_cast<unsigned long long>(process.gpu_percent) * stats->sampleCount;
  stats->sumFbUtil = static_cast<unsigned long long>(process.memory_percent) * stats->sampleCount;
  stats->time = lifetime_ms(process);
  stats->startTime = process.start_us;
  return NVML_SUCCESS;
}
