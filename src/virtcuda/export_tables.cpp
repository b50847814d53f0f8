// cuGetExportTable: tables of functions that NVIDIA does not document and its runtime library asks for. What
// is known of them is what others found out; each word beyond that answers NOT_SUPPORTED. The tables by which
// the runtime checks that a driver is NVIDIA's are not answered.
#include <cstring>
#include <map>

#include "virtcuda/module.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

using StorageEnd = void (*)(CUcontext context, void* key, void* value);
struct Stored {
  void* value;
  StorageEnd end;
};

/// What the runtime keeps for a context, by a key of its own.
std::map<std::pair<CUcontext, void*>, Stored>& storage() {
  static auto* const all = new std::map<std::pair<CUcontext, void*>, Stored>;
  return *all;
}

CUresult not_supported() {
  return CUDA_ERROR_NOT_SUPPORTED;
}

CUresult storage_put(CUcontext context, void* key, void* value, StorageEnd end) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context) CUDA_TRY(current_even_failed(context));
  storage()[{context, key}] = {value, end};
  return CUDA_SUCCESS;
}
CUresult storage_delete(CUcontext context, void* key) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context) CUDA_TRY(current_even_failed(context));
  return storage().erase({context, key}) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}
CUresult storage_get(void** value, CUcontext context, void* key) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context) CUDA_TRY(current_even_failed(context));
  const auto found = storage().find({context, key});
  if (!value || found == storage().end()) return CUDA_ERROR_INVALID_HANDLE;
  *value = found->second.value;
  return CUDA_SUCCESS;
}

CUresult load_fatbin(CUmodule* module, const void* wrapper) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!module || !wrapper) return CUDA_ERROR_INVALID_VALUE;
  JitLog log(0, nullptr, nullptr);
  return load_module(context, wrapper, 0, log, *module);
}
CUresult load_fatbin_more(CUmodule* module, const void* wrapper, void*, void*, unsigned) {
  return load_fatbin(module, wrapper);
}
CUresult load_fatbin_head(const void* head, CUmodule* module, void*, void*, unsigned) {
  return load_fatbin(module, head);
}
/// The primary context, not counted as a retain.
CUresult find_primary(CUcontext* context, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!context) return CUDA_ERROR_INVALID_VALUE;
  *context = primary_of(device);
  return *context ? CUDA_SUCCESS : retain_primary(device, *context);
}
CUresult agree(std::size_t) {
  return CUDA_SUCCESS;
}

/// Whether a context stands for another one: never here.
CUresult context_wraps(CUcontext, unsigned* wraps, void**) {
  if (wraps) *wraps = 0;
  return CUDA_SUCCESS;
}
unsigned nothing() {
  return 0;
}

/// The runtime asks a table for an answer that only NVIDIA's driver computes: that is its right, and it is
/// not imitated.
constexpr unsigned char kGenuineDriver[16] = {0xd4, 0x08, 0x20, 0x55, 0xbd, 0xe6, 0x70, 0x4b,
                                              0x8d, 0x34, 0xba, 0x12, 0x3c, 0x66, 0xe1, 0xf2};

/// Buffers in which tools count callbacks: nobody does.
unsigned char callback_bytes[1024], callback_flags[16];
void callback_buffer(void** start, std::size_t* bytes) {
  *start = callback_bytes, *bytes = sizeof callback_bytes;
}
void callback_flag_buffer(void** start, std::size_t* bytes) {
  *start = callback_flags, *bytes = sizeof callback_flags;
}

template <typename F>
void* word(F function) {
  return reinterpret_cast<void*>(function);
}
void* bytes_word(std::size_t words) {
  return reinterpret_cast<void*>(words * sizeof(void*));
}

struct Table {
  unsigned char id[16];
  void* words[14];
};
const Table kTables[] = {
    {{0x6b, 0xd5, 0xfb, 0x6c, 0x5b, 0xf4, 0xe7, 0x4a, 0x89, 0x87, 0xd9, 0x39, 0x12, 0xfd, 0x9d, 0xf9},
     {bytes_word(13), word(load_fatbin), word(find_primary), word(not_supported), word(not_supported),
      word(not_supported), word(load_fatbin_more), word(agree), word(load_fatbin_head), word(not_supported),
      word(not_supported), word(not_supported), word(not_supported)}},
    {{0xa0, 0x94, 0x79, 0x8c, 0x2e, 0x74, 0x2e, 0x74, 0x93, 0xf2, 0x08, 0x00, 0x20, 0x0c, 0x0a, 0x66},
     {bytes_word(7), nullptr, word(callback_buffer), nullptr, nullptr, nullptr, word(callback_flag_buffer)}},
    {{0xc6, 0x93, 0x33, 0x6e, 0x11, 0x21, 0xdf, 0x11, 0xa8, 0xc3, 0x68, 0xf3, 0x55, 0xd8, 0x95, 0x93},
     {word(storage_put), word(storage_delete), word(storage_get), nullptr}},
    {{0x42, 0xd8, 0x5a, 0x81, 0x23, 0xf6, 0xcb, 0x47, 0x82, 0x98, 0xf6, 0xe7, 0x8a, 0x3a, 0xec, 0xdc},
     {bytes_word(3), word(not_supported), nullptr}},
    {{0x26, 0x3e, 0x88, 0x60, 0x7c, 0xd2, 0x61, 0x43, 0x92, 0xf6, 0xbb, 0xd5, 0x00, 0x6d, 0xfa, 0x7e},
     {bytes_word(4), word(not_supported), word(context_wraps), word(nothing)}},
};

}  // namespace

CUresult cuGetExportTable(const void** table, const CUuuid* table_id) {
  if (!table || !table_id) return CUDA_ERROR_INVALID_VALUE;
  *table = nullptr;
  if (std::memcmp(kGenuineDriver, table_id->bytes, sizeof kGenuineDriver) == 0)
    return CUDA_ERROR_NOT_SUPPORTED;
  for (const Table& known : kTables)
    if (std::memcmp(known.id, table_id->bytes, sizeof known.id) == 0) *table = known.words;
  return *table ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}
