// GPM samples: what a GPU had done at one moment. A metric is made of two of them.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

struct GpmSnapshot {
  bool taken = false;
  std::int64_t time_ns = 0;  // driver time
  unsigned position = 0, gpu_instance = channel::kNoInstance;
  std::int64_t sm_percent = 0, memory_percent = 0, encoder_percent = 0, decoder_percent = 0, jpg_percent = 0,
               ofa_percent = 0;
  double pcie_tx_bytes = 0, pcie_rx_bytes = 0, nvlink_tx_kib = 0, nvlink_rx_kib = 0;
  std::uint64_t link_tx_kib[channel::kLinksMax] = {}, link_rx_kib[channel::kLinksMax] = {};
};

nvmlReturn_t allocate_sample(nvmlGpmSample_t* sample);
nvmlReturn_t free_sample(nvmlGpmSample_t sample);
/// INVALID_ARGUMENT for what is no sample of this process.
nvmlReturn_t load_sample(nvmlGpmSample_t sample, GpmSnapshot& snapshot);
nvmlReturn_t store_sample(nvmlGpmSample_t sample, const GpmSnapshot& snapshot);

/// The value of a metric between two snapshots, with its name; NOT_SUPPORTED for what the model does not
/// know.
struct GpmMetric {
  nvmlReturn_t code = NVML_ERROR_NOT_SUPPORTED;
  double value = 0;
  const char* name = "";
  const char* unit = "";
};
GpmMetric make_metric(unsigned id, const GpmSnapshot& first, const GpmSnapshot& second);

}  // namespace nvstack::virtml
