#include "facts/os.hpp"

#include <optional>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kOsReleaseBytesMax = 64u << 10;

constexpr std::pair<PackageManager, std::string_view> kManagers[] = {
    {PackageManager::kUnknown, "unknown"}, {PackageManager::kApt, "apt"},
    {PackageManager::kDnf, "dnf"},         {PackageManager::kDnf5, "dnf5"},
    {PackageManager::kTdnf, "tdnf"},       {PackageManager::kZypper, "zypper"},
    {PackageManager::kPacman, "pacman"},
};

PackageManager manager_of(std::string_view name) {
  for (const auto& [manager, word] : kManagers)
    if (word == name) return manager;
  return PackageManager::kUnknown;
}

/// The value of an assignment as a shell takes it: single quotes verbatim, double quotes and bare words with
/// backslash escapes. Nothing when a quote stays open.
std::optional<std::string> unquote(std::string_view text) {
  std::string value;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return std::nullopt;
      value += text[i];
    } else if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? 0 : c;
    } else {
      value += c;
    }
  }
  return quote ? std::nullopt : std::optional(std::move(value));
}

std::string* field_of(Os& os, std::string_view key) {
  if (key == "ID") return &os.id;
  if (key == "VERSION_ID") return &os.version_id;
  if (key == "PRETTY_NAME") return &os.pretty_name;
  if (key == "VERSION_CODENAME") return &os.codename;
  if (key == "UBUNTU_CODENAME" || key == "DEBIAN_CODENAME") return &os.base_codename;
  if (key == "VARIANT_ID") return &os.variant_id;
  return nullptr;
}

/// The release number without the V that Kylin writes before it.
std::string plain_version(std::string_view version) {
  if (version.size() > 1 && (version[0] == 'V' || version[0] == 'v')) version.remove_prefix(1);
  return std::string(version);
}

/// "9" serves 9 and 9.4, never 90.
bool version_listed(const catalog::Row& row, std::string_view version) {
  for (const std::string_view word : split_words(row["versions"]))
    if (version == word || version.starts_with(std::string(word) + ".")) return true;
  return false;
}

struct Match {
  std::optional<catalog::Row> first;   // any row of that id
  std::optional<catalog::Row> listed;  // one that names the version
  std::optional<catalog::Row> any;     // one for every version
};

Match find_rows(const catalog::Table& table, std::string_view id, std::string_view version) {
  Match match;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    if (row["id"] != id) continue;
    if (!match.first) match.first = row;
    if (!match.listed && version_listed(row, version)) match.listed = row;
    if (!match.any && row["versions"] == "*") match.any = row;
  }
  return match;
}

void apply_row(Os& os, const catalog::Row& row) {
  os.family = row["family"];
  os.manager = manager_of(row["manager"]);
}

/// The release of `id` that carries this codename, "" when none does.
std::string version_of_codename(const catalog::Table& table, std::string_view id, std::string_view codename) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table.row(i)["id"] == id && table.row(i)["codename"] == codename)
      return std::string(table.row(i)["version"]);
  return {};
}

std::string version_of_codenames(const Os& os, std::string_view id, const catalog::Catalog& catalog) {
  const auto table = catalog.table("codenames.tsv");
  if (!table) return {};
  const std::string base = version_of_codename(**table, id, os.base_codename);
  return base.empty() ? version_of_codename(**table, id, os.codename) : base;
}

/// A derivative: served as the distribution it names in ID_LIKE, in the release it was built from.
void classify_derivative(Os& os, const catalog::Table& table, const catalog::Catalog& catalog) {
  for (const std::string& like : os.id_like) {
    const Match any_version = find_rows(table, like, "");
    if (!any_version.first) continue;
    std::string version = version_of_codenames(os, like, catalog);
    const std::string own = plain_version(os.version_id);
    // Its own number counts only where the base has such a release, or numbers nothing at all (rolling).
    if (version.empty() && find_rows(table, like, own).listed) version = own;
    const bool numbered_freely = any_version.any && any_version.first->line() == any_version.any->line();
    if (version.empty() && numbered_freely && parse_uint(own)) version = own;
    const Match match = find_rows(table, like, version);
    os.known_as = (*match.first)["served_as"];
    os.known_version = version;
    apply_row(os, match.listed ? *match.listed : match.any ? *match.any : *match.first);
    return;
  }
}

}  // namespace

std::string_view package_manager_name(PackageManager manager) {
  for (const auto& [value, name] : kManagers)
    if (value == manager) return name;
  return "";
}

Result<Os> parse_os_release(std::string_view text, const std::string& path) {
  if (!is_utf8(text) || contains(text, std::string_view("\0", 1)))
    return fail(ErrorCode::kMalformed, path + " holds binary bytes: it is no os-release file");
  Os os;
  for (std::string_view line : split_lines(text)) {
    line = trim(line);
    const auto parts = cut(line, "=");
    if (line.empty() || line[0] == '#' || !parts) continue;
    const std::string_view key = trim(parts->first);
    std::string* field = field_of(os, key);
    if (!field && key != "ID_LIKE") continue;
    const auto value = unquote(trim(parts->second));
    if (!value)
      return fail(ErrorCode::kMalformed,
                  path + ": the value of " + std::string(key) + " has no closing quote");
    if (field) {
      *field = printable(*value);
      continue;
    }
    os.id_like.clear();
    for (const std::string_view word : split_words(*value)) os.id_like.push_back(to_lower(printable(word)));
  }
  os.id = to_lower(trim(os.id));
  if (os.id.empty()) return fail(ErrorCode::kMalformed, path + " has no ID line: it is empty or truncated");
  return os;
}

void classify_os(Os& os, const catalog::Catalog& catalog) {
  os.known_as.clear(), os.known_version.clear(), os.family.clear();
  os.manager = PackageManager::kUnknown;
  const auto table = catalog.table("distributions.tsv");
  if (!table) return;
  std::string version = plain_version(os.version_id);
  const Match known = find_rows(**table, os.id, version);
  if (!known.first) return classify_derivative(os, **table, catalog);
  apply_row(os, known.listed ? *known.listed : known.any ? *known.any : *known.first);
  if (!known.listed && !known.any) return;
  // Debian's testing has a codename and no number.
  if (version.empty()) version = version_of_codenames(os, os.id, catalog);
  os.known_as = (known.listed ? *known.listed : *known.any)["served_as"];
  os.known_version = version;
}

Result<Os> read_os(const host::Host& host, const catalog::Catalog& catalog) {
  std::string path = "/etc/os-release";
  auto text = host.read(path, {.bytes_max = kOsReleaseBytesMax});
  if (!text && text.error().code == ErrorCode::kNotFound) {
    path = "/usr/lib/os-release";
    text = host.read(path, {.bytes_max = kOsReleaseBytesMax});
  }
  if (!text && text.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kNotFound, "there is neither /etc/os-release nor /usr/lib/os-release",
                "name the distribution with --distribution ID:VERSION");
  if (!text) return fail(text.error());
  Os os = TRY(parse_os_release(*text, path));
  classify_os(os, catalog);
  return os;
}

}  // namespace nvstack::facts
