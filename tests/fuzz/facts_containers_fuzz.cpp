#include "facts/containers.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_docker_config(text));
  use(facts::parse_runtime_toml(text));
  use(facts::parse_cdi_spec(text));
  return 0;
}
