#include "cuda/report.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (const auto report = cuda::parse_report(as_text(bytes, size))) use(cuda::report_json(*report).dump());
  return 0;
}
