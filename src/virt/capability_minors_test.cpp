// Goal: the minors of capabilities are those that the driver's table gives, for every text that names one.
#include <doctest.h>

#include "base/text.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack;
using namespace nvstack::virt;

TEST_CASE("minors in the order of the table") {
  CHECK(capability_minor("fabric-mgmt") == 0);
  CHECK(capability_minor("config") == 1);
  CHECK(capability_minor("monitor") == 2);
  CHECK(capability_minor("gpu0/gi0/access") == 3);
  CHECK(capability_minor("gpu0/gi0/ci0/access") == 4);
  CHECK(capability_minor("gpu0/gi0/ci7/access") == 11);
  CHECK(capability_minor("gpu0/gi1/access") == 12);
  CHECK(capability_minor("gpu0/gi2/ci0/access") == 22);
  CHECK(capability_minor("gpu1/gi0/access") == 3 + 15 * 9);
  CHECK(capability_minor("gpu31/gi14/ci7/access") == 4322);
  CHECK(capability_minor("fabric-imex-mgmt") == 4323);
}

TEST_CASE("what is no capability has no minor") {
  for (const char* path :
       {"", "gpu0", "gpu32/gi0/access", "gpu0/gi15/access", "gpu0/gi0/ci8/access", "gpu0/gi0/x",
        "gpu-1/gi0/access", "gpu0/gi0/ci0/access/more", "mig/config", "gpu0//access"})
    CHECK_MESSAGE(!capability_minor(path), path);
}

TEST_CASE("the whole file agrees with the single answers") {
  const std::string text = render_mig_minors();
  const auto lines = split_lines(text);
  CHECK(lines.size() == 2 + 32 * 15 * 9);
  for (const std::string_view line : lines) {
    const auto words = split_words(line);
    REQUIRE(words.size() == 2);
    CHECK(capability_minor(words[0]) == parse_uint(words[1]));
  }
  CHECK(capability_mode("config") == 0400);
  CHECK(capability_mode("gpu0/gi0/access") == 0444);
}
