// Faults of one GPU. Log lines are the driver's own words (source: NVIDIA's open kernel modules and logs of
// real machines).
#include <algorithm>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/fault_rows.hpp"
#include "virt/faults.hpp"

namespace nvstack::virt {

std::string xid_text(unsigned number) {
  struct Row {
    unsigned number;
    const char* text;
  };
  static constexpr Row kRows[] = {
      {13, "Graphics SM Warp Exception on (GPC 0, TPC 0, SM 0): Out Of Range Address"},
      {31,
       "Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f51_4a000000. "
       "Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ"},
      {43, "Ch 00000008"},
      {45, "Ch 00000008"},
      {48,
       "An uncorrectable double bit error (DBE) has been detected on GPU in the framebuffer at partition 4, "
       "subpartition 1."},
      {61, "Internal micro-controller breakpoint/warning"},
      {62, "32e2(3214) 00000000 00000000"},
      {63, "Row Remapper: New row marked for remapping, reset gpu to activate."},
      {64, "Row Remapper: Error writing the remapping table"},
      {74, "NVLink: fatal error detected on link 0(0x10000, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)"},
      {79, "GPU has fallen off the bus."},
      {92, "High single-bit ECC error rate"},
      {94, "Contained: SM (0x1). RST: No, D-RST: No"},
      {95, "Uncontained: LTC TAG (0x2,0x0). RST: Yes, D-RST: No"},
      {119, "Timeout waiting for RPC from GSP0! Expected function 76 (GSP_RM_CONTROL)."},
      {120, "GSP task timeout @ pc:0x1e9c, task: 1"},
      {154, "GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)"},
  };
  for (const Row& row : kRows)
    if (row.number == number) return row.text;
  return "";
}

namespace {

using channel::Gpu, channel::ReadingId;

std::uint64_t& ecc_count(Gpu& gpu, nvmlMemoryErrorType_t type, nvmlEccCounterType_t counter,
                         nvmlMemoryLocation_t place) {
  return gpu.ecc[type][counter][place];
}

bool has(const FaultWords& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Status fault_xid(Model& model, std::size_t gpu, const FaultWords& words) {
  const unsigned number = static_cast<unsigned>(TRY(number_word(words, 0, 999, "NUMBER")));
  if (number == 79) return fault_lost(model, gpu, {});
  std::string text = join({words.begin() + 1, words.end()}, " ");
  if (text.empty()) text = xid_text(number);
  model.xid(gpu, number, text);
  return {};
}

Status fault_ecc(Model& model, std::size_t index, const FaultWords& words) {
  if (words.empty() || (words[0] != "single" && words[0] != "double"))
    return fail(ErrorCode::kUsage, "ecc needs single or double", "nvstack virt fault ecc double --gpu 0");
  Gpu& gpu = model.page().gpus[index];
  if (value_or(gpu, ReadingId::ecc_mode, 0) == 0)
    return fail(ErrorCode::kUsage, "ECC is off on this GPU: nothing would be counted",
                "choose a board with ECC, as in h100x8");
  std::uint64_t count = 1;
  if (words.size() > 1 && parse_uint(words[1])) count = *parse_uint(words[1]);
  const bool is_double = words[0] == "double", sram = has(words, "sram");
  {
    const Writing writing(gpu);
    const auto type = is_double ? NVML_MEMORY_ERROR_TYPE_UNCORRECTED : NVML_MEMORY_ERROR_TYPE_CORRECTED;
    const auto place = sram ? NVML_MEMORY_LOCATION_SRAM : NVML_MEMORY_LOCATION_DEVICE_MEMORY;
    for (const auto counter : {NVML_VOLATILE_ECC, NVML_AGGREGATE_ECC})
      ecc_count(gpu, type, counter, place) += count;
    if (sram && is_double)
      for (auto& sources : gpu.ecc_sram) sources[1] += count;
  }
  if (!is_double) {
    model.raise(index, nvmlEventTypeSingleBitEccError, count);
    return {};
  }
  model.raise(index, nvmlEventTypeDoubleBitEccError, count);
  model.xid(index, 48, xid_text(48));
  const bool uncontained = has(words, "uncontained");
  model.xid(index, uncontained ? 95 : 94, xid_text(uncontained ? 95 : 94));
  if (uncontained) return fault_reset_required(model, index, {});
  return sram ? Status{} : fault_remap(model, index, {"pending"});
}

Status fault_remap(Model& model, std::size_t index, const FaultWords& words) {
  if (words.empty() || (words[0] != "pending" && words[0] != "failed"))
    return fail(ErrorCode::kUsage, "remap needs pending or failed", "");
  Gpu& gpu = model.page().gpus[index];
  if (channel::reading(gpu, ReadingId::remapped_rows_pending).code != 0) {
    if (channel::reading(gpu, ReadingId::retired_pages_pending).code == 0)
      return fault_retire(model, index, {"double"});
    return fail(ErrorCode::kUsage, "this board remaps no rows",
                "a100, h100, ... do; v100 and t4 retire pages");
  }
  const bool failed = words[0] == "failed";
  {
    const Writing writing(gpu);
    set_reading(gpu, failed ? ReadingId::remapped_rows_failure : ReadingId::remapped_rows_pending, 1);
    ++channel::reading(gpu, ReadingId::remapped_rows_uncorrectable).value;
    channel::Reading &most = channel::reading(gpu, ReadingId::remap_banks_max),
                     &high = channel::reading(gpu, ReadingId::remap_banks_high);
    if (most.value > 0) --most.value, ++high.value;
  }
  model.xid(index, failed ? 64 : 63, xid_text(failed ? 64 : 63));
  return {};
}

Status fault_retire(Model& model, std::size_t index, const FaultWords& words) {
  Gpu& gpu = model.page().gpus[index];
  if (channel::reading(gpu, ReadingId::retired_pages_pending).code != 0)
    return fail(ErrorCode::kUsage, "this board retires no pages",
                "v100x8 and t4 do; later boards remap rows");
  const bool is_double = !has(words, "single");
  {
    const Writing writing(gpu);
    if (gpu.page_count < channel::kPagesMax)
      gpu.pages[gpu.page_count++] = {
          0x1d7a000ull + 0x1000ull * gpu.page_count, static_cast<std::uint64_t>(model.now() / 1000),
          static_cast<std::uint32_t>(is_double ? NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR
                                               : NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS),
          1};
    set_reading(gpu, ReadingId::retired_pages_pending, 1);
  }
  model.xid(index, 63, "Dynamic Page Retirement: New retired page, reboot to activate (0x0000000001d7a000).");
  return {};
}

Status fault_lost(Model& model, std::size_t index, const FaultWords&) {
  Gpu& gpu = model.page().gpus[index];
  const std::string& bdf = model.scenario().gpus[index].bdf;
  {
    // Before the event: who is woken by it asks the GPU at once.
    const Writing writing(gpu);
    gpu.flags |= channel::kLost;
  }
  model.xid(index, 79, "GPU has fallen off the bus.");
  model.print(3, "NVRM: GPU " + bdf + ": GPU has fallen off the bus.");
  return {};
}

Status fault_reset_required(Model& model, std::size_t index, const FaultWords&) {
  Gpu& gpu = model.page().gpus[index];
  {
    const Writing writing(gpu);
    gpu.flags |= channel::kResetRequired;
    if (channel::reading(gpu, ReadingId::recovery_action).code == 0)
      set_reading(gpu, ReadingId::recovery_action, 1);
  }
  model.xid(index, 154, xid_text(154));
  model.raise(index, nvmlEventTypeGpuRecoveryAction, 1);
  return {};
}

Status fault_thermal(Model& model, std::size_t index, const FaultWords& words) {
  const auto degrees = static_cast<double>(TRY(number_word(words, 0, 150, "DEGREES")));
  PhysicalState& physical = model.physical(index);
  physical.ambient_c += degrees - physical.temperature_c;
  physical.temperature_c = degrees;
  return {};
}

Status fault_power_brake(Model& model, std::size_t index, const FaultWords& words) {
  model.power_brake[index] = TRY(switch_word(words, 0));
  return {};
}

Status fault_hang(Model& model, std::size_t index, const FaultWords& words) {
  const auto milliseconds = static_cast<std::uint32_t>(TRY(number_word(words, 0, 3'600'000, "MILLISECONDS")));
  const Writing writing(model.page().gpus[index]);
  model.page().gpus[index].call_delay_ms = milliseconds;
  return {};
}

Status fault_slow_open(Model& model, std::size_t index, const FaultWords& words) {
  model.init_ms[index] = static_cast<unsigned>(TRY(number_word(words, 0, 600'000, "MILLISECONDS")));
  return {};
}

Status fault_init(Model& model, std::size_t index, const FaultWords& words) {
  model.init_failure[index] = static_cast<int>(TRY(number_word(words, 0, 999, "CODE")));
  return {};
}

}  // namespace nvstack::virt
