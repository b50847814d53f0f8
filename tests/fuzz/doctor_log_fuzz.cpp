#include "doctor/doctor.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  static const catalog::Catalog catalog;
  const doctor::Report report = doctor::diagnose_log({"log", std::string(text), false}, catalog);
  use(doctor::report_json(report).dump());
  return 0;
}
