// The names of libcuda.so.1 as a table, for cuGetProcAddress. Names no type of the CUDA driver, so that the
// table can declare every function alike.
#pragma once

#include <cstddef>

namespace nvstack::virtcuda {

struct SymbolRow {
  const char *name, *base;  // base: without _v2 and the like
  int cuda_version;         // 12000; 0: never found by its base
  bool per_thread;          // the form for a default stream of each thread
  void* address;
};
/// As CUdriverProcAddressQueryResult.
enum class SymbolSearch { kFound, kUnknown, kVersionTooOld };

/// The newest form of `base` that a program built for `cuda_version` knows; a form of its own for per-thread
/// default streams where there is one and it is wanted.
SymbolSearch find_symbol(const char* base, int cuda_version, bool per_thread, const SymbolRow*& row);
/// All rows, in the order of their names.
const SymbolRow* symbol_rows(std::size_t& count);

}  // namespace nvstack::virtcuda
