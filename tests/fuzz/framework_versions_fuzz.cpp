#include "framework/code_table.hpp"
#include "framework/specifier.hpp"
#include "framework/variant.hpp"
#include "framework/wheel_tags.hpp"
#include "fuzz.hpp"

using namespace nvstack;
using namespace nvstack::framework;

/// A version that is written and read again must be the same: the order of the table rests on it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  if (const auto version = parse_python_version(text)) {
    const auto again = parse_python_version(version->text());
    if (!again || *again != *version) __builtin_trap();
    use(variant_of_version(*version));
    if (const auto set = parse_specifiers(">=" + version->base().text());
        !set || !set->contains(version->base()))
      __builtin_trap();
  }
  if (const auto set = parse_specifiers(text)) use(set->contains(PythonVersion{}));
  use(parse_wanted_version(text));
  use(parse_wheel_name(std::string(text)));
  use(parse_python_target(text));
  use(parse_libc_target(text, LibcTarget::Kind::kGlibc));
  use(parse_cuda_word(text));
  use(variant_of_path(text));
  use(parse_code_list(text));
  return 0;
}
