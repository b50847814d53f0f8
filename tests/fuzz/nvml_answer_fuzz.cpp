#include "nvml/snapshot.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto answer = nvstack::nvml::parse_answer(text);
  if (answer) use(nvstack::nvml::answer_json(*answer).dump());
  return 0;
}
