#include "base/text.hpp"
#include "plan/decision.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan {

namespace {

/// A paragraph: `lead` before the first line, blanks of the same width before the others.
std::string paragraph(const std::string& lead, const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(lead);
  const std::string body = wrap(text, columns > width + 20 ? columns - width : 20, 0);
  return lead + replace_all(body, "\n", "\n" + std::string(width, ' ')) + "\n";
}

std::string gpu_lines(const Plan& plan, std::size_t columns) {
  std::string out;
  for (const TargetGpu& gpu : plan.target.gpus) {
    std::string text = gpu.verdict.name.empty() ? translate(N_("unknown GPU")) : gpu.verdict.name;
    text += " [" + gpu.id.text() + "], " + std::string(catalog::architecture_name(gpu.verdict.architecture));
    text += ", " + render({N_("open modules {support}"),
                           {{"support", std::string(catalog::open_support_name(gpu.verdict.open))}}});
    if (gpu.verdict.legacy_branch)
      text += ", " +
              render({N_("last branch {branch}"), {{"branch", std::to_string(*gpu.verdict.legacy_branch)}}});
    out += paragraph(gpu.bdf.empty() ? "  " : "  " + printable(gpu.bdf, 40) + "  ", printable(text), columns);
  }
  if (plan.target.gpus.empty()) out += "  " + translate(N_("none")) + "\n";
  return out;
}

std::string headline(const Plan& plan) {
  if (!plan.flavor) return translate(N_("Driver: none is installed here"));
  return render({N_("Driver: {flavor}, branch {branch}"),
                 {{"flavor", std::string(catalog::flavor_name(*plan.flavor))},
                  {"branch", plan.branch ? std::to_string(*plan.branch) : "-"}}});
}

std::string refusal_lines(const Plan& plan, std::size_t columns) {
  std::string out;
  for (const Refusal& refusal : plan.refusals) {
    out += paragraph(translate(N_("Refused: ")), render(refusal.reason), columns);
    if (!refusal.nearest.empty())
      out += paragraph(translate(N_("Nearest: ")), render(refusal.nearest), columns);
    if (!refusal.nearest_wish.empty()) out += "    nvstack plan " + refusal.nearest_wish + "\n";
  }
  return out;
}

/// Commands are never wrapped: they are there to be copied.
std::string step_lines(const Plan& plan, std::size_t columns) {
  std::string out;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const std::string lead = std::to_string(i + 1) + ". ";
    out += paragraph(lead, render(step.what), columns);
    for (const std::string& command : step.commands) out += "       " + command + "\n";
    out += paragraph(std::string(lead.size(), ' '), render(step.reason), columns);
  }
  return out;
}

}  // namespace

std::string render_plan(const Plan& plan, std::size_t columns) {
  const facts::Os& os = plan.target.os;
  std::string out = translate(N_("GPUs:")) + "\n" + gpu_lines(plan, columns);
  const std::string name = os.pretty_name.empty() ? os.id + " " + os.version_id : os.pretty_name;
  out += paragraph("",
                   render({N_("Machine: {os}, {arch}, {platform}"),
                           {{"os", printable(trim(name), 120)},
                            {"arch", printable(plan.target.arch, 40)},
                            {"platform", std::string(platform_kind_name(plan.target.platform))}}}),
                   columns);
  if (!plan.refusals.empty()) return out + "\n" + refusal_lines(plan, columns);
  out += headline(plan) + "\n";
  if (!plan.steps.empty()) out += "\n" + translate(N_("Steps (as root):")) + "\n" + step_lines(plan, columns);
  if (!plan.reasons.empty()) out += "\n" + translate(N_("Why:")) + "\n";
  for (const Message& reason : plan.reasons) out += paragraph("  - ", render(reason), columns);
  return out;
}

}  // namespace nvstack::plan
