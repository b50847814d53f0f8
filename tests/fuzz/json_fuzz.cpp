#include "base/json.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto json = nvstack::parse_json(text);
  if (json && !nvstack::parse_json(json->dump())) __builtin_trap();  // what we write we must read
  return 0;
}
