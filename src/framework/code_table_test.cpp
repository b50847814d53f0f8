// Goal: which code runs on which GPU, by the published rule, and which code a wheel carries.
#include "framework/code_table.hpp"

#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::tables;

namespace {

Coverage coverage(const char* codes, const char* gpu, PtxUse ptx = PtxUse::kAllowed) {
  const Capability capability = parse_capability(gpu).value();
  const ComputeRow* row = tables().codes->find(capability);
  return find_coverage(parse_code_list(codes).value(), capability, row && row->integrated, ptx);
}

std::string code_of(const char* arch, const char* torch, const char* cuda) {
  const auto* codes = tables().codes->find(arch, *parse_python_version(torch), *parse_version(cuda));
  std::string out;
  if (codes)
    for (const Code& code : *codes)
      out += (out.empty() ? "" : " ") + code.capability.text() + (code.ptx ? "+PTX" : "");
  return out;
}

}  // namespace

TEST_CASE("discrete GPUs run code of their major that is not newer") {
  CHECK(coverage("8.0", "8.0") == Coverage::kNative);
  CHECK(coverage("8.0", "8.6") == Coverage::kNative);
  CHECK(coverage("8.0", "8.9") == Coverage::kNative);
  CHECK(coverage("6.0", "6.1") == Coverage::kNative);
  CHECK(coverage("12.0", "12.1") == Coverage::kNative);
  CHECK(coverage("10.0", "10.3") == Coverage::kNative);
  CHECK(coverage("8.6", "8.0") == Coverage::kNone);
  CHECK(coverage("9.0", "10.0") == Coverage::kNone);
  CHECK(coverage("10.0", "12.0") == Coverage::kNone);
  CHECK(coverage("5.0 6.0 7.0 7.5 8.0 8.6 9.0", "12.0") == Coverage::kNone);
}

TEST_CASE("integrated GPUs run their exact code alone") {
  CHECK(coverage("8.0 8.6 9.0", "8.7") == Coverage::kNone);
  CHECK(coverage("8.7", "8.7") == Coverage::kNative);
  CHECK(coverage("7.0", "7.2") == Coverage::kNone);
  CHECK(coverage("6.0", "6.2") == Coverage::kNone);
  CHECK(coverage("5.0 5.2", "5.3") == Coverage::kNone);
  CHECK(coverage("10.1", "11.0") == Coverage::kNative);
  CHECK(coverage("11.0", "11.0") == Coverage::kNative);
}

TEST_CASE("PTX runs on what is newer, if the driver compiles it; suffixes bind") {
  CHECK(coverage("8.0+PTX", "9.0") == Coverage::kPtx);
  CHECK(coverage("8.0+PTX", "8.7") == Coverage::kPtx);
  CHECK(coverage("9.0+PTX", "8.9") == Coverage::kNone);
  CHECK(coverage("8.0+PTX", "9.0", PtxUse::kDriverTooOld) == Coverage::kNone);
  CHECK(coverage("8.0+PTX", "8.6", PtxUse::kDriverTooOld) == Coverage::kNative);
  CHECK(coverage("9.0a", "9.0") == Coverage::kNative);
  CHECK(coverage("10.0a", "10.3") == Coverage::kNone);
  CHECK(coverage("10.0f", "10.3") == Coverage::kNative);
}

TEST_CASE("the code of wheels") {
  CHECK(code_of("x86_64", "2.6.0", "12.4") == "5.0 6.0 7.0 7.5 8.0 8.6 9.0");
  CHECK(code_of("x86_64", "2.7.1", "12.8") == "7.5 8.0 8.6 9.0 10.0 12.0+PTX");
  CHECK(code_of("x86_64", "2.8.0", "12.8") == "7.0 7.5 8.0 8.6 9.0 10.0 12.0");
  CHECK(code_of("aarch64", "2.13.0", "13.0") == "8.0 9.0 10.0 11.0 12.0+PTX");
  // Beyond the table: the newest row of the same CUDA.
  CHECK(code_of("x86_64", "2.16.0", "13.4") == code_of("x86_64", "2.14.0", "13.2"));
  CHECK(code_of("riscv64", "2.6.0", "12.4").empty());
  CHECK(!tables().codes->has_build("aarch64", *parse_python_version("2.6.0"), *parse_version("11.8")));
}

TEST_CASE("capabilities as people write them") {
  CHECK(parse_capability("sm_120")->text() == "12.0");
  CHECK(parse_capability("compute_90")->sm() == "sm_90");
  CHECK(parse_capability("SM89")->text() == "8.9");
  CHECK(parse_capability("sm_90a")->text() == "9.0");
  CHECK(parse_capability("8.6")->text() == "8.6");
  for (const char* text : {"", "8", "89", "sm_", "sm_9", "8.", ".9", "8.99", "RTX 4090", "sm_9999", "0.1"})
    CHECK_MESSAGE(!parse_capability(text), text);
  CHECK(!parse_code_list("8.0 x"));
}
