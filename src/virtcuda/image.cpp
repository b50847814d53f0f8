#include "virtcuda/image.hpp"

#include <algorithm>
#include <cstring>

#ifdef NVSTACK_ZSTD
#include <zstd.h>
#endif

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kWrapperMagic = 0x466243b1, kFatbinMagic = 0xba55ed50, kElfMagic = 0x464c457f;
constexpr std::uint16_t kPartPtx = 1, kPartMachineCode = 2;
constexpr std::uint64_t kPackedLz4 = 0x2000, kPackedZstd = 0x8000;
constexpr std::size_t kPartHead = 64, kFatbinMax = 1u << 30;

/// Of a part's head: kind at 0, head bytes at 4, bytes at 8, packed bytes at 16, capability at 28, flags at
/// 40, unpacked bytes at 56. Seen in what nvcc 13 writes.
struct Part {
  std::uint16_t kind = 0;
  std::uint32_t head_bytes = 0, packed_bytes = 0, capability = 0;
  std::uint64_t bytes = 0, flags = 0, unpacked_bytes = 0;
};

template <typename T>
T read(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

Part read_part(const std::uint8_t* head) {
  return {read<std::uint16_t>(head),      read<std::uint32_t>(head + 4), read<std::uint32_t>(head + 16),
          read<std::uint32_t>(head + 28), read<std::uint64_t>(head + 8), read<std::uint64_t>(head + 40),
          read<std::uint64_t>(head + 56)};
}

CUresult refuse(std::string& log, std::string_view message, CUresult code) {
  log = message;
  return code;
}

CUresult unpack(const Part& part, const std::uint8_t* body, std::string& text, std::string& log) {
  if (!(part.flags & (kPackedLz4 | kPackedZstd))) {
    text.assign(reinterpret_cast<const char*>(body), part.bytes);
    return CUDA_SUCCESS;
  }
  if (part.unpacked_bytes > kTextMax || part.packed_bytes > part.bytes)
    return refuse(log, "a part of the fat binary is too large", CUDA_ERROR_INVALID_SOURCE);
  text.resize(part.unpacked_bytes);
  if (part.flags & kPackedLz4)
    return unpack_lz4(body, part.packed_bytes, text)
               ? CUDA_SUCCESS
               : refuse(log, "a part of the fat binary is no LZ4 block", CUDA_ERROR_INVALID_SOURCE);
#ifdef NVSTACK_ZSTD
  if (ZSTD_decompress(text.data(), text.size(), body, part.packed_bytes) == text.size()) return CUDA_SUCCESS;
  return refuse(log, "a part of the fat binary is no zstd frame", CUDA_ERROR_INVALID_SOURCE);
#else
  return refuse(
      log,
      "the PTX is packed with zstd, which this build leaves out: compile with -Xfatbin -compress-mode=none",
      CUDA_ERROR_INVALID_SOURCE);
#endif
}

CUresult find_in_fatbin(const std::uint8_t* fatbin, std::size_t bound, unsigned capability, std::string& text,
                        std::string& log) {
  const CudaFatbinHead head = read<CudaFatbinHead>(fatbin);
  if (head.head_bytes < sizeof head || head.bytes > kFatbinMax ||
      (bound && head.head_bytes + head.bytes > bound))
    return refuse(log, "the fat binary's head is malformed", CUDA_ERROR_INVALID_IMAGE);
  const std::uint8_t *at = fatbin + head.head_bytes, *end = at + head.bytes, *best = nullptr;
  bool machine_code = false, newer = false;
  Part chosen;
  while (static_cast<std::size_t>(end - at) >= kPartHead) {
    const Part part = read_part(at);
    const auto left = static_cast<std::uint64_t>(end - at);
    if (part.head_bytes < kPartHead || part.head_bytes > left || part.bytes > left - part.head_bytes)
      return refuse(log, "a part of the fat binary reaches beyond its end", CUDA_ERROR_INVALID_IMAGE);
    machine_code = machine_code || part.kind == kPartMachineCode;
    newer = newer || (part.kind == kPartPtx && part.capability > capability);
    if (part.kind == kPartPtx && part.capability <= capability &&
        (!best || part.capability > chosen.capability)) {
      best = at;
      chosen = part;
    }
    at += part.head_bytes + part.bytes;
  }
  if (best) return unpack(chosen, best + chosen.head_bytes, text, log);
  if (newer) return refuse(log, "the PTX in the fat binary is for a newer GPU", CUDA_ERROR_NO_BINARY_FOR_GPU);
  return refuse(log,
                machine_code ? "the fat binary has machine code (SASS) only, and this virtual GPU runs PTX "
                               "only: compile with -gencode arch=compute_NN,code=compute_NN"
                             : "the fat binary is empty",
                CUDA_ERROR_NO_BINARY_FOR_GPU);
}

}  // namespace

bool unpack_lz4(const std::uint8_t* packed, std::size_t bytes, std::string& text) {
  std::size_t at = 0, out = 0;
  const auto length = [&](std::size_t nibble) {
    std::size_t sum = nibble;
    for (std::uint8_t more = 255; nibble == 15 && more == 255 && at < bytes;) sum += more = packed[at++];
    return sum;
  };
  while (at < bytes) {
    const std::uint8_t token = packed[at++];
    const std::size_t literals = length(token >> 4);
    if (literals > bytes - at || literals > text.size() - out) return false;
    std::memcpy(text.data() + out, packed + at, literals);
    at += literals;
    out += literals;
    if (at == bytes) break;  // the last sequence has no match
    if (bytes - at < 2) return false;
    const std::size_t distance = packed[at] | packed[at + 1] << 8;
    at += 2;
    const std::size_t match = length(token & 15) + 4;
    if (distance == 0 || distance > out || match > text.size() - out) return false;
    for (std::size_t i = 0; i < match; ++i, ++out) text[out] = text[out - distance];
  }
  return out == text.size();
}

CUresult find_ptx(const void* image, std::size_t bytes, unsigned capability, std::string& text,
                  std::string& log) {
  if (!image) return CUDA_ERROR_INVALID_VALUE;
  const auto* start = static_cast<const std::uint8_t*>(image);
  const std::size_t bound = bytes ? bytes : kTextMax;
  const std::size_t least = ::strnlen(reinterpret_cast<const char*>(start), std::min<std::size_t>(bound, 4));
  // A short text may end at the edge of a page: the magic numbers are looked at only as far as bytes are
  // known.
  const std::uint32_t magic = least == 4 ? read<std::uint32_t>(start) : 0;
  if (magic == kWrapperMagic && (!bytes || bytes >= sizeof(CudaFatbinWrapper))) {
    const CudaFatbinWrapper wrapper = read<CudaFatbinWrapper>(start);
    if (!wrapper.image ||
        read<std::uint32_t>(static_cast<const std::uint8_t*>(wrapper.image)) != kFatbinMagic)
      return refuse(log, "the fat binary's wrapper is malformed", CUDA_ERROR_INVALID_IMAGE);
    return find_in_fatbin(static_cast<const std::uint8_t*>(wrapper.image), 0, capability, text, log);
  }
  if (magic == kFatbinMagic && (!bytes || bytes >= sizeof(CudaFatbinHead)))
    return find_in_fatbin(start, bytes, capability, text, log);
  if (magic == kElfMagic)
    return refuse(log, "a cubin is machine code (SASS), and this virtual GPU runs PTX only",
                  CUDA_ERROR_NO_BINARY_FOR_GPU);
  text.assign(reinterpret_cast<const char*>(start), ::strnlen(reinterpret_cast<const char*>(start), bound));
  if (text.find(".version") != std::string::npos) return CUDA_SUCCESS;
  return refuse(log, "neither PTX nor a fat binary", CUDA_ERROR_INVALID_IMAGE);
}

}  // namespace nvstack::virtcuda
