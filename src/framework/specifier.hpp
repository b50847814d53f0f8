// Version specifiers of PEP 440: ">=2.6,<2.8", "==2.6.*", "~=2.4.1", "===2.6.0+cu124". A set of clauses, all
// of which a version must meet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/pep440.hpp"

namespace nvstack::framework {

enum class Operator {
  kCompatible,    // ~=
  kEqual,         // ==
  kNotEqual,      // !=
  kAtMost,        // <=
  kAtLeast,       // >=
  kLess,          // <
  kGreater,       // >
  kSameSpelling,  // ===
};

struct Clause {
  Operator op = Operator::kEqual;
  PythonVersion version;  // of kSameSpelling: empty
  bool prefix = false;    // ".*" behind it
  std::string spelling;   // the text behind the operator

  bool allows(const PythonVersion& candidate) const;
};

/// May a pre-release be chosen? kWhenNamed: only when a clause names one itself.
enum class PreReleases { kWhenNamed, kAllow, kForbid };

struct SpecifierSet {
  std::vector<Clause> clauses;

  bool contains(const PythonVersion& candidate, PreReleases pre_releases = PreReleases::kWhenNamed) const;
  bool names_pre_release() const;
  bool empty() const { return clauses.empty(); }
  std::string text() const;
};

/// Clauses separated by commas; "" allows everything. kMalformed shows the clause.
Result<SpecifierSet> parse_specifiers(std::string_view text);
/// As a person writes it after --torch: a bare "2.8" means ==2.8.*, a bare "2.8.0" means ==2.8.0.
Result<SpecifierSet> parse_wanted_version(std::string_view text);

}  // namespace nvstack::framework
