#include "cli/redact.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  nvstack::cli::Redactor redactor;
  redactor.add_word("hostname", "host");
  use(redactor.redact(text, true));
  return 0;
}
