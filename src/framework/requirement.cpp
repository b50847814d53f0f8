#include "framework/requirement.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/wheel_name.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kRequirementsMax = 20'000;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

/// What follows an option: "--index-url URL", "--index-url=URL", "-i URL".
std::optional<std::string> option_value(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  std::string_view rest = line.substr(name.size());
  if (rest.empty() || (rest.front() != ' ' && rest.front() != '=' && rest.front() != '\t'))
    return std::nullopt;
  rest = trim(rest.substr(1));
  return std::string(rest.substr(0, std::min(rest.find_first_of(" \t"), rest.size())));
}

bool take_option(std::string_view line, Requirements& out) {
  if (!line.starts_with('-')) return false;
  for (const char* name : {"--index-url", "-i", "--pypi-url"})
    if (auto value = option_value(line, name)) out.index_urls.push_back(std::move(*value));
  if (auto value = option_value(line, "--extra-index-url")) out.extra_index_urls.push_back(std::move(*value));
  for (const char* name : {"--find-links", "-f"})
    if (auto value = option_value(line, name)) out.find_links.push_back(std::move(*value));
  return true;
}

/// "# comment" at the start, or behind a blank.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  return line;
}

/// The quoted value of "key = "value""; nothing for another line.
std::optional<std::string> toml_value(std::string_view line, std::string_view key) {
  const auto sides = cut(line, "=");
  if (!sides || trim(sides->first) != key) return std::nullopt;
  const std::string_view value = trim(sides->second);
  if (value.size() < 2 || value.front() != '"') return std::nullopt;
  const std::size_t end = value.find('"', 1);
  return end == std::string_view::npos ? std::nullopt
                                       : std::optional<std::string>(std::string(value.substr(1, end - 1)));
}

/// uv.lock, poetry.lock, pylock.toml: tables of packages with a name and a version each.
Result<Requirements> parse_lock(std::string_view text) {
  Requirements out;
  out.is_lock = true;
  std::string name, version;  // in either order
  std::size_t number = 0, name_line = 0;
  bool inside = false;
  for (const std::string_view raw : split_lines(text)) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.starts_with('[')) {
      inside = line == "[[package]]" || line == "[[packages]]";
      name.clear(), version.clear();
    }
    if (!inside) continue;
    if (auto value = toml_value(line, "name")) name = std::move(*value), name_line = number;
    if (auto value = toml_value(line, "version")) version = std::move(*value);
    if (version.empty() || name.empty()) continue;
    if (out.all.size() == kRequirementsMax) return fail(ErrorCode::kTooLarge, "more than 20000 packages");
    auto requirement = parse_requirement(name + "==" + version);
    name.clear(), version.clear();
    if (!requirement) continue;
    requirement->line = name_line;
    out.all.push_back(std::move(*requirement));
  }
  return out;
}

/// "./wheels/x.whl", "/srv/x.whl", "https://h/x.whl", "git+https://h/x.git": no name stands before it.
bool names_file(std::string_view line) {
  if (line.starts_with('.') || line.starts_with('/')) return true;
  const std::size_t end = line.find("://");
  if (end == std::string_view::npos) return false;
  const std::string_view scheme = line.substr(0, end);
  return std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_name_byte(c) || c == '+'; });
}

}  // namespace

std::optional<PythonVersion> Requirement::exact() const {
  if (versions.clauses.size() != 1 || versions.clauses[0].prefix) return std::nullopt;
  if (versions.clauses[0].op == Operator::kEqual) return versions.clauses[0].version;
  if (versions.clauses[0].op == Operator::kSameSpelling)
    return parse_python_version(versions.clauses[0].spelling);
  return std::nullopt;
}

Result<Requirement> parse_requirement(std::string_view text) {
  Requirement out;
  std::string_view rest = trim(text);
  std::size_t end = 0;
  while (end < rest.size() && is_name_byte(rest[end])) ++end;
  out.written = rest.substr(0, end), out.name = normalize_project(out.written);
  rest = trim(rest.substr(end));
  if (out.name.empty() || out.name.size() > 200)
    return fail(ErrorCode::kMalformed, "\"" + printable(text, 80) + "\" is no requirement");
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos)
      return fail(ErrorCode::kMalformed, "\"" + printable(text, 80) + "\": the extras have no end");
    rest = trim(rest.substr(close + 1));
  }
  if (rest.starts_with('@')) {
    rest = trim(rest.substr(1));
    const std::size_t blank = std::min(rest.find_first_of(" \t"), rest.size());
    out.url = rest.substr(0, blank), rest = trim(rest.substr(blank));
    if (out.url.empty())
      return fail(ErrorCode::kMalformed, "\"" + printable(text, 80) + "\": no address behind @");
  }
  if (const auto parts = cut(rest, ";")) out.marker = trim(parts->second), rest = trim(parts->first);
  if (const std::size_t hash = rest.find("--hash"); hash != std::string_view::npos)
    rest = trim(rest.substr(0, hash));
  if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
  if (out.url.empty()) out.versions = TRY(parse_specifiers(rest));
  return out;
}

Result<Requirements> parse_requirements(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // editors of other systems write the mark
  if (contains(text, "[[package")) return parse_lock(text);
  Requirements out;
  std::string joined;
  std::size_t number = 0;
  for (const std::string_view raw : split_lines(text)) {
    ++number;
    if (raw.ends_with('\\')) {
      joined += std::string(raw.substr(0, raw.size() - 1)) + " ";
      if (joined.size() > 100'000)
        return fail(ErrorCode::kTooLarge, "line " + std::to_string(number) + " goes on without end");
      continue;
    }
    const std::string whole = joined + std::string(raw);
    joined.clear();
    const std::string_view line = trim(without_comment(whole));
    if (line.empty() || names_file(line) || take_option(line, out)) continue;
    if (out.all.size() == kRequirementsMax) return fail(ErrorCode::kTooLarge, "more than 20000 requirements");
    Requirement requirement = TRY_AS("line " + std::to_string(number), parse_requirement(line));
    requirement.line = number;
    out.all.push_back(std::move(requirement));
  }
  return out;
}

}  // namespace nvstack::framework
