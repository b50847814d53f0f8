// cuGetProcAddress: how the runtime library finds the rest.
#include "virtcuda/session.hpp"
#include "virtcuda/symbols.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

constexpr unsigned long long kLegacyStream = 1, kPerThreadStream = 2;

CUresult find(const char* name, void** function, int cuda_version, unsigned long long flags,
              SymbolSearch& search) {
  if (!name || !function || (flags & ~(kLegacyStream | kPerThreadStream))) return CUDA_ERROR_INVALID_VALUE;
  const Lock lock;
  const channel::Page* page = page_if_any();
  // A driver of CUDA 12.4 has no functions of 13.0, although this library holds them all.
  if (page && cuda_version > static_cast<int>(page->cuda_version)) return CUDA_ERROR_INVALID_VALUE;
  const SymbolRow* row = nullptr;
  search = find_symbol(name, cuda_version, (flags & kPerThreadStream) != 0, row);
  *function = row ? row->address : nullptr;
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuGetProcAddress(const char* symbol, void** function, int cuda_version, unsigned long long flags) {
  SymbolSearch search = SymbolSearch::kUnknown;
  CUDA_TRY(find(symbol, function, cuda_version, flags, search));
  return search == SymbolSearch::kFound ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}
/// Success also when there is no such function: the status tells, and the pointer is null.
CUresult cuGetProcAddress_v2(const char* symbol, void** function, int cuda_version, unsigned long long flags,
                             CUdriverProcAddressQueryResult* symbol_status) {
  SymbolSearch search = SymbolSearch::kUnknown;
  CUDA_TRY(find(symbol, function, cuda_version, flags, search));
  if (symbol_status) *symbol_status = static_cast<CUdriverProcAddressQueryResult>(search);
  return CUDA_SUCCESS;
}

}  // extern "C"
