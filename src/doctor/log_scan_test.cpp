// Goal: whatever shape a log has, each fault in it is counted once, at the right line, and never missed.
#include "doctor/log_scan.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

// Three rules of the tests' own, so that no change of the real table changes what is asserted.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    Rule disk, link, block;
    disk.id = "disk", disk.rank = 0, disk.patterns = {"no space left on {place}", "disk of {place} is full"};
    link.id = "link", link.rank = 1, link.patterns = {"link {name} went down*retrain"};
    block.id = "block", block.rank = 2, block.patterns = {"block begins here"};
    block.also = {"detail of the block"};
    return std::vector<Rule>{disk, link, block};
  }();
  return all;
}

LogHits hits_of(std::string_view text, std::string_view where = "log") {
  LogHits hits;
  LogScanner(rules()).scan(text, where, hits);
  return hits;
}

std::string join_lines(int count, const std::string& line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("empty texts, lone line ends and texts without a fault hit nothing") {
  for (const char* text : {"", "\n", "\r\n", "\r", "\n\n\n", "all is well", "no space", "block begins"}) {
    const LogHits hits = hits_of(text);
    CHECK_MESSAGE(hits.rules.empty(), text);
    CHECK_MESSAGE(hits.numbers.empty(), text);
  }
}

TEST_CASE("the place of evidence is the line's number, with and without a name of the log") {
  const std::string text = "one\r\ntwo\r\nno space left on /boot\r\n";
  const LogHits named = hits_of(text);
  REQUIRE(named.rules.contains(0));
  CHECK(named.rules.at(0).observation.evidence ==
        std::vector<Evidence>{{"log line 3", "no space left on /boot"}});
  CHECK(hits_of(text, "").rules.at(0).observation.evidence[0].where == "line 3");
}

TEST_CASE("a last line without its end is judged like the others") {
  CHECK(hits_of("no space left on /var").rules.at(0).count == 1);
  CHECK(hits_of("x\nno space left on /var").rules.at(0).observation.values.at("place") == "/var");
}

TEST_CASE("one line that fits two patterns of a rule counts once") {
  const LogHits hits = hits_of("no space left on /a: disk of /b is full\nno space left on /c\n");
  CHECK(hits.rules.at(0).count == 2);
  CHECK(hits.rules.at(0).observation.evidence.size() == 2);
}

TEST_CASE("the same literal twice in a line is tried once, and gaps may lie between") {
  const LogHits hits = hits_of("went down went down link a went down, will retrain\nlink b went down\n");
  REQUIRE(hits.rules.contains(1));
  CHECK(hits.rules.at(1).count == 1);
  CHECK(hits.rules.at(1).observation.values.at("name") == "a");
}

TEST_CASE("several texts add up in one result") {
  const LogScanner scanner(rules());
  LogHits hits;
  scanner.scan("no space left on /a\n", "first", hits);
  scanner.scan("\nno space left on /b\n", "second", hits);
  REQUIRE(hits.rules.at(0).count == 2);
  CHECK(hits.rules.at(0).observation.evidence[0].where == "first line 1");
  CHECK(hits.rules.at(0).observation.evidence[1].where == "second line 2");
  CHECK(hits.rules.at(0).observation.values.at("place") == "/a");
}

TEST_CASE("lines near a hit belong to it: three before, eight after, no more") {
  const std::string detail = "detail of the block\n", other = "another line\n";
  CHECK(hits_of(detail + "block begins here\n").rules.at(2).observation.evidence.size() == 2);
  CHECK(hits_of(detail + other + other + "block begins here\n").rules.at(2).observation.evidence.size() == 2);
  CHECK(hits_of(detail + other + other + other + "block begins here\n")
            .rules.at(2)
            .observation.evidence.size() == 1);
  CHECK(
      hits_of("block begins here\n" + join_lines(7, "x") + detail).rules.at(2).observation.evidence.size() ==
      2);
  CHECK(
      hits_of("block begins here\n" + join_lines(8, "x") + detail).rules.at(2).observation.evidence.size() ==
      1);
  CHECK(hits_of(detail).rules.empty());  // alone it means nothing
}

TEST_CASE("a line between two hits stands in the evidence once") {
  const LogHits hits = hits_of("block begins here\ndetail of the block\nblock begins here\n");
  CHECK(hits.rules.at(2).count == 2);
  CHECK(hits.rules.at(2).observation.evidence.size() == 3);
}

TEST_CASE("evidence is bounded, the count is not") {
  const LogHits hits = hits_of(join_lines(1000, "no space left on /a"));
  CHECK(hits.rules.at(0).count == 1000);
  CHECK(hits.rules.at(0).observation.evidence.size() == 12);
  CHECK(hits.rules.at(0).observation.evidence.back().where == "log line 12");
}

TEST_CASE("NUL bytes before and behind a fault do not hide it") {
  const std::string nul(1, '\0'), block(200'000, '\0');
  for (const std::string& text : {nul + "no space left on /a" + nul, block + "no space left on /a\n",
                                  "ok\n" + block + "\n" + block + "no space left on /a" + block}) {
    const LogHits hits = hits_of(text);
    REQUIRE(hits.rules.contains(0));
    CHECK(hits.rules.at(0).count == 1);
    CHECK(contains(hits.rules.at(0).observation.evidence[0].line, "no space left on /a"));
    CHECK(!has_control_bytes(hits.rules.at(0).observation.evidence[0].line));
  }
}

TEST_CASE("a line of a megabyte is judged to its end") {
  const std::string text = "start " + std::string(1 << 20, 'x') + " no space left on /a\nblock begins here\n";
  const LogHits hits = hits_of(text);
  REQUIRE(hits.rules.contains(0));
  CHECK(hits.rules.at(0).observation.evidence[0].where == "log line 1");
  CHECK(hits.rules.at(2).observation.evidence[0].where == "log line 2");
}

TEST_CASE("the line after a very long one keeps its number, and the long one counts in each of its pieces") {
  const std::string part = "no space left on /a" + std::string(70'000, ' ');
  const LogHits hits = hits_of(part + part + "\n\nno space left on /b\n");
  CHECK(hits.rules.at(0).count == 3);
  const auto& evidence = hits.rules.at(0).observation.evidence;
  CHECK(evidence.front().where == "log line 1");
  CHECK(evidence.back().where == "log line 3");
}

TEST_CASE("terminal codes and broken UTF-8 stand in the evidence as text") {
  const LogHits hits = hits_of("\x1b[31mno space left on /a\x1b[0m\xff\xfe\n");
  const std::string& line = hits.rules.at(0).observation.evidence[0].line;
  CHECK(!has_control_bytes(line));
  CHECK(is_utf8(line));
  CHECK(contains(line, "no space left on /a"));
  CHECK(hits.rules.at(0).observation.values.at("place") == "/a");
}

TEST_CASE("rules without patterns, and patterns too short to look up, never hit") {
  Rule none, tiny;
  none.rank = 0, tiny.rank = 1, tiny.patterns = {"ab"};
  LogHits hits;
  LogScanner({none, tiny}).scan("ab\nab ab\n", "log", hits);
  CHECK(hits.rules.empty());
}

TEST_CASE("error numbers are set aside for their own tables") {
  const LogHits hits = hits_of("x\nNVRM: Xid (PCI:0000:3b:00): 79, gone\nNVRM: Xid (nothing): 79\n");
  CHECK(hits.rules.empty());
  const auto findings = hits.numbers.findings(catalog::Catalog());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].evidence[0].where == "log line 2");
}
