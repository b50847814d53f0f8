// Types, state spaces and fixed sizes of PTX, as far as the virtual GPU knows them, and what a refused text
// says. Source: the PTX ISA reference, 6.0 to 9.x.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "abi/cuda_driver.h"

namespace nvstack::virtcuda {

enum class Type : std::uint8_t {
  kNone,
  kPred,
  kB8,
  kU8,
  kS8,
  kB16,
  kU16,
  kS16,
  kF16,
  kB32,
  kU32,
  kS32,
  kF32,
  kF16x2,
  kB64,
  kU64,
  kS64,
  kF64,
};
enum class Space : std::uint8_t { kGeneric, kGlobal, kConst, kShared, kLocal, kParam };

/// kNone for a word that names no type we know.
Type find_type(std::string_view word);
std::string_view name_of(Type type);
std::uint32_t bytes_of(Type type);
bool is_float(Type type);
bool is_signed(Type type);

/// Windows of the generic address space, above every address a process can own.
inline constexpr std::uint64_t kWindowBytes = 1ull << 32;
inline constexpr std::uint64_t kSharedWindow = 1ull << 47;
inline constexpr std::uint64_t kLocalWindow = kSharedWindow + kWindowBytes;
inline constexpr std::uint64_t kParamWindow = kLocalWindow + kWindowBytes;

inline constexpr std::size_t kTextMax = 64u << 20;          // bytes of PTX
inline constexpr std::size_t kVariableBytesMax = 1u << 30;  // of one .global
inline constexpr std::size_t kLocalBytesMax = 512u << 10;   // of one thread, as on the hardware
inline constexpr std::size_t kParamBytesMax = 32'764;
inline constexpr std::uint32_t kWarpThreads = 32, kThreadsMax = 1024;

/// What a compilation found: 0, or why it ended, with the text of the JIT error log.
struct Diagnostics {
  CUresult code = CUDA_SUCCESS;
  std::string log;
  /// Keeps the first failure; always false, so that a parser can return it.
  bool fail(std::uint32_t line, std::string_view message, CUresult why = CUDA_ERROR_INVALID_PTX);
};

}  // namespace nvstack::virtcuda
