#include "base/text.hpp"
#include "framework/resolve.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kLeftOutMax = 40;

std::string bullet(const std::string& text, std::size_t columns) {
  return "  - " + replace_all(wrap(text, columns > 24 ? columns - 4 : 20, 0), "\n", "\n    ") + "\n";
}

std::string heading(const char* text) {
  return "\n" + translate(text) + "\n";
}

std::string machine_line(const Request& request) {
  // Equal boards are named once, with their number.
  std::string gpus;
  for (std::size_t i = 0; i < request.gpus.size();) {
    std::size_t end = i;
    while (end < request.gpus.size() && request.gpus[end].name == request.gpus[i].name) ++end;
    gpus += (gpus.empty() ? "" : ", ") + (end - i > 1 ? std::to_string(end - i) + " x " : "") +
            request.gpus[i].name;
    i = end;
  }
  return render({N_("GPU {gpu}, driver {driver}, Python {python}, {arch}, {libc}"),
                 {{"gpu", gpus.empty() ? "?" : gpus},
                  {"driver", request.driver ? request.driver->text : "?"},
                  {"python", request.python.text()},
                  {"arch", request.arch},
                  {"libc", request.libc.text()}}}) +
         "\n";
}

std::string source_line(const Answer& answer) {
  if (answer.indexes.empty())
    return render(
               {N_("Answered from the tables of {date}; no index was read."), {{"date", answer.data_date}}}) +
           "\n";
  return render({N_("Answered from {index}, data of {date}."),
                 {{"index", join(answer.indexes, ", ")}, {"date", answer.data_date}}}) +
         "\n";
}

std::string render_refusal(const NoBuild& refusal, std::size_t columns) {
  std::string out = wrap(translate(N_("Refused:")) + " " + render(refusal.reason), columns, 0) + "\n";
  if (refusal.nearest.empty()) return out;
  out += heading(N_("Nearest:"));
  for (const NearestWish& wish : refusal.nearest) out += bullet(render(wish.text), columns);
  return out;
}

}  // namespace

std::string render_answer(const Answer& answer, std::size_t columns) {
  std::string out = wrap(machine_line(answer.request), columns, 0);
  if (answer.refusal) out += render_refusal(*answer.refusal, columns);
  if (answer.build) {
    for (const std::string& command : answer.commands) out += "\n  " + command;
    out += "\n" + heading(N_("Wheels:"));
    for (const std::string& wheel : answer.build->wheels) out += "  " + wheel + "\n";
    out += heading(N_("Why:"));
    for (const Message& reason : answer.reasons) out += bullet(render(reason), columns);
  }
  if (!answer.warnings.empty()) out += heading(N_("Mind:"));
  for (const Caution& warning : answer.warnings)
    out += bullet(render(warning.text) + " [" + warning.id + "]", columns);
  if (!answer.alternatives.empty()) out += heading(N_("Else:"));
  for (const Alternative& one : answer.alternatives)
    out += bullet(
        "torch " + one.build.torch.torch.text() + "+" + one.build.torch.variant + ": " + render(one.why),
        columns);
  return out + "\n" + wrap(source_line(answer), columns, 0);
}

std::string render_left_out(const Answer& answer, std::size_t columns) {
  std::string out = answer.build ? render({N_("Chosen: torch {torch}+{variant}"),
                                           {{"torch", answer.build->torch.torch.text()},
                                            {"variant", answer.build->torch.variant}}}) +
                                       "\n"
                                 : "";
  std::size_t count = 0;
  for (const Rejection& one : answer.left_out) {
    const bool newer = !answer.build || one.candidate.torch >= answer.build->torch.torch;
    if (one.stage == Stage::kVersion || one.stage == Stage::kChannel || !newer || ++count > kLeftOutMax)
      continue;
    out += bullet(render(one.why) + " [" + std::string(stage_name(one.stage)) + "]", columns);
  }
  if (count == 0) out += translate(N_("Nothing newer was left out.")) + "\n";
  return out;
}

}  // namespace nvstack::framework
