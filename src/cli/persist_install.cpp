// nvstack persist install and remove: the original's installer script with its options, its order and its
// undo.
#include <unistd.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/persist_verbs.hpp"
#include "persist/install.hpp"

namespace nvstack::cli {

namespace {

enum class Direction { kInstall, kRemove };

struct Asked {
  persist::InstallWish wish;
  bool dry_run = false, json = false, help = false;
};

std::vector<Option> option_rows(Asked& asked, Direction direction) {
  std::vector<Option> rows = {
      {"-u,--user", "USER", N_("the user that the daemon runs as (default: nvidia-persistenced)"),
       &asked.wish.user},
      {"-g,--group", "GROUP", N_("the primary group of that user (default: the same name)"),
       &asked.wish.group},
      {"-p,--path", "DIR", N_("the folder of service files (default: the init system's own)"),
       &asked.wish.folder},
  };
  if (direction == Direction::kRemove)
    rows.push_back({"-d,--keep-user", "", N_("do not delete the user"), &asked.wish.keep_user});
  else
    rows.push_back({"--program", "PATH", N_("the daemon that the service starts"), &asked.wish.program});
  rows.push_back({"--dry-run", "", N_("print the steps, do nothing"), &asked.dry_run});
  rows.push_back({"--json", "", N_("with --dry-run: print JSON (docs/formats/persist.md)"), &asked.json});
  rows.push_back({"-h,--help", "", N_("print this help"), &asked.help});
  return rows;
}

Status read_system(const std::string& name, persist::InstallWish& wish) {
  for (const auto system :
       {persist::InitSystem::kSystemd, persist::InitSystem::kUpstart, persist::InitSystem::kSysv})
    if (name == persist::init_system_name(system)) wish.system = system;
  if (!wish.system)
    return fail(ErrorCode::kUsage, "invalid argument '" + printable(name, 40) + "'",
                "systemd, upstart or sysv");
  return {};
}

std::string render_plan(const persist::InstallPlan& plan) {
  std::string text;
  for (const persist::InstallStep& step : plan.steps)
    text += render(step.what) + "\n    " + persist::render_step(step) + "\n";
  return text;
}

Json plan_json(const persist::InstallPlan& plan) {
  Json steps = Json::array(), json;
  for (const persist::InstallStep& step : plan.steps) {
    Json each;
    each.set("what", render(step.what)).set("command", persist::render_step(step));
    if (!step.contents.empty()) each.set("contents", step.contents);
    each.set("undo", step.undo.empty() ? Json() : Json(persist::render_step(step.undo[0])));
    steps.add(std::move(each));
  }
  json.set("init_system", persist::init_system_name(plan.system)).set("folder", plan.folder);
  return json.set("steps", std::move(steps));
}

Result<int> run(const std::vector<std::string>& words, Terminal& terminal, Direction direction) {
  Asked asked;
  const std::vector<Option> rows = option_rows(asked, direction);
  std::vector<std::string> names;
  TRY(parse_options(rows, words, names, 1));
  const bool install = direction == Direction::kInstall;
  if (asked.help) {
    terminal.out(render_help(
        std::string("persist ") + (install ? "install" : "remove") + " [systemd|upstart|sysv] [OPTION]...",
        install ? N_("Adds the user, writes the service file, enables and starts the service. When a step "
                     "fails, those "
                     "before it are undone.")
                : N_("Stops and disables the service, removes its file and the user."),
        rows, terminal.columns));
    return kOk;
  }
  if (!names.empty()) TRY(read_system(names[0], asked.wish));
  const auto site = persist::look_at_site(asked.wish);
  const persist::InstallPlan plan =
      TRY(install ? persist::plan_install(asked.wish, site) : persist::plan_remove(asked.wish, site));
  if (asked.dry_run) {
    terminal.out(asked.json ? plan_json(plan).dump(2) + "\n" : render_plan(plan));
    return kOk;
  }
  if (::geteuid() != 0)
    return fail(ErrorCode::kDenied, "this needs root", "run it with sudo, or look first: --dry-run");
  TRY(persist::do_steps(plan.steps,
                        [&](const persist::InstallStep& step) { terminal.out(render(step.what) + "\n"); }));
  terminal.out(render(install ? Message(N_("The persistence daemon is installed and runs."))
                              : Message(N_("The persistence daemon is removed."))) +
               "\n");
  return kOk;
}

}  // namespace

Result<int> persist_install(const std::vector<std::string>& words, Terminal& terminal) {
  return run(words, terminal, Direction::kInstall);
}

Result<int> persist_remove(const std::vector<std::string>& words, Terminal& terminal) {
  return run(words, terminal, Direction::kRemove);
}

}  // namespace nvstack::cli
