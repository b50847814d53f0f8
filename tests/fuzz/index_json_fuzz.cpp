#include "host/image.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  const auto json = nvstack::parse_json(text);
  nvstack::host::MachineImage image;
  if (json) use(nvstack::host::apply_index_json(image, *json));
  if (json) use(nvstack::host::apply_commands_json(image, *json));
  return 0;
}
