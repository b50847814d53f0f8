// From a decision to the steps that carry it out, in the order a careful administrator works: headers,
// repository, pin, nouveau, what conflicts, the driver, its key, the restart, persistence, a look.
#pragma once

#include <vector>

#include "plan/decision.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan {

std::vector<Step> make_steps(const Target& target, const Wish& wish, const Decision& decision,
                             const catalog::Catalog& catalog, std::vector<Message>& reasons);

}  // namespace nvstack::plan
