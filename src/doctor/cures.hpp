// The commands of a cure for the machine at hand, from the tables that plans are made of.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/rule.hpp"

namespace nvstack::doctor {

/// `actions`: words of commands.rec's action column, one after the other; "install" stands for a whole plan.
/// Empty when the distribution is not known or its table has no row: the rule's own commands then serve.
std::vector<std::string> cure_commands(const Patient& patient, std::string_view actions,
                                       const std::map<std::string, std::string>& values);

}  // namespace nvstack::doctor
