#include "facts/packages.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_repo_ini(text, "/etc/yum.repos.d/a.repo"));
  use(facts::parse_apt_list(text, "/etc/apt/sources.list"));
  use(facts::parse_apt_sources(text, "/etc/apt/sources.list.d/a.sources"));
  return 0;
}
