#include "base/text.hpp"
#include "doctor/log_scan.hpp"
#include "doctor/xid.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(doctor::parse_error_line(text));
  use(doctor::parse_nvlink_status(text));
  const auto parts = cut(text, "\n");
  if (parts) use(doctor::Pattern(parts->first).match(parts->second));
  return 0;
}
