// make_plan turns a Wish and a Target into steps with their reasons, or into refusals with the nearest wish
// that can be granted. Pure: it touches nothing and gives the same answer for the same values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "catalog/catalog.hpp"
#include "plan/target.hpp"
#include "plan/wish.hpp"

namespace nvstack::plan {

enum class StepKind {
  kHeaders,
  kRepository,
  kPin,
  kRemove,
  kNouveau,
  kInitramfs,
  kInstall,
  kSwitch,
  kToolkit,
  kSecureBoot,
  kReboot,
  kReload,
  kPersistence,
  kContainer,
  kVerify,
};
std::string_view step_kind_name(StepKind kind);

/// One thing to do. `commands` are exact; a step for hands alone (a firmware menu) has none.
struct Step {
  StepKind kind = StepKind::kInstall;
  std::vector<std::string> commands;
  Message what;
  Message reason;
  std::vector<std::string> undo;  // commands that take it back, when there are any
  std::string source;             // the row of commands.tsv it came from
};

/// A wish that must not be granted. `id` is stable: "mixed-pascal-blackwell", "proprietary-on-blackwell", ...
struct Refusal {
  std::string id;
  Message reason;
  Message nearest;           // what could be wished instead, in words
  std::string nearest_wish;  // the same as options: "--branch 580 --flavor proprietary", "" none
};

struct Plan {
  Target target;
  Wish wish;
  std::optional<catalog::Flavor> flavor;  // nothing: no driver is to be installed (WSL, no GPU)
  std::optional<int> branch;              // the branch chosen or pinned
  std::vector<Step> steps;
  std::vector<Message> reasons;   // why this flavor, this branch, this way
  std::vector<Refusal> refusals;  // not empty: steps is empty
  std::string digest;             // of what the plan was made for: it fits no other machine

  std::vector<std::string> commands() const;  // of all steps, in order
};

Plan make_plan(const Target& target, const Wish& wish, const catalog::Catalog& catalog);

Json plan_json(const Plan& plan);
/// For people, wrapped at `columns`.
std::string render_plan(const Plan& plan, std::size_t columns);

}  // namespace nvstack::plan
