// Goal: a name that is both a word and a doctor rule shows both, and every rule that doctor has is explained.
#include <doctest.h>

#include "base/text.hpp"
#include "cli/explain.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

const catalog::Catalog& embedded() {
  static const catalog::Catalog catalog;
  return catalog;
}

/// Is the rule what was found, or what stands behind the word?
const Explanation* rule_in(const std::optional<Explanation>& found) {
  if (!found) return nullptr;
  if (found->group == "rule") return &*found;
  for (const Explanation& other : found->also)
    if (other.group == "rule") return &other;
  return nullptr;
}

}  // namespace

TEST_CASE("a name that is both shows the word, then the rule") {
  for (const char* name : {"cuda-compat", "stub-library"}) {
    const auto found = find_explanation(embedded(), name);
    REQUIRE_MESSAGE(found, name);
    CHECK(found->group != "rule");
    REQUIRE(found->also.size() == 1);
    CHECK(found->also[0].word == name);
    CHECK(found->also[0].group == "rule");
    const std::string text = render_explanation(*found, 80);
    const std::size_t rule = text.find("`nvstack doctor` reports it under this name");
    CHECK(rule != std::string::npos);
    CHECK(text.find(render(found->text).substr(0, 20)) < rule);
    for (const std::string_view line : split_lines(text)) CHECK_MESSAGE(!line.ends_with(' '), line);
  }
}

TEST_CASE("a word without a rule, and a rule without a word, stand alone") {
  CHECK(find_explanation(embedded(), "persistence mode")->also.empty());
  const auto rule = find_explanation(embedded(), "nouveau-bound");
  REQUIRE(rule);
  CHECK(rule->group == "rule");
  CHECK(rule->also.empty());
}

TEST_CASE("every rule of the doctor is explained by its id, with cause and cure") {
  const catalog::Table& table = embedded().get("rules.rec");
  REQUIRE(table.size() > 100);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::string id(table.row(i)["id"]);
    CAPTURE(id);
    const auto found = find_explanation(embedded(), id);
    const Explanation* rule = rule_in(found);
    REQUIRE(rule);
    CHECK(rule->word == id);
    CHECK(rule->text.text == table.row(i)["cause"]);
    CHECK(rule->todo.text == table.row(i)["cure"]);
    CHECK(contains(render(rule->seen), table.row(i)["severity"]));
  }
}

TEST_CASE("what a finding is called by doctor, explain knows") {
  const Folder folder("explain");
  const std::string log = folder.put(
      "x.log",
      "NVRM: Xid (PCI:0000:3b:00): 79, gone\nFailed to initialize NVML: Driver/library version mismatch\n");
  const auto json = parse_json(run({"doctor", "--json", "--log", log}).out);
  REQUIRE(json.has_value());
  REQUIRE(json->operator[]("findings").items()->size() == 2);
  for (const Json& finding : *(*json)["findings"].items()) {
    const Ran ran = run({"explain", finding.text("id")});
    CHECK_MESSAGE(ran.code == kOk, finding.text("id"));
  }
}

TEST_CASE("the JSON carries the rule beside the word") {
  const auto both = parse_json(run({"explain", "--json", "cuda-compat"}).out);
  REQUIRE(both.has_value());
  REQUIRE((*both)["also"].items() != nullptr);
  REQUIRE((*both)["also"].items()->size() == 1);
  CHECK((*both)["also"].items()->at(0).text("group") == "rule");
  const auto alone = parse_json(run({"explain", "--json", "nouveau-bound"}).out);
  REQUIRE(alone.has_value());
  CHECK((*alone)["also"].items()->empty());
}

TEST_CASE("words of several parts need no quotes, and a hostile word is shown safely") {
  CHECK(run({"explain", "CUDA", "version"}).out == run({"explain", "CUDA version"}).out);
  CHECK(run({"explain", "XID", "79"}).out == run({"explain", "79"}).out);
  const Ran ran = run({"explain", "\x1b[31m\xff" + std::string(500, 'q')});
  CHECK(ran.code == kFailed);
  CHECK(!contains(ran.err, "\x1b"));
  CHECK(is_utf8(ran.err));
  CHECK(ran.err.size() < 600);
}
