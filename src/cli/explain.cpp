#include "cli/explain.hpp"

#include "base/text.hpp"

namespace nvstack::cli {

namespace {

using catalog::Catalog;
using catalog::Row;
using catalog::Table;

constexpr std::size_t kWordBytesMax = 200;

/// Null when the table is absent: the explanations live in several tables, none of which depends on another.
const Table* find_table(const Catalog& catalog, const std::string& name) {
  const auto table = catalog.table(name);
  return table ? *table : nullptr;
}

/// What two spellings of one word have in common: "Nvidia_DRM " and "nvidia-drm" are "nvidia drm".
std::string word_key(std::string_view word) {
  std::string spaced = to_lower(word.substr(0, kWordBytesMax));
  for (char& c : spaced)
    if (c == '-' || c == '_') c = ' ';
  while (!spaced.empty() && (spaced.back() == '.' || spaced.back() == '?' || spaced.back() == ':'))
    spaced.pop_back();
  std::string key;
  for (const std::string_view part : split_words(spaced)) {
    if (!key.empty()) key += ' ';
    key += part;
  }
  return key;
}

std::vector<std::string> texts(const Row& row, std::string_view column) {
  std::vector<std::string> out;
  for (const std::string_view value : row.values(column)) out.emplace_back(value);
  return out;
}

std::string text_of(const Row& row, std::string_view column) {
  return std::string(row[column]);
}

bool is_named(const Row& row, const std::string& key) {
  if (word_key(row["word"]) == key) return true;
  for (const std::string_view alias : row.values("alias"))
    if (word_key(alias) == key) return true;
  return false;
}

Explanation read_record(const Row& row) {
  Explanation out;
  out.word = text_of(row, "word"), out.group = text_of(row, "group"), out.title = text_of(row, "title");
  out.text = text_of(row, "text"), out.seen = text_of(row, "seen"), out.normal = text_of(row, "normal");
  out.todo = text_of(row, "do"), out.need = text_of(row, "need"), out.not_needed = text_of(row, "not_needed");
  out.commands = texts(row, "command"), out.related = texts(row, "related");
  out.source = text_of(row, "source");
  return out;
}

std::optional<Explanation> find_record(const Catalog& catalog, const std::string& table_name,
                                       const std::string& key) {
  const Table* table = find_table(catalog, table_name);
  for (std::size_t i = 0; table && i < table->size(); ++i)
    if (is_named(table->row(i), key)) return read_record(table->row(i));
  return std::nullopt;
}

std::optional<Explanation> list_needs(const Catalog& catalog, const std::string& key) {
  const Table* table = find_table(catalog, "use_cases.rec");
  if (!table || (key != "need" && key != "needs" && key != "what do i need")) return std::nullopt;
  Explanation out;
  out.word = "need", out.group = "need", out.title = N_("what a task needs, and what it does not");
  out.text =
      N_("Most tasks need fewer parts than people install. Pick the task, then ask "
         "`nvstack explain TASK` for the parts and the command.");
  for (std::size_t i = 0; i < table->size(); ++i)
    out.choices.emplace_back(table->row(i)["word"], table->row(i)["title"]);
  return out;
}

struct CodeTable {
  std::string_view prefix;  // "xid", as people type it
  std::string_view label;   // "Xid", as it is shown
  std::string file;
  Message seen;
};

const std::vector<CodeTable>& code_tables() {
  static const std::vector<CodeTable> tables = {
      {"xid", "Xid", "xids.tsv", N_("In the kernel log, as \"NVRM: Xid (PCI:...): {code}, ...\".")},
      {"sxid", "SXid", "sxids.tsv",
       N_("In the kernel log of a machine with NVSwitches, as \"nvidia-nvswitchN: SXid (PCI:...): {code}, "
          "...\".")},
  };
  return tables;
}

Message code_verdict(const Row& row) {
  const std::string severity = text_of(row, "severity"), action = text_of(row, "action");
  const std::string investigate = text_of(row, "investigate");
  if (severity.empty() && action.empty()) return {};
  if (action.empty()) return {N_("Severity: {severity}."), {{"severity", severity}}};
  if (investigate.empty())
    return {N_("Severity: {severity}. NVIDIA's first action: {action}."),
            {{"severity", severity}, {"action", action}}};
  return {N_("Severity: {severity}. NVIDIA's first action: {action}; if it comes back: {investigate}."),
          {{"severity", severity}, {"action", action}, {"investigate", investigate}}};
}

Explanation read_code(const CodeTable& codes, const Row& row) {
  const std::string code = text_of(row, "code");
  Explanation out;
  out.word = std::string(codes.label) + " " + code, out.group = codes.prefix;
  out.title = text_of(row, "name"), out.text = text_of(row, "meaning");
  if (out.text.empty()) out.text = out.title;
  out.seen = codes.seen, out.seen.values = {{"code", code}};
  out.verdict = code_verdict(row), out.todo = text_of(row, "cure");
  out.related = {std::string(codes.label)}, out.source = text_of(row, "source");
  return out;
}

/// "xid 79", "xid79", "xid #79"; a bare number is an Xid, because that is what a log shows.
std::optional<Explanation> find_code(const Catalog& catalog, const std::string& key) {
  for (const CodeTable& codes : code_tables()) {
    std::string_view number = key;
    if (number.starts_with(codes.prefix)) {
      number.remove_prefix(codes.prefix.size());
      while (!number.empty() && (number.front() == ' ' || number.front() == '#')) number.remove_prefix(1);
    } else if (codes.prefix != "xid") {
      continue;
    }
    const auto wanted = parse_uint(number);
    const Table* table = wanted ? find_table(catalog, codes.file) : nullptr;
    for (std::size_t i = 0; table && i < table->size(); ++i)
      if (parse_uint(table->row(i)["code"]) == wanted) return read_code(codes, table->row(i));
  }
  return std::nullopt;
}

std::optional<Explanation> find_rule(const Catalog& catalog, const std::string& key) {
  const Table* table = find_table(catalog, "rules.rec");
  for (std::size_t i = 0; table && i < table->size(); ++i) {
    const Row row = table->row(i);
    if (word_key(row["id"]) != key) continue;
    Explanation out;
    out.word = text_of(row, "id"), out.group = "rule", out.title = text_of(row, "summary");
    out.text = text_of(row, "cause"), out.todo = text_of(row, "cure");
    if (out.text.empty()) out.text = out.title;
    out.seen = {N_("`nvstack doctor` reports it under this name (severity: {severity})."),
                {{"severity", text_of(row, "severity")}}};
    out.commands = texts(row, "command"), out.source = text_of(row, "source");
    return out;
  }
  return std::nullopt;
}

std::string parameter_name(const Row& row) {
  return text_of(row, row["name"].empty() ? "parameter" : "name");
}

/// "NVreg_EnableGpuFirmware", "EnableGpuFirmware", "nvidia-drm modeset", "nvidia-drm.modeset".
bool is_parameter(const Row& row, const std::string& key) {
  const std::string module = word_key(row["module"]), name = word_key(parameter_name(row));
  return key == name || key == module + " " + name || key == module + "." + name || "nvreg " + key == name;
}

std::optional<Explanation> find_parameter(const Catalog& catalog, const std::string& key) {
  const Table* table = find_table(catalog, "module_parameters.tsv");
  for (std::size_t i = 0; table && i < table->size(); ++i) {
    const Row row = table->row(i);
    if (!is_parameter(row, key)) continue;
    const std::string module = text_of(row, "module"), name = parameter_name(row);
    Explanation out;
    out.word = name, out.group = "parameter", out.title = join({module, name}, " ");
    out.text = text_of(row, "meaning");
    if (out.text.empty()) out.text = {N_("A parameter of the kernel module {module}."), {{"module", module}}};
    out.seen = {N_("`modinfo -p {module}` lists the parameters of that kernel module."),
                {{"module", module}}};
    if (!row["default"].empty())
      out.normal = {N_("Default: {default}."), {{"default", text_of(row, "default")}}};
    out.todo = {N_("To change it, write \"options {module} {name}=VALUE\" to a file in /etc/modprobe.d, "
                   "rebuild the initramfs, and restart the machine."),
                {{"module", module}, {"name", name}}};
    out.source = row["source"].empty() ? table->source() : text_of(row, "source");
    return out;
  }
  return std::nullopt;
}

/// What stands for many words: NV4 and NV18 are "NV#" with a count of links, and of
/// "nvidia.NVreg_EnableGpuFirmware=0" only the parameter's name matters.
std::string general_key(const std::string& key) {
  if (key.starts_with("nv") && parse_uint(std::string_view(key).substr(2))) return "nv#";
  const std::size_t parameter = key.find("nvreg ");
  const std::size_t start = parameter == std::string::npos ? 0 : parameter;
  return key.substr(start, key.find('=', start) - start);
}

void add_column(std::vector<std::string>& words, const Catalog& catalog, const std::string& table_name,
                std::string_view column, std::string_view prefix = {}) {
  const Table* table = find_table(catalog, table_name);
  for (std::size_t i = 0; table && i < table->size(); ++i)
    for (const std::string_view value : table->row(i).values(column))
      words.push_back(std::string(prefix) + std::string(value));
}

}  // namespace

std::optional<Explanation> find_explanation(const Catalog& catalog, std::string_view word) {
  const std::string key = general_key(word_key(word));
  if (key.empty()) return std::nullopt;
  if (auto found = find_record(catalog, "explain.rec", key)) {
    if (auto rule = find_rule(catalog, key)) found->also.push_back(std::move(*rule));
    return found;
  }
  if (auto found = list_needs(catalog, key)) return found;
  if (auto found = find_record(catalog, "use_cases.rec", key)) return found;
  if (auto found = find_code(catalog, key)) return found;
  if (auto found = find_rule(catalog, key)) return found;
  return find_parameter(catalog, key);
}

std::vector<std::string> explanation_words(const Catalog& catalog) {
  std::vector<std::string> words;
  add_column(words, catalog, "explain.rec", "word");
  words.push_back("need");
  add_column(words, catalog, "use_cases.rec", "word");
  add_column(words, catalog, "rules.rec", "id");
  add_column(words, catalog, "module_parameters.tsv", "name");
  add_column(words, catalog, "module_parameters.tsv", "parameter");
  for (const CodeTable& codes : code_tables())
    add_column(words, catalog, codes.file, "code", std::string(codes.prefix) + " ");
  add_column(words, catalog, "explain.rec", "alias");
  add_column(words, catalog, "use_cases.rec", "alias");
  return words;
}

}  // namespace nvstack::cli
