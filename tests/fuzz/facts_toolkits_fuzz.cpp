#include "facts/python.hpp"
#include "facts/toolkits.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_torch_version(text));
  use(facts::parse_toolkit_json(text));
  use(facts::parse_toolkit_text(text));
  use(facts::parse_cudnn_header(text));
  return 0;
}
