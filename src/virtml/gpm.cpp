// GPU performance monitoring: two samples give what a GPU did between them.
#include "virtml/gpm_samples.hpp"
#include "virtml/processes.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

nvmlReturn_t gpm_target(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return value_or_zero(*target.gpu, ReadingId::gpm_supported) ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

GpmSnapshot snapshot_of(const Target& target) {
  const Gpu& gpu = *target.gpu;
  GpmSnapshot taken;
  taken.taken = true;
  taken.time_ns = channel::driver_now_ns(*page());
  taken.position = target.position;
  taken.sm_percent = value_or_zero(gpu, ReadingId::utilization_gpu);
  taken.memory_percent = value_or_zero(gpu, ReadingId::utilization_memory);
  taken.encoder_percent = value_or_zero(gpu, ReadingId::utilization_encoder);
  taken.decoder_percent = value_or_zero(gpu, ReadingId::utilization_decoder);
  taken.jpg_percent = value_or_zero(gpu, ReadingId::utilization_jpg);
  taken.ofa_percent = value_or_zero(gpu, ReadingId::utilization_ofa);
  taken.pcie_tx_bytes = accrued_now(gpu, channel::AccrualId::pcie_tx_bytes);
  taken.pcie_rx_bytes = accrued_now(gpu, channel::AccrualId::pcie_rx_bytes);
  taken.nvlink_tx_kib = accrued_now(gpu, channel::AccrualId::nvlink_tx_kib);
  taken.nvlink_rx_kib = accrued_now(gpu, channel::AccrualId::nvlink_rx_kib);
  channel::read_consistent(gpu, [&] {
    for (std::size_t i = 0; i < channel::kLinksMax; ++i) {
      taken.link_tx_kib[i] = gpu.links[i].tx_kib;
      taken.link_rx_kib[i] = gpu.links[i].rx_kib;
    }
  });
  return taken;
}

/// In an instance only its own processes count.
void narrow_to_instance(const Target& target, unsigned instance, GpmSnapshot& taken) {
  taken.gpu_instance = instance;
  for_each_process(
      target, [&] { taken.sm_percent = taken.memory_percent = 0; },
      [&](const channel::Process& process) {
        if (process.gpu_instance != instance) return;
        taken.sm_percent += process.sm_percent;
        taken.memory_percent += process.memory_percent;
      });
}

}  // namespace

nvmlReturn_t nvmlGpmSampleAlloc(nvmlGpmSample_t* gpmSample) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return gpmSample ? allocate_sample(gpmSample) : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlGpmSampleFree(nvmlGpmSample_t gpmSample) {
  return page() ? free_sample(gpmSample) : NVML_ERROR_UNINITIALIZED;
}
nvmlReturn_t nvmlGpmSampleGet(nvmlDevice_t device, nvmlGpmSample_t gpmSample) {
  Target target;
  if (const nvmlReturn_t code = gpm_target(device, target)) return code;
  return store_sample(gpmSample, snapshot_of(target));
}
nvmlReturn_t nvmlGpmMigSampleGet(nvmlDevice_t device, unsigned int gpuInstanceId, nvmlGpmSample_t gpmSample) {
  Target target;
  if (const nvmlReturn_t code = gpm_target(device, target)) return code;
  for (const channel::GpuInstance& instance : target.gpu->instances) {
    if (!instance.used || instance.id != gpuInstanceId) continue;
    GpmSnapshot taken = snapshot_of(target);
    narrow_to_instance(target, gpuInstanceId, taken);
    return store_sample(gpmSample, taken);
  }
  return value_or_zero(*target.gpu, ReadingId::mig_mode) ? NVML_ERROR_INVALID_ARGUMENT
                                                         : NVML_ERROR_NOT_SUPPORTED;
}
/// The first sample must be older than the second, and both of one GPU.
nvmlReturn_t nvmlGpmMetricsGet(nvmlGpmMetricsGet_t* metricsGet) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!metricsGet) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(metricsGet->version, NVML_GPM_METRICS_GET_VERSION)) return code;
  GpmSnapshot first, second;
  if (const nvmlReturn_t code = load_sample(metricsGet->sample1, first)) return code;
  if (const nvmlReturn_t code = load_sample(metricsGet->sample2, second)) return code;
  if (metricsGet->numMetrics == 0 || metricsGet->numMetrics > NVML_GPM_METRIC_MAX || !first.taken ||
      !second.taken || first.position != second.position || first.gpu_instance != second.gpu_instance ||
      second.time_ns < first.time_ns)
    return NVML_ERROR_INVALID_ARGUMENT;
  for (unsigned i = 0; i < metricsGet->numMetrics; ++i) {
    nvmlGpmMetric_t& metric = metricsGet->metrics[i];
    const GpmMetric made = make_metric(metric.metricId, first, second);
    metric.nvmlReturn = metric.metricId == 0 || metric.metricId >= NVML_GPM_METRIC_MAX
                            ? NVML_ERROR_INVALID_ARGUMENT
                            : made.code;
    metric.value = made.value;
    metric.metricInfo.shortName = const_cast<char*>(made.name);
    metric.metricInfo.longName = const_cast<char*>(made.name);
    metric.metricInfo.unit = const_cast<char*>(made.unit);
  }
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlGpmQueryDeviceSupport(nvmlDevice_t device, nvmlGpmSupport_t* gpmSupport) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, gpmSupport, NVML_GPM_SUPPORT_VERSION, target)) return code;
  gpmSupport->isSupportedDevice = value_or_zero(*target.gpu, ReadingId::gpm_supported) != 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlGpmQueryIfStreamingEnabled(nvmlDevice_t device, unsigned int* state) {
  return read_number(device, state, ReadingId::gpm_streaming);
}
nvmlReturn_t nvmlGpmSetStreamingEnabled(nvmlDevice_t device, unsigned int state) {
  return order(device, Op::set_gpm_streaming, state);
}
