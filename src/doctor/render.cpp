// The report as people read it.
#include "base/text.hpp"
#include "doctor/finding.hpp"

namespace nvstack::doctor {

namespace {

constexpr std::size_t kColumnsMin = 40;

struct Style {
  std::size_t columns = 80;
  bool color = false;
};

Message severity_word(Severity severity) {
  switch (severity) {
    case Severity::kBroken: return N_("BROKEN");
    case Severity::kWarning: return N_("WARNING");
    case Severity::kInfo: return N_("NOTE");
  }
  return {};
}

std::string_view severity_color(Severity severity) {
  switch (severity) {
    case Severity::kBroken: return "\033[1;31m";
    case Severity::kWarning: return "\033[1;33m";
    case Severity::kInfo: return "\033[1;36m";
  }
  return "";
}

std::string painted(std::string_view text, std::string_view color, const Style& style) {
  return style.color ? std::string(color) + std::string(text) + "\033[0m" : std::string(text);
}

// "Cause: ..." with the following lines under the text.
std::string paragraph(const Message& label, const Message& text, const Style& style) {
  if (text.empty()) return "";
  constexpr std::size_t indent = 2;
  return "  " + wrap(render(label) + " " + render(text), style.columns - indent, indent + 2) + "\n";
}

std::string evidence_text(const Finding& finding) {
  std::string out;
  std::string where;
  for (const Evidence& item : finding.evidence) {
    if (item.where != where) out += "    " + item.where + ":\n";
    where = item.where;
    out += "      " + item.line + "\n";
  }
  return out;
}

std::string finding_text(const Finding& finding, const Style& style) {
  const std::string word = render(severity_word(finding.severity));
  std::string sentence = word + "  " + render(finding.summary);
  if (finding.count > 1)
    sentence += " " + render(Message(N_("({count} times)"), {{"count", std::to_string(finding.count)}}));
  const std::string summary = wrap(sentence, style.columns, 4);
  // Painted after wrapping: the escape bytes have no width.
  std::string out =
      painted(word, severity_color(finding.severity), style) + summary.substr(word.size()) + "\n";
  out += evidence_text(finding);
  out += paragraph(N_("Cause:"), finding.cause, style);
  out += paragraph(N_("Cure:"), finding.cure.text, style);
  if (finding.cure.text.empty() && !finding.cure.commands.empty())
    out += "  " + render(Message(N_("Cure:"))) + "\n";
  for (const std::string& command : finding.cure.commands) out += "      $ " + command + "\n";
  for (const Finding& consequence : finding.consequences) {
    out += paragraph(
        N_("also explains:"),
        Message(N_("{summary} ({id})"), {{"summary", render(consequence.summary)}, {"id", consequence.id}}),
        style);
    out += evidence_text(consequence);
  }
  return out;
}

int count_of(const Report& report, Severity severity) {
  int count = 0;
  for (const Finding& finding : report.findings) count += finding.severity == severity;
  return count;
}

std::string verdict(const Report& report, const Style& style) {
  const std::string rules = std::to_string(report.rules_checked);
  const int broken = count_of(report, Severity::kBroken), warnings = count_of(report, Severity::kWarning);
  // Painted after wrapping: the escape bytes have no width.
  if (broken == 0 && warnings == 0 && report.healthy())
    return painted(wrap(render(Message(N_("Nothing is wrong that we know how to see: {rules} rules asked."),
                                       {{"rules", rules}})),
                        style.columns, 0),
                   "\033[1;32m", style);
  return wrap(
      render(Message(
          N_("{broken} broken, {warnings} warnings; {rules} rules asked."),
          {{"broken", std::to_string(broken)}, {"warnings", std::to_string(warnings)}, {"rules", rules}})),
      style.columns, 0);
}

Message looked_at(const Report& report) {
  if (report.log_only) return N_("Looked at: the lines of this log alone, not the machine that wrote it.");
  return N_(
      "Looked at: kernel modules and DKMS, the devices on the bus, packages, libraries, services, what the "
      "driver answers, containers, and the kernel log.");
}

}  // namespace

std::string render_report(const Report& report, std::size_t columns, bool color) {
  const Style style{columns < kColumnsMin ? kColumnsMin : columns, color};
  std::string out = verdict(report, style) + "\n";
  if (report.findings.empty()) out += wrap(render(looked_at(report)), style.columns, 0) + "\n";
  for (const Finding& finding : report.findings) out += "\n" + finding_text(finding, style);
  return out;
}

}  // namespace nvstack::doctor
