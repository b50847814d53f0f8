// Goal: options are parsed as declared, mistakes are named with the nearest option.
#include "cli/options.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {
struct Wanted {
  bool json = false;
  std::string log;
  std::vector<std::string> gpus;
  std::vector<Option> rows() {
    return {{"--json", "", "print JSON", &json},
            {"--log", "FILE", "a log", &log},
            {"--gpu", "ID", "a GPU", &gpus}};
  }
};
}  // namespace

TEST_CASE("flags, values, lists and positionals") {
  Wanted again;
  std::vector<std::string> words;
  REQUIRE(parse_options(again.rows(), {"--json", "--log=x", "--gpu", "a", "--gpu", "b", "file"}, words, 1));
  CHECK(again.json);
  CHECK(again.log == "x");
  CHECK(again.gpus == std::vector<std::string>{"a", "b"});
  CHECK(words == std::vector<std::string>{"file"});
}

TEST_CASE("a list with dots takes every word that follows") {
  std::vector<std::string> from, words;
  REQUIRE(parse_options({{"--from", "CAPTURE...", "captures", &from}}, {"--from", "a", "b", "c"}, words, 0));
  CHECK(from == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("the last of several values wins") {
  Wanted wanted;
  std::vector<std::string> words;
  REQUIRE(parse_options(wanted.rows(), {"--log", "a", "--log", "b"}, words, 0));
  CHECK(wanted.log == "b");
}

TEST_CASE("mistakes are usage errors with the nearest option") {
  Wanted wanted;
  std::vector<std::string> words;
  const auto unknown = parse_options(wanted.rows(), {"--jsom"}, words, 0);
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ErrorCode::kUsage);
  CHECK(unknown.error().message == "no option --jsom");
  CHECK(unknown.error().hint == "did you mean --json?");
  CHECK(parse_options(wanted.rows(), {"--log"}, words, 0).error().code == ErrorCode::kUsage);
  CHECK(parse_options(wanted.rows(), {"stray"}, words, 0).error().message == "unexpected word stray");
}

TEST_CASE("help is aligned and wrapped") {
  Wanted wanted;
  const std::string help = render_options(wanted.rows(), 30);
  CHECK(help == "  --json      print JSON\n  --log FILE  a log\n  --gpu ID    a GPU\n");
  std::vector<Option> rows = {{"--x", "", "one two three four five six seven", &wanted.json}};
  const std::string narrow = render_options(rows, 24);
  for (const std::string_view line : split_lines(narrow)) CHECK(line.size() <= 24);
}
