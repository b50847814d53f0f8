// The private table that nvidia-smi asks for, with the slots it is known to use. Slots are numbers of the 580
// branch, found by the public k8s-test-infra project; all others answer SUCCESS and a count of zero.
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "virtml/processes.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

constexpr unsigned char kTableId[16] = {0xc4, 0xfe, 0x3e, 0x6c, 0xc9, 0x8f, 0x6c, 0x4e,
                                        0xa3, 0x27, 0xee, 0x69, 0x6e, 0x12, 0xf7, 0xc4};
constexpr std::size_t kSlots = 512;

/// One entry of a process list: 4128 bytes.
struct ProcessEntry {
  std::uint32_t pid, padding;
  std::uint64_t memory_bytes;
  std::uint32_t gpu_instance, compute_instance;
  std::uint64_t protected_bytes;
  char name[4096];
};
static_assert(sizeof(ProcessEntry) == 4128);

/// Calls on a device are lists whose count the caller has filled with its room: left alone, it would walk an
/// array that nobody wrote. What is no device call is only acknowledged.
nvmlReturn_t empty_slot(void* first, void* second) {
  constexpr std::uintptr_t kNumbersEnd = 0x10000;  // below it a word is a number, not an address
  Target target;
  const bool is_list = second && reinterpret_cast<std::uintptr_t>(second) >= kNumbersEnd &&
                       resolve(reinterpret_cast<nvmlDevice_t>(first), target) == NVML_SUCCESS;
  if (is_list) *static_cast<unsigned*>(second) = 0;
  return NVML_SUCCESS;
}

nvmlReturn_t acknowledge_slot() {
  return NVML_SUCCESS;
}

nvmlReturn_t reset_slot(nvmlDevice_t device) {
  Target target;
  if (resolve(device, target, Need::kCached) != NVML_SUCCESS) return NVML_SUCCESS;
  return ask(Op::reset_gpu, target);
}

nvmlReturn_t handle_slot(unsigned index, nvmlDevice_t* device, unsigned) {
  return nvmlDeviceGetHandleByIndex_v2(index, device);
}

template <std::uint32_t kind>
nvmlReturn_t process_slot(nvmlDevice_t device, unsigned* count, ProcessEntry* entries) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  Listing<ProcessEntry> listing(count, entries);
  for_each_process(
      target, [&] { listing.restart(); },
      [&](const channel::Process& process) {
        if (!(process.kinds & kind)) return;
        ProcessEntry entry{
            process.pid, 0, process.memory_bytes, process.gpu_instance, process.compute_instance, 0, {}};
        std::snprintf(entry.name, sizeof entry.name, "%.63s", process.name);
        listing.add(entry);
      });
  return listing.finish();
}

nvmlReturn_t host_generation_slot(nvmlDevice_t device, unsigned* generation) {
  return read_number(device, generation, ReadingId::pcie_generation_host_max);
}

struct ExportTable {
  const void* slots[kSlots];
};

template <typename Function>
const void* slot(Function* function) {
  return reinterpret_cast<const void*>(function);
}

ExportTable make_table() {
  ExportTable table{};
  for (const void*& each : table.slots) each = slot(empty_slot);
  table.slots[0] = reinterpret_cast<const void*>(sizeof table);
  table.slots[20] = slot(reset_slot);
  table.slots[197] = slot(acknowledge_slot);  // a reset's end; its second word is no count
  table.slots[81] = slot(handle_slot);
  table.slots[213] = slot(process_slot<channel::kCompute>);
  table.slots[214] = slot(process_slot<channel::kGraphics>);
  table.slots[215] = slot(process_slot<channel::kMps>);
  table.slots[230] = slot(host_generation_slot);
  return table;
}

}  // namespace

nvmlReturn_t nvmlInternalGetExportTable(const void** table, const void* guid) {
  if (!table || !guid) return NVML_ERROR_INVALID_ARGUMENT;
  if (std::memcmp(guid, kTableId, sizeof kTableId) != 0) return NVML_ERROR_NOT_FOUND;
  static const ExportTable made = make_table();
  *table = made.slots;
  return NVML_SUCCESS;
}
