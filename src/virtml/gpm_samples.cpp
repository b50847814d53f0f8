#include "virtml/gpm_samples.hpp"

#include <pthread.h>

#include <new>

namespace nvstack::virtml {

namespace {

constexpr std::size_t kSamplesMax = 4096;
constexpr std::uint64_t kMark = 6ull << 43;
GpmSnapshot* samples[kSamplesMax];
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// The place of a sample in the table; kSamplesMax for what is none. Called under the lock.
std::size_t slot_of(nvmlGpmSample_t sample) {
  const std::uint64_t number = reinterpret_cast<std::uint64_t>(sample) - kMark;
  return number % 16 == 0 && number / 16 < kSamplesMax && samples[number / 16] ? number / 16 : kSamplesMax;
}

double average(std::int64_t one, std::int64_t other) {
  return static_cast<double>(one + other) / 2;
}

/// Between two counters, in MiB a second.
double rate(double first_bytes, double second_bytes, double seconds) {
  return seconds > 0 && second_bytes > first_bytes ? (second_bytes - first_bytes) / seconds / (1 << 20) : 0;
}

GpmMetric percent(const char* name, double value) {
  return {NVML_SUCCESS, value, name, "%"};
}
GpmMetric megabytes(const char* name, double value) {
  return {NVML_SUCCESS, value, name, "MiB/sec"};
}

/// Ids of one link come in pairs, received first.
GpmMetric link_rate(unsigned link, bool sent, const GpmSnapshot& first, const GpmSnapshot& second,
                    double seconds) {
  if (link >= channel::kLinksMax) return {};
  const std::uint64_t before = sent ? first.link_tx_kib[link] : first.link_rx_kib[link];
  const std::uint64_t after = sent ? second.link_tx_kib[link] : second.link_rx_kib[link];
  return megabytes(sent ? "nvlink_link_tx_per_sec" : "nvlink_link_rx_per_sec",
                   rate(static_cast<double>(before) * 1024, static_cast<double>(after) * 1024, seconds));
}

}  // namespace

nvmlReturn_t allocate_sample(nvmlGpmSample_t* sample) {
  auto* fresh = new (std::nothrow) GpmSnapshot;
  if (!fresh) return NVML_ERROR_MEMORY;
  pthread_mutex_lock(&lock);
  std::size_t slot = 0;
  while (slot < kSamplesMax && samples[slot]) ++slot;
  if (slot < kSamplesMax) samples[slot] = fresh;
  pthread_mutex_unlock(&lock);
  if (slot == kSamplesMax) {
    delete fresh;
    return NVML_ERROR_INSUFFICIENT_RESOURCES;
  }
  *sample = reinterpret_cast<nvmlGpmSample_t>(kMark + slot * 16);
  return NVML_SUCCESS;
}

nvmlReturn_t free_sample(nvmlGpmSample_t sample) {
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(sample);
  if (slot < kSamplesMax) {
    delete samples[slot];
    samples[slot] = nullptr;
  }
  pthread_mutex_unlock(&lock);
  return slot < kSamplesMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t load_sample(nvmlGpmSample_t sample, GpmSnapshot& snapshot) {
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(sample);
  if (slot < kSamplesMax) snapshot = *samples[slot];
  pthread_mutex_unlock(&lock);
  return slot < kSamplesMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t store_sample(nvmlGpmSample_t sample, const GpmSnapshot& snapshot) {
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(sample);
  if (slot < kSamplesMax) *samples[slot] = snapshot;
  pthread_mutex_unlock(&lock);
  return slot < kSamplesMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

GpmMetric make_metric(unsigned id, const GpmSnapshot& first, const GpmSnapshot& second) {
  const double seconds = static_cast<double>(second.time_ns - first.time_ns) / 1e9;
  if (id >= NVML_GPM_METRIC_NVLINK_L0_RX_PER_SEC && id <= NVML_GPM_METRIC_NVLINK_L17_TX_PER_SEC)
    return link_rate((id - NVML_GPM_METRIC_NVLINK_L0_RX_PER_SEC) / 2, id % 2 != 0, first, second, seconds);
  if (id >= NVML_GPM_METRIC_NVLINK_L18_RX_PER_SEC && id <= NVML_GPM_METRIC_NVLINK_L35_TX_PER_SEC)
    return link_rate(18 + (id - NVML_GPM_METRIC_NVLINK_L18_RX_PER_SEC) / 2, id % 2 != 0, first, second,
                     seconds);
  if (id >= NVML_GPM_METRIC_NVDEC_0_UTIL && id <= NVML_GPM_METRIC_NVDEC_7_UTIL)
    return percent("nvdec_util", average(first.decoder_percent, second.decoder_percent));
  if (id >= NVML_GPM_METRIC_NVJPG_0_UTIL && id <= NVML_GPM_METRIC_NVJPG_7_UTIL)
    return percent("nvjpg_util", average(first.jpg_percent, second.jpg_percent));
  if (id >= NVML_GPM_METRIC_NVENC_0_UTIL && id <= NVML_GPM_METRIC_NVENC_3_UTIL)
    return percent("nvenc_util", average(first.encoder_percent, second.encoder_percent));
  switch (id) {
    case NVML_GPM_METRIC_GRAPHICS_UTIL:
      return percent("graphics_util", average(first.sm_percent, second.sm_percent));
    case NVML_GPM_METRIC_SM_UTIL: return percent("sm_util", average(first.sm_percent, second.sm_percent));
    case NVML_GPM_METRIC_DRAM_BW_UTIL:
      return percent("dram_bw_util", average(first.memory_percent, second.memory_percent));
    case NVML_GPM_METRIC_NVOFA_0_UTIL:
    case NVML_GPM_METRIC_NVOFA_1_UTIL:
      return percent("nvofa_util", average(first.ofa_percent, second.ofa_percent));
    case NVML_GPM_METRIC_PCIE_TX_PER_SEC:
      return megabytes("pcie_tx_per_sec", rate(first.pcie_tx_bytes, second.pcie_tx_bytes, seconds));
    case NVML_GPM_METRIC_PCIE_RX_PER_SEC:
      return megabytes("pcie_rx_per_sec", rate(first.pcie_rx_bytes, second.pcie_rx_bytes, seconds));
    case NVML_GPM_METRIC_NVLINK_TOTAL_RX_PER_SEC:
      return megabytes("nvlink_total_rx_per_sec",
                       rate(first.nvlink_rx_kib * 1024, second.nvlink_rx_kib * 1024, seconds));
    case NVML_GPM_METRIC_NVLINK_TOTAL_TX_PER_SEC:
      return megabytes("nvlink_total_tx_per_sec",
                       rate(first.nvlink_tx_kib * 1024, second.nvlink_tx_kib * 1024, seconds));
    default: return {};
  }
}

}  // namespace nvstack::virtml
