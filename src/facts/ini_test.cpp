// Goal: sections, keys and continued values are read as dnf and systemd read them; junk is passed over.
#include "facts/ini.hpp"

#include <doctest.h>

using namespace nvstack::facts;

TEST_CASE("sections and their entries, in order") {
  const auto sections = parse_sections("top=1\n[one]\na = b\n; no\n# no\na=c\n[two]\r\nx= y z \r\n");
  REQUIRE(sections.size() == 3);
  CHECK(sections[0].name == "");
  CHECK(sections[0].last("top") == "1");
  CHECK(sections[1].name == "one");
  CHECK(sections[1].entries.size() == 2);
  CHECK(sections[1].last("a") == "c");
  CHECK(sections[1].last("b") == "");
  CHECK(sections[2].last("x") == "y z");
}

TEST_CASE("a value goes on in an indented line or behind a backslash") {
  const auto sections =
      parse_sections("[s]\nbaseurl=http://a/\n  http://b/\nrun=/bin/x \\\n  --one \\\n--two=3\nz=1\n");
  REQUIRE(sections.size() == 1);
  CHECK(sections[0].last("baseurl") == "http://a/ http://b/");
  CHECK(sections[0].last("run") == "/bin/x --one --two=3");
  CHECK(sections[0].last("z") == "1");
}

TEST_CASE("what is neither a section nor an entry does no harm") {
  CHECK(parse_sections("").empty());
  CHECK(parse_sections("\n\n  \n\\\n").empty());
  const auto sections = parse_sections(std::string("[a\nno equals\n[b]\n\0=\0\n", 21));
  REQUIRE(sections.size() == 1);
  CHECK(sections[0].name == "b");
}

TEST_CASE("a flood of sections and entries is cut") {
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "[s]\nk=v\n";
  CHECK(parse_sections(many).size() <= 4096);
  many.clear();
  for (int i = 0; i < 70000; ++i) many += "k=v\n";
  CHECK(parse_sections(many)[0].entries.size() == 65536);
}
