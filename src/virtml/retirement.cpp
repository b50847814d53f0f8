// Bad memory taken out of use: retired pages up to Turing, remapped rows since Ampere.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// Addresses and times of the pages retired for one cause; `timestamps` may be NULL (the first version).
nvmlReturn_t list_pages(nvmlDevice_t device, nvmlPageRetirementCause_t cause, unsigned* count,
                        unsigned long long* addresses, unsigned long long* timestamps) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const Gpu& gpu = *target.gpu;
  const auto wanted = static_cast<unsigned>(cause);
  if (!count || wanted >= NVML_PAGE_RETIREMENT_CAUSE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  if (const Reading pending = take(gpu, ReadingId::retired_pages_pending); pending.code)
    return static_cast<nvmlReturn_t>(pending.code);
  unsigned times = *count;
  Listing<unsigned long long> listing(count, addresses), stamped(&times, timestamps);
  channel::read_consistent(gpu, [&] {
    listing.restart();
    stamped.restart();
    for (unsigned i = 0; i < gpu.page_count && i < channel::kPagesMax; ++i) {
      if (gpu.pages[i].cause != wanted || gpu.pages[i].pending) continue;
      listing.add(gpu.pages[i].address);
      if (timestamps) stamped.add(gpu.pages[i].time_us / 1'000'000);
    }
  });
  return listing.finish();
}

}  // namespace

nvmlReturn_t nvmlDeviceGetRetiredPages(nvmlDevice_t device, nvmlPageRetirementCause_t cause,
                                       unsigned int* pageCount, unsigned long long* addresses) {
  return list_pages(device, cause, pageCount, addresses, nullptr);
}
nvmlReturn_t nvmlDeviceGetRetiredPages_v2(nvmlDevice_t device, nvmlPageRetirementCause_t cause,
                                          unsigned int* pageCount, unsigned long long* addresses,
                                          unsigned long long* timestamps) {
  if (pageCount && *pageCount && !timestamps && page()) return NVML_ERROR_INVALID_ARGUMENT;
  return list_pages(device, cause, pageCount, addresses, timestamps);
}
nvmlReturn_t nvmlDeviceGetRetiredPagesPendingStatus(nvmlDevice_t device, nvmlEnableState_t* isPending) {
  return read_number(device, isPending, ReadingId::retired_pages_pending);
}
nvmlReturn_t nvmlDeviceGetRemappedRows(nvmlDevice_t device, unsigned int* corrRows, unsigned int* uncRows,
                                       unsigned int* isPending, unsigned int* failureOccurred) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!corrRows || !uncRows || !isPending || !failureOccurred) return NVML_ERROR_INVALID_ARGUMENT;
  const Gpu& gpu = *target.gpu;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remapped_rows_correctable, corrRows)) return code;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remapped_rows_uncorrectable, uncRows)) return code;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remapped_rows_pending, isPending)) return code;
  return put(gpu, ReadingId::remapped_rows_failure, failureOccurred);
}
nvmlReturn_t nvmlDeviceGetRemappedRows_v2(nvmlDevice_t device, nvmlRemappedRowsInfo_v2_t* info) {
  if (!info) return read_number<unsigned>(device, nullptr, ReadingId::remapped_rows_pending);
  if (const nvmlReturn_t code = nvmlDeviceGetRemappedRows(
          device, &info->corrActiveRemaps, &info->uncActiveRemaps, &info->bPending, &info->bFailureOccurred))
    return code;
  return read_pair(device, &info->corrInactiveRemaps, ReadingId::remapped_rows_correctable_inactive,
                   &info->uncInactiveRemaps, ReadingId::remapped_rows_uncorrectable_inactive);
}
nvmlReturn_t nvmlDeviceGetRowRemapperHistogram(nvmlDevice_t device,
                                               nvmlRowRemapperHistogramValues_t* values) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!values) return NVML_ERROR_INVALID_ARGUMENT;
  const Gpu& gpu = *target.gpu;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remap_banks_max, &values->max)) return code;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remap_banks_high, &values->high)) return code;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remap_banks_partial, &values->partial)) return code;
  if (const nvmlReturn_t code = put(gpu, ReadingId::remap_banks_low, &values->low)) return code;
  return put(gpu, ReadingId::remap_banks_none, &values->none);
}
