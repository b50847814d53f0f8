#include "virtcuda/symbols.hpp"

#include <cstring>

// Here every function is declared without its arguments: only their addresses are wanted. Those that are
// refused need no arguments either, and a per-thread form is a jump to its target, whatever that takes.
#if defined(__x86_64__)
#define JUMP "jmp "
#define JUMP_END "@PLT"
#else
#define JUMP "b "
#define JUMP_END ""
#endif

extern "C" {
#define SERVED(name, base, version) int name();
#define PER_THREAD(name, target, base, version)                                 \
  int name();                                                                   \
  asm(".text\n.balign 16\n.globl " #name "\n.type " #name ", %function\n" #name \
      ":\n\t" JUMP #target JUMP_END                                             \
      "\n"                                                                      \
      ".size " #name ", .-" #name "\n");
#define REFUSED(name, base, version) \
  int name() {                       \
    return 801;                      \
  }
#include "virtcuda/symbols.inc"
#undef SERVED
#undef PER_THREAD
#undef REFUSED
}

namespace nvstack::virtcuda {

namespace {

#define SERVED(name, base, version) {#name, base, version, false, reinterpret_cast<void*>(::name)},
#define PER_THREAD(name, target, base, version) {#name, base, version, true, reinterpret_cast<void*>(::name)},
#define REFUSED(name, base, version) {#name, base, version, false, reinterpret_cast<void*>(::name)},
const SymbolRow kRows[] = {
#include "virtcuda/symbols.inc"
};

}  // namespace

const SymbolRow* symbol_rows(std::size_t& count) {
  count = sizeof kRows / sizeof kRows[0];
  return kRows;
}

SymbolSearch find_symbol(const char* base, int cuda_version, bool per_thread, const SymbolRow*& row) {
  row = nullptr;
  bool known = false;
  for (const SymbolRow& candidate : kRows) {
    if (candidate.cuda_version == 0 || std::strcmp(candidate.base, base) != 0) continue;
    if (candidate.per_thread && !per_thread) continue;
    known = true;
    if (candidate.cuda_version > cuda_version) continue;
    const bool better =
        !row || (candidate.per_thread && !row->per_thread) ||
        (candidate.per_thread == row->per_thread && candidate.cuda_version > row->cuda_version);
    if (better) row = &candidate;
  }
  return row ? SymbolSearch::kFound : known ? SymbolSearch::kVersionTooOld : SymbolSearch::kUnknown;
}

}  // namespace nvstack::virtcuda
