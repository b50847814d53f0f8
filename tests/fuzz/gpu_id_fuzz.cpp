#include "catalog/gpus.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto id = nvstack::catalog::parse_gpu_id(text);
  if (id && !nvstack::catalog::parse_gpu_id(id->text())) __builtin_trap();
  return 0;
}
