#include "facts/packages.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  std::vector<std::string> broken;
  use(facts::parse_dpkg_status(text, broken));
  use(facts::parse_rpm_list(text));
  use(facts::parse_pacman_desc(text));
  use(facts::parse_ignored_packages(text));
  use(facts::parse_module_streams(text));
  use(facts::parse_version_lock_list(text));
  use(facts::parse_version_lock_toml(text));
  use(facts::parse_zypp_locks(text));
  return 0;
}
