// The face of a fuzz target: bytes in, no answer; whatever it returns, it must not crash, hang or read out of
// bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

inline std::string_view as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Keeps a result alive, so that no compiler drops the work.
template <typename T>
void use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}
