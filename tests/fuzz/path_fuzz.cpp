#include "host/path.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto follow = [&](const std::string& at) -> std::optional<std::string> {
    if (at.size() % 3 == 0) return std::string(text.substr(0, at.size()));
    return std::nullopt;
  };
  const auto plain = nvstack::host::resolve_beneath(text, follow);
  if (plain && (plain->front() != 0x2f || plain->find("/../") != std::string::npos)) __builtin_trap();
  return 0;
}
