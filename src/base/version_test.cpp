// Goal: driver versions compare number by number and are found in free text.
#include "base/version.hpp"

#include <doctest.h>

using namespace nvstack;

TEST_CASE("versions compare by number, missing parts are 0") {
  CHECK(*parse_version("580.95.05") > *parse_version("580.82.09"));
  CHECK(*parse_version("12.10") > *parse_version("12.9"));
  CHECK(*parse_version("12") == *parse_version("12.0"));
  CHECK(parse_version("580.95.05")->branch() == 580);
  CHECK(parse_version("580.95.05")->text == "580.95.05");
}

TEST_CASE("only numbers joined by dots are versions") {
  for (const char* bad : {"", ".", "1.", ".1", "1..2", "1.a", "v1", "1.2.3.4.5.6.7", "1234567890"})
    CHECK_MESSAGE(!parse_version(bad), bad);
}

TEST_CASE("find_version takes the first version in a sentence") {
  CHECK(find_version("NVIDIA UNIX Open Kernel Module for x86_64  595.45.04  Release")->text == "595.45.04");
  CHECK(find_version("NVML library version: 580.159")->text == "580.159");
  CHECK(!find_version("x86_64 8"));
  CHECK(find_version("at 5. then 1.2")->text == "1.2");
}
