#include "doctor/xid_words.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "doctor/rule_table.hpp"

namespace nvstack::doctor {

namespace {

std::optional<catalog::Row> find_row(const catalog::Table& table, int code) {
  const std::string wanted = std::to_string(code);
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table.row(i)["code"] == wanted) return table.row(i);
  return std::nullopt;
}

// "0000:3b:00" names slot 00 of the bus; nvidia-smi wants the function too.
std::string function_of(const std::string& device) {
  return contains(device, ".") ? device : device + ".0";
}

// What can be typed for an action word of NVIDIA's catalogue; the others need hands or judgement.
std::vector<std::string> action_commands(std::string_view action, const std::vector<std::string>& devices) {
  std::vector<std::string> commands;
  if (action == "RESET_GPU")
    for (const std::string& device : devices)
      commands.push_back("nvidia-smi --gpu-reset -i " + function_of(device));
  if (action == "RESTART_BM" || action == "RESTART_VM") commands.push_back("systemctl reboot");
  if (action == "RESTART_FM") commands.push_back("systemctl restart nvidia-fabricmanager");
  return commands;
}

std::vector<std::pair<std::string, std::string>> places(const ErrorGroup& group, std::string_view name) {
  return {{"code", std::to_string(group.first.code)},
          {"name", std::string(name)},
          {"devices", join(group.devices, ", ")}};
}

Finding row_finding(const catalog::Row& row, const ErrorGroup& group, const char* summary) {
  Finding finding;
  const auto values = places(group, row["name"]);
  finding.severity = parse_severity(row["severity"]).value_or(Severity::kWarning);
  finding.summary = Message(summary, values);
  finding.cause = Message(std::string(row["meaning"]), values);
  finding.cure.text = Message(std::string(row["cure"]), values);
  finding.cure.commands = action_commands(row["action"], group.devices);
  return finding;
}

Finding unknown_finding(const ErrorGroup& group, const char* summary) {
  Finding finding;
  const auto values = places(group, "");
  finding.severity = Severity::kWarning;
  finding.summary = Message(summary, values);
  finding.cause = Message(
      N_("This number is newer than our table, or reserved: nothing is published about it here."), values);
  finding.cure.text = Message(N_("Look the number up in NVIDIA's Xid documentation for your driver; keep "
                                 "nvidia-bug-report.sh's output."),
                              values);
  finding.cure.commands = {"nvidia-bug-report.sh"};
  return finding;
}

// Xid 154 says itself what is to be done: "changed from 0x0 (None) to 0x1 (GPU Reset Required)".
void follow_recovery_action(const ErrorGroup& group, Finding& finding) {
  Severity worst = Severity::kInfo;
  std::vector<std::string> commands;
  for (const std::string& text : group.texts) {
    const std::size_t to = text.rfind(" to ");
    const std::string_view action =
        to == std::string::npos ? std::string_view(text) : std::string_view(text).substr(to);
    if (contains(action, "(None)")) continue;
    worst = Severity::kBroken;
    if (contains(action, "Node Reboot")) commands = {"systemctl reboot"};
    if (contains(action, "Reset") && commands.empty()) commands = action_commands("RESET_GPU", group.devices);
  }
  finding.severity = worst, finding.cure.commands = commands;
}

bool names_unit(std::string_view units, std::string_view unit) {
  const auto names = split(units, '/');
  return std::find(names.begin(), names.end(), unit) != names.end() || units == unit;
}

std::optional<catalog::Row> find_nvlink_row(const catalog::Table& table, int code,
                                            const NvlinkStatus& status) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    if (row["code"] != std::to_string(code) || !names_unit(row["unit"], status.unit)) continue;
    if (parse_hex(row["error_status"]) != status.status) continue;
    if (bits_match(row["bits_v1"], status.interrupt) || bits_match(row["bits_v2"], status.interrupt))
      return row;
  }
  return std::nullopt;
}

// Worse first: what must be done now, then what support or a look at the link is asked for, then nothing.
Severity nvlink_severity(const std::optional<catalog::Row>& row, const NvlinkStatus& status) {
  if (!row) return status.fatal ? Severity::kBroken : Severity::kWarning;
  if ((*row)["action"] == "RESET_GPU") return Severity::kBroken;
  if ((*row)["action"] == "IGNORE" && (*row)["investigate"] == "IGNORE") return Severity::kInfo;
  return Severity::kWarning;
}

Message nvlink_cure(Severity severity) {
  switch (severity) {
    case Severity::kBroken:
      return N_(
          "Stop the programs on these GPUs and reset them. If it returns, test the link, the cable and the "
          "peer, then ask the vendor.");
    case Severity::kWarning:
      return N_(
          "Go on working and watch: if Xid 154 asks for an action, do it; if this number returns often, have "
          "the link and the board checked.");
    case Severity::kInfo: return N_("Nothing is to be done.");
  }
  return {};
}

}  // namespace

Finding xid_finding(const ErrorGroup& group, const catalog::Catalog& catalog) {
  const auto row = find_row(catalog.get("xids.tsv"), group.first.code);
  if (!row) return unknown_finding(group, N_("Xid {code} on GPU {devices}: a number we do not know"));
  Finding finding = row_finding(*row, group, N_("Xid {code} ({name}) on GPU {devices}"));
  if (group.first.code == 154) follow_recovery_action(group, finding);
  return finding;
}

Finding sxid_finding(const ErrorGroup& group, const catalog::Catalog& catalog) {
  const auto row = find_row(catalog.get("sxids.tsv"), group.first.code);
  Finding finding =
      row ? row_finding(*row, group, N_("SXid {code} ({name}) on NVSwitch {devices}"))
          : unknown_finding(group, N_("SXid {code} on NVSwitch {devices}: a number we do not know"));
  // The driver's own word stands in the line; it knows this event, the table only the number.
  const bool fatal = std::any_of(group.texts.begin(), group.texts.end(),
                                 [](const std::string& text) { return text.starts_with("Fatal"); });
  if (fatal) finding.severity = Severity::kBroken;
  return finding;
}

Finding nvlink_finding(const ErrorGroup& group, const catalog::Catalog& catalog) {
  const catalog::Table& table = catalog.get("nvlink_rules.tsv");
  Finding finding;
  finding.severity = Severity::kInfo;
  std::string unit, investigate;
  for (const std::string& text : group.texts) {
    const auto status = parse_nvlink_status(text);
    if (!status) continue;
    const auto row = find_nvlink_row(table, group.first.code, *status);
    finding.severity = std::min(finding.severity, nvlink_severity(row, *status));
    unit = status->unit;
    if (row && investigate.empty()) investigate = (*row)["investigate"];
  }
  auto values = places(group, unit);
  values.emplace_back("investigate", investigate.empty() ? "-" : investigate);
  finding.summary = Message(N_("NVLink error in unit {name} (Xid {code}) on GPU {devices}"), values);
  finding.cause = Message(N_("The NVLink hardware of these GPUs reported an error in its unit {name}. "
                             "NVIDIA's word for what to look into: {investigate}."),
                          values);
  finding.cure.text = nvlink_cure(finding.severity);
  if (finding.severity == Severity::kBroken)
    finding.cure.commands = action_commands("RESET_GPU", group.devices);
  return finding;
}

std::map<std::string, std::vector<std::string>> number_consequences(const catalog::Catalog& catalog) {
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& [table, prefix] : {std::pair{"xids.tsv", "xid-"}, std::pair{"sxids.tsv", "sxid-"}}) {
    const catalog::Table& rows = catalog.get(table);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (const std::string_view id : split_words(rows.row(i)["explains"]))
        all[prefix + std::string(rows.row(i)["code"])].emplace_back(id);
  }
  return all;
}

}  // namespace nvstack::doctor
