// Goal: at any width no sentence is wider than the terminal, colors end where they begin, text stays the
// same.
#include <doctest.h>

#include <set>

#include "base/text.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

/// Every rule's examples, each a report of its own: the widest variety of sentences that there is.
const std::vector<Report>& reports() {
  static const std::vector<Report> all = [] {
    const catalog::Catalog catalog;
    const catalog::Table& table = catalog.get("rules.rec");
    std::vector<Report> out;
    for (std::size_t i = 0; i < table.size(); ++i)
      for (const std::string_view line : table.row(i).values("example"))
        if (!line.empty() && out.size() < 40 && i % 3 == 0)
          out.push_back(diagnose_log({"log", std::string(line) + "\n", false}, catalog));
    facts::HostFacts facts = test::unloaded_machine();
    facts.gpus->gpus[0].driver = "nouveau";
    out.push_back(diagnose(facts, catalog));
    out.push_back(diagnose(test::healthy_machine(), catalog));
    out.push_back(diagnose_log({"log", "", false}, catalog));
    return out;
  }();
  return all;
}

void collect_verbatim(const std::vector<Finding>& findings, std::set<std::string>& lines) {
  for (const Finding& finding : findings) {
    for (const Evidence& item : finding.evidence)
      lines.insert("      " + item.line), lines.insert("    " + item.where + ":");
    for (const std::string& command : finding.cure.commands) lines.insert("      $ " + command);
    collect_verbatim(finding.consequences, lines);
  }
}

/// The text without escape codes; each code must be a color or the end of one, in turn.
std::string without_color(std::string_view text) {
  std::string out;
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\033') {
      out += text[at++];
      continue;
    }
    const std::size_t end = text.find('m', at);
    REQUIRE(end != std::string_view::npos);
    const bool closes = text.substr(at, end - at) == "\033[0";
    CHECK(closes == open);
    open = !closes;
    at = end + 1;
  }
  CHECK(!open);
  return out;
}

}  // namespace

TEST_CASE("no line but verbatim evidence and commands is wider than the terminal") {
  REQUIRE(reports().size() > 20);
  for (const std::size_t columns : {std::size_t{40}, std::size_t{80}, std::size_t{110}}) {
    for (const Report& report : reports()) {
      std::set<std::string> verbatim;
      collect_verbatim(report.findings, verbatim);
      const std::string text = render_report(report, columns, false);
      for (const std::string_view line : split_lines(text)) {
        CAPTURE(line);
        CAPTURE(columns);
        // A single word that is wider (a path) cannot be broken.
        const bool one_word = split_words(line).size() == 1;
        CHECK((display_width(line) <= columns || one_word || verbatim.contains(std::string(line))));
      }
    }
  }
}

TEST_CASE("color changes no word, and every color ends") {
  for (const std::size_t columns : {std::size_t{40}, std::size_t{80}, std::size_t{110}})
    for (const Report& report : reports()) {
      const std::string plain = render_report(report, columns, false);
      CHECK(!contains(plain, "\033"));
      const std::string colored = render_report(report, columns, true);
      CHECK(colored != plain);
      CHECK(without_color(colored) == plain);
    }
}

TEST_CASE("evidence and commands stand there verbatim at every width") {
  for (const Report& report : reports()) {
    std::set<std::string> verbatim;
    collect_verbatim(report.findings, verbatim);
    const std::string text = "\n" + render_report(report, 40, false);
    for (const std::string& line : verbatim) {
      const bool command = line.starts_with("      $ ");
      if (command && !contains(text, line)) continue;  // a consequence shows no cure of its own
      CHECK_MESSAGE(contains(text, "\n" + line + "\n"), line);
    }
  }
}

TEST_CASE("each severity has its word and its color") {
  Report report;
  report.findings.resize(3);
  report.findings[0].severity = Severity::kBroken, report.findings[0].summary = "first";
  report.findings[1].severity = Severity::kWarning, report.findings[1].summary = "second";
  report.findings[2].severity = Severity::kInfo, report.findings[2].summary = "third";
  report.rules_checked = 9;
  const std::string text = render_report(report, 80, true);
  CHECK(contains(text, "\033[1;31mBROKEN\033[0m  first\n"));
  CHECK(contains(text, "\033[1;33mWARNING\033[0m  second\n"));
  CHECK(contains(text, "\033[1;36mNOTE\033[0m  third\n"));
  CHECK(text.starts_with("1 broken, 1 warnings; 9 rules asked.\n"));
}

TEST_CASE("notes alone are no fault: the verdict stays good and green, and the note is shown") {
  Report report;
  report.findings.resize(1);
  report.findings[0].severity = Severity::kInfo, report.findings[0].summary = "only a note";
  report.rules_checked = 3;
  const std::string text = render_report(report, 80, true);
  CHECK(text.starts_with("\033[1;32mNothing is wrong that we know how to see: 3 rules asked.\033[0m\n"));
  CHECK(contains(text, "only a note"));
  CHECK(!contains(text, "Looked at"));
}

TEST_CASE("places of evidence are named once for lines that follow each other") {
  Report report;
  report.findings.resize(1);
  report.findings[0].summary = "x";
  report.findings[0].evidence = {{"file a", "1"}, {"file a", "2"}, {"file b", "3"}, {"file a", "4"}};
  CHECK(contains(render_report(report, 80, false),
                 "    file a:\n      1\n      2\n    file b:\n      3\n    file a:\n      4\n"));
}

TEST_CASE("commands without a sentence still have their heading") {
  Report report;
  report.findings.resize(1);
  report.findings[0].summary = "x", report.findings[0].cure.commands = {"true", "false"};
  CHECK(contains(render_report(report, 80, false), "  Cure:\n      $ true\n      $ false\n"));
}
