#include "framework/specifier.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kClausesMax = 200;

constexpr std::array<std::pair<std::string_view, Operator>, 8> kOperators = {{
    {"===", Operator::kSameSpelling},
    {"~=", Operator::kCompatible},
    {"==", Operator::kEqual},
    {"!=", Operator::kNotEqual},
    {"<=", Operator::kAtMost},
    {">=", Operator::kAtLeast},
    {"<", Operator::kLess},
    {">", Operator::kGreater},
}};

/// Does the release begin with this prefix? Missing parts count as 0.
bool begins_with(const PythonVersion& candidate, std::uint64_t epoch,
                 const std::vector<std::uint64_t>& prefix) {
  if (candidate.epoch != epoch) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (candidate.part(i) != prefix[i]) return false;
  return true;
}

bool equals(const PythonVersion& candidate, const Clause& clause) {
  if (clause.prefix) return begins_with(candidate, clause.version.epoch, clause.version.release);
  if (clause.version.local.empty()) return candidate.without_local() == clause.version;
  return candidate == clause.version;
}

/// <1.0 leaves 1.0rc1 out, unless the clause names a pre-release itself.
bool is_less(const PythonVersion& candidate, const PythonVersion& bound) {
  if (!(candidate < bound)) return false;
  const bool before_same = candidate.is_pre_release() && candidate.base() == bound.base();
  return bound.is_pre_release() || !before_same;
}

/// >1.0 leaves 1.0.post1 and 1.0+cu124 out.
bool is_greater(const PythonVersion& candidate, const PythonVersion& bound) {
  if (!(candidate > bound)) return false;
  const bool same = candidate.base() == bound.base();
  if (!bound.post && candidate.post && same) return false;
  return candidate.local.empty() || !same;
}

bool is_compatible(const PythonVersion& candidate, const PythonVersion& bound) {
  std::vector<std::uint64_t> prefix = bound.release;
  prefix.pop_back();
  return candidate.without_local() >= bound && begins_with(candidate, bound.epoch, prefix);
}

tl::unexpected<Error> bad_clause(std::string_view clause, const char* why) {
  return fail(ErrorCode::kMalformed,
              "\"" + printable(clause, 80) + "\" is no version specifier" + (*why ? ": " : "") + why,
              "write >=2.6,<2.8 or ==2.6.*");
}

Result<Clause> parse_clause(std::string_view text) {
  Clause clause;
  const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](const auto& row) { return text.starts_with(row.first); });
  if (found == kOperators.end()) return bad_clause(text, "no operator");
  clause.op = found->second;
  std::string_view rest = trim(text.substr(found->first.size()));
  clause.spelling = rest;
  if (clause.op == Operator::kSameSpelling) {
    const bool one_word = !rest.empty() && rest.find_first_of(" \t;)") == std::string_view::npos;
    if (!one_word) return bad_clause(text, "=== takes one word");
    return clause;
  }
  if (rest.ends_with(".*")) {
    if (clause.op != Operator::kEqual && clause.op != Operator::kNotEqual)
      return bad_clause(text, ".* belongs to == and != alone");
    clause.prefix = true;
    rest.remove_suffix(2);
  }
  auto version = parse_python_version(rest);
  if (!version) return bad_clause(text, "");
  const bool has_more = version->is_pre_release() || version->post || !version->local.empty();
  if (clause.prefix && has_more) return bad_clause(text, ".* stands behind numbers alone");
  const bool takes_local = clause.op == Operator::kEqual || clause.op == Operator::kNotEqual;
  if (!version->local.empty() && !takes_local) return bad_clause(text, "a local version has no order here");
  if (clause.op == Operator::kCompatible && version->release.size() < 2)
    return bad_clause(text, "~= takes two numbers or more");
  clause.version = std::move(*version);
  return clause;
}

}  // namespace

bool Clause::allows(const PythonVersion& candidate) const {
  switch (op) {
    case Operator::kCompatible: return is_compatible(candidate, version);
    case Operator::kEqual: return equals(candidate, *this);
    case Operator::kNotEqual: return !equals(candidate, *this);
    case Operator::kAtMost: return candidate.without_local() <= version;
    case Operator::kAtLeast: return candidate.without_local() >= version;
    case Operator::kLess: return is_less(candidate, version);
    case Operator::kGreater: return is_greater(candidate, version);
    case Operator::kSameSpelling: return to_lower(spelling) == candidate.text();
  }
  return false;
}

bool SpecifierSet::names_pre_release() const {
  return std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) {
    if (clause.op == Operator::kNotEqual) return false;
    if (clause.op != Operator::kSameSpelling) return clause.version.is_pre_release();
    const auto version = parse_python_version(clause.spelling);
    return version && version->is_pre_release();
  });
}

bool SpecifierSet::contains(const PythonVersion& candidate, PreReleases pre_releases) const {
  const bool may_be_pre =
      pre_releases == PreReleases::kAllow || (pre_releases == PreReleases::kWhenNamed && names_pre_release());
  if (candidate.is_pre_release() && !may_be_pre) return false;
  return std::all_of(clauses.begin(), clauses.end(),
                     [&](const Clause& clause) { return clause.allows(candidate); });
}

std::string SpecifierSet::text() const {
  std::string out;
  for (const Clause& clause : clauses) {
    const auto row = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](const auto& entry) { return entry.second == clause.op; });
    out += (out.empty() ? "" : ",") + std::string(row->first) + clause.spelling;
  }
  return out;
}

Result<SpecifierSet> parse_specifiers(std::string_view text) {
  SpecifierSet set;
  if (text.size() > 8192) return bad_clause(text, "too long");
  for (const std::string_view part : split(text, ',')) {
    const std::string_view clause = trim(part);
    if (clause.empty()) continue;  // a comma at the end is allowed
    if (set.clauses.size() == kClausesMax) return bad_clause(text, "too many clauses");
    set.clauses.push_back(TRY(parse_clause(clause)));
  }
  return set;
}

Result<SpecifierSet> parse_wanted_version(std::string_view text) {
  const std::string_view word = trim(text);
  if (word.empty()) return bad_clause(text, "nothing in it");
  if (word.find_first_of("<>=!~") != std::string_view::npos) return parse_specifiers(word);
  const PythonVersion version = TRY(read_python_version(word));
  const bool short_form =
      version.release.size() < 3 && !version.is_pre_release() && !version.post && version.local.empty();
  return parse_specifiers("==" + std::string(word) + (short_form ? ".*" : ""));
}

}  // namespace nvstack::framework
