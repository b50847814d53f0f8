#include "plan/commands.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::plan {

namespace {

using catalog::Row;
using catalog::Table;

bool has_word(std::string_view words, std::string_view word) {
  const auto list = split_words(words);
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Compared with as many numbers as the bound has: "9" covers 9.4.
std::strong_ordering compare_to_bound(Version version, const Version& bound) {
  version.parts.resize(std::min(version.parts.size(), bound.parts.size()));
  return version <=> bound;
}

/// A machine without a version (a rolling distribution, or one not told) counts as the newest.
bool version_fits(const Row& row, const std::string& text) {
  const auto version = parse_version(text);
  const auto from = parse_version(row["version_from"]), to = parse_version(row["version_to"]);
  if (!version) return !to;
  return (!from || compare_to_bound(*version, *from) >= 0) && (!to || compare_to_bound(*version, *to) <= 0);
}

bool driver_fits(const Row& row, int branch) {
  const auto from = parse_uint(row["driver_from"]), to = parse_uint(row["driver_to"]);
  if (branch == 0) return !to;
  const auto number = static_cast<std::uint64_t>(branch);
  return (!from || number >= *from) && (!to || number <= *to);
}

/// Column is empty, or names the value.
bool cell_fits(const Row& row, std::string_view column, std::string_view value) {
  return row[column].empty() || has_word(row[column], value);
}

/// How much a row says about the machine: the row that says most wins. Nothing: it does not fit.
std::optional<int> fit(const Row& row, const CommandQuery& query, const std::string& distribution) {
  const Target& target = *query.target;
  if (row["action"] != query.action || !cell_fits(row, "distribution", distribution) ||
      !cell_fits(row, "manager", facts::package_manager_name(target.os.manager)) ||
      !cell_fits(row, "kernel", facts::kernel_flavor_name(target.kernel_flavor)) ||
      !cell_fits(row, "arch", target.arch) ||
      !cell_fits(row, "platform", platform_kind_name(target.platform)) ||
      !version_fits(row, target.os.known_version) || !driver_fits(row, query.branch))
    return std::nullopt;
  if (!query.flavor.empty() && !row["flavor"].empty() && row["flavor"] != query.flavor) return std::nullopt;
  constexpr std::pair<std::string_view, int> kWeights[] = {
      {"distribution", 64}, {"manager", 32},   {"kernel", 16}, {"platform", 8},
      {"version_from", 2},  {"version_to", 2}, {"arch", 1},
  };
  int score = 0;
  for (const auto& [column, weight] : kWeights)
    if (!row[column].empty()) score += weight;
  return score;
}

/// Commands are pasted into a root shell, and a captured machine says what it likes: a word that a shell
/// would read as more than a word is not known.
bool is_plain_word(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           contains("._+:~-", std::string_view(&c, 1));
  });
}

std::string plain_word_or(const std::string& word, const char* otherwise) {
  return word.empty() || !is_plain_word(word) ? otherwise : word;
}

std::string repository_arch(const Target& target) {
  const bool server_arm = target.arch == "aarch64" || target.arch == "arm64";
  return server_arm ? "sbsa" : plain_word_or(target.arch, "$(uname -m)");
}

std::string fill(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) text = replace_all(std::move(text), "{" + name + "}", value);
  return text;
}

/// The row of distributions.tsv for an id and version; the "*" row when no version fits.
std::optional<Row> find_distribution(const catalog::Catalog& catalog, const facts::Os& os) {
  const Table& table = catalog.get("distributions.tsv");
  std::optional<Row> any;
  for (const std::string& id : {os.id, os.known_as}) {
    const std::string& version = id == os.id ? os.version_id : os.known_version;
    for (std::size_t i = 0; i < table.size() && !id.empty(); ++i) {
      const Row row = table.row(i);
      if (row["id"] != id) continue;
      for (const std::string_view word : split_words(row["versions"])) {
        if (version == word || version.starts_with(std::string(word) + ".")) return row;
        if (!any) any = row;
      }
    }
  }
  return any;
}

/// The directory of NVIDIA's repository for this distribution: "ubuntu2404", "rhel9".
std::string repository_name(const catalog::Catalog& catalog, const facts::Os& os) {
  const auto row = find_distribution(catalog, os);
  if (!row) return "";
  const auto version = parse_version(os.known_version);
  const auto number = [&](std::size_t at) {
    if (!version || at >= version->parts.size()) return std::string();
    const std::string text = std::to_string(version->parts[at]);
    return at == 1 && text.size() == 1 ? "0" + text : text;
  };
  return fill(std::string((*row)["repository"]), {{"major", number(0)}, {"minor", number(1)}});
}

std::map<std::string, std::string> places(const catalog::Catalog& catalog, const CommandQuery& query) {
  const Target& target = *query.target;
  std::map<std::string, std::string> values = query.values;
  values.try_emplace("branch", std::to_string(query.branch));
  values.try_emplace("pin", std::to_string(query.branch));
  if (const auto at = values.find("old_stream"); at != values.end() && !is_plain_word(at->second))
    at->second = "open-dkms";
  values.try_emplace("kernel", plain_word_or(target.kernel_release, "$(uname -r)"));
  values.try_emplace("release", plain_word_or(target.os.known_version, ""));
  values.try_emplace("arch", plain_word_or(target.arch, "$(uname -m)"));
  values.try_emplace("repository", repository_name(catalog, target.os));
  values.try_emplace("repository_arch", repository_arch(target));
  return values;
}

}  // namespace

std::string served_as(const catalog::Catalog& catalog, const facts::Os& os) {
  const Table& table = catalog.get("distributions.tsv");
  for (std::size_t i = 0; i < table.size(); ++i)
    if (!os.known_as.empty() && table.row(i)["id"] == os.known_as)
      return std::string(table.row(i)["served_as"]);
  return os.known_as;
}

std::optional<CommandSet> find_command_set(const catalog::Catalog& catalog, const CommandQuery& query) {
  const Table& table = catalog.get("commands.rec");
  const std::string distribution = served_as(catalog, query.target->os);
  std::optional<Row> best;
  int best_score = -1;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto score = fit(table.row(i), query, distribution);
    if (score && *score > best_score) best = table.row(i), best_score = *score;
  }
  if (!best) return std::nullopt;
  const auto values = places(catalog, query);
  CommandSet set;
  set.id = (*best)["id"], set.source = (*best)["source"];
  set.from_distribution = (*best)["origin"] == "distribution";
  for (const std::string_view line : best->values("command"))
    set.commands.push_back(fill(std::string(line), values));
  for (const std::string_view line : best->values("undo"))
    set.undo.push_back(fill(std::string(line), values));
  return set;
}

std::vector<std::string> find_commands(const catalog::Catalog& catalog, const CommandQuery& query) {
  const auto set = find_command_set(catalog, query);
  return set ? set->commands : std::vector<std::string>{};
}

}  // namespace nvstack::plan
