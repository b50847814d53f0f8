#include "doctor/cures.hpp"

#include "base/text.hpp"
#include "plan/commands.hpp"
#include "plan/plan.hpp"

namespace nvstack::doctor {

namespace {

std::vector<std::string> commands_for(const Patient& patient, std::string_view action,
                                      const std::map<std::string, std::string>& values) {
  // What to install depends on the GPUs: that is a plan, not a row.
  if (action == "install") return plan::make_plan(*patient.target, plan::Wish{}, patient.catalog).commands();
  plan::CommandQuery query;
  query.action = action;
  query.target = &*patient.target;
  query.values = values;
  return plan::find_commands(patient.catalog, query);
}

}  // namespace

std::vector<std::string> cure_commands(const Patient& patient, std::string_view actions,
                                       const std::map<std::string, std::string>& values) {
  std::vector<std::string> all;
  if (!patient.target) return all;
  for (const std::string_view action : split_words(actions))
    for (std::string& command : commands_for(patient, action, values)) all.push_back(std::move(command));
  return all;
}

}  // namespace nvstack::doctor
