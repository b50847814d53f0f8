#include "catalog/table.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::catalog::Table::parse("a.tsv", std::string(text)));
  use(nvstack::catalog::Table::parse("a.rec", std::string(text)));
  return 0;
}
