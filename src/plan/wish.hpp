// Wish is what a person asks for, in the product's words; everything unset is decided by the plan.
#pragma once

#include <optional>
#include <string>

#include "base/version.hpp"
#include "catalog/gpus.hpp"

namespace nvstack::plan {

enum class Purpose { kRun, kDevelop, kContainer, kDesktop };

struct Wish {
  std::optional<Purpose> purpose;         // --for
  std::optional<catalog::Flavor> flavor;  // --flavor open|proprietary
  std::string branch;                     // --branch N|latest|lts, "" undecided
  std::optional<Version> version;         // --version 580.95.05
  std::optional<Version> cuda;            // --cuda 12.4: the toolkit that must run
  std::string date;                       // --at YYYY-MM-DD: what is published by then; "" the newest known
};

Result<Purpose> parse_purpose(std::string_view word);
std::string_view purpose_name(Purpose purpose);

}  // namespace nvstack::plan
