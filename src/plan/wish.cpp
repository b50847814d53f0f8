#include "plan/wish.hpp"

#include "base/text.hpp"

namespace nvstack::plan {

namespace {

constexpr std::pair<Purpose, std::string_view> kPurposes[] = {
    {Purpose::kRun, "run"},
    {Purpose::kDevelop, "develop"},
    {Purpose::kContainer, "container"},
    {Purpose::kDesktop, "desktop"},
};

}  // namespace

Result<Purpose> parse_purpose(std::string_view word) {
  for (const auto& [purpose, name] : kPurposes)
    if (name == word) return purpose;
  return fail(ErrorCode::kUsage, "\"" + printable(word, 40) + "\" is no purpose",
              "write --for run, develop, container or desktop");
}

std::string_view purpose_name(Purpose purpose) {
  for (const auto& [value, name] : kPurposes)
    if (value == purpose) return name;
  return "";
}

}  // namespace nvstack::plan
