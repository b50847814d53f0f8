#include "catalog/catalog.hpp"
#include "facts/torch_environment.hpp"
#include "framework/environment.hpp"
#include "fuzz.hpp"

using namespace nvstack;
using namespace nvstack::framework;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const catalog::Catalog catalog;
  static const Tables tables = load_tables(catalog).value();
  const std::string_view text = as_text(bytes, size);
  use(parse_requirement(text));
  if (const auto requirements = parse_requirements(text)) {
    use(check_requirements(*requirements, Request{}, tables));
    use(request_of_requirements(*requirements, Request{}));
  }
  use(facts::parse_wheel_tags(text));
  use(facts::wheel_of_dist_info(text));
  use(facts::parse_torch_version(text));
  return 0;
}
