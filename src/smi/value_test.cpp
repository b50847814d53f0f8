#include "smi/value.hpp"

#include <doctest.h>

#include "abi/nvml.h"
#include "smi/compat.hpp"
#include "smi/setting_words.hpp"

using namespace nvstack;
using namespace nvstack::smi;

TEST_CASE("a log shows a value with its unit, and words where there is none") {
  CHECK(log_text(watts_value(38'890)) == "38.89 W");
  CHECK(log_text(number_value(std::int64_t{-8}, "C")) == "-8 C");
  CHECK(log_text(number_value(std::int64_t{16}, "x")) == "16x");
  CHECK(log_text(hex_value(0x1E8110DE, 8)) == "0x1E8110DE");
  CHECK(log_text(hex_value(3, 1)) == "0x3");
  CHECK(log_text(not_supported()) == "N/A");
  CHECK(log_text(missing(NVML_ERROR_FUNCTION_NOT_FOUND)) == "N/A");
  CHECK(log_text(missing(NVML_ERROR_GPU_IS_LOST)) == "GPU is lost");
  CHECK(log_text(missing(NVML_ERROR_RESET_REQUIRED)) == "GPU requires reset");
  CHECK(log_text(missing(NVML_ERROR_DEPRECATED)) == "Requested functionality has been deprecated");
  CHECK(log_text(missing(4711)) == "Unknown Error");
}

TEST_CASE("JSON keeps numbers, units and the reason of a missing value") {
  CHECK(value_json(number_value(std::int64_t{12}, "MiB")).dump() ==
        R"({"value":12,"unit":"MiB","status":"ok","nvml":0})");
  CHECK(value_json(watts_value(1500)).dump() == R"({"value":1.5,"unit":"W","status":"ok","nvml":0})");
  CHECK(value_json(text_value("P8")).dump() == R"({"value":"P8","unit":null,"status":"ok","nvml":0})");
  CHECK(value_json(not_supported()).dump() ==
        R"({"value":null,"unit":null,"status":"not_supported","nvml":3})");
  CHECK(value_json(missing(26)).text("status") == "deprecated");
  CHECK(value_json(missing(4)).text("status") == "no_permission");
  CHECK(value_json(missing(15)).text("status") == "lost");
  CHECK(value_json(missing(999)).text("status") == "error");
}

TEST_CASE("each driver branch has its generation") {
  const auto layout = [](unsigned branch) { return Compat{branch}.layout(); };
  CHECK(layout(418) == Layout::k410);
  CHECK(layout(450) == Layout::k450);
  CHECK(layout(525) == Layout::k450);
  CHECK(layout(530) == Layout::k530);
  CHECK(layout(545) == Layout::k535);
  CHECK(layout(560) == Layout::k550);
  CHECK(layout(575) == Layout::k570);
  CHECK(layout(595) == Layout::k580);
  CHECK(layout(700) == Layout::k610);
  CHECK(compat_of("535.104.12").branch == 535);
  CHECK(compat_of("Unknown Error").branch == 610);
  CHECK(parse_compat("580")->branch == 580);
  CHECK(parse_compat("580.95.05")->branch == 580);
  CHECK_FALSE(parse_compat("58"));
  CHECK_FALSE(parse_compat("new"));
}

TEST_CASE("MiB are cut off before 550 and rounded up since") {
  constexpr unsigned long long kOdd = (100ull << 20) + 1;
  CHECK(Compat{535}.mebibytes(kOdd) == 100);
  CHECK(Compat{570}.mebibytes(kOdd) == 101);
  CHECK(Compat{570}.mebibytes(100ull << 20) == 100);
  CHECK(Compat{570}.mebibytes(0) == 0);
}

TEST_CASE("words and ranges of settings") {
  constexpr ValueWord kWords[] = {{"DISABLED", 0}, {"ENABLED", 1}};
  CHECK(parse_value_word("1", kWords) == 1);
  CHECK(parse_value_word("enabled", kWords) == 1);
  CHECK_FALSE(parse_value_word("2", kWords));
  CHECK(parse_range("1500,1700") == std::pair{1500u, 1700u});
  CHECK(parse_range("1500") == std::pair{1500u, 1500u});
  CHECK_FALSE(parse_range("1,2,3"));
  CHECK_FALSE(parse_range("fast"));
  CHECK_FALSE(parse_range("999999999999"));
}
