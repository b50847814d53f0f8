#include "persist/install.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

struct System {
  InitSystem system;
  std::string tool;
  std::vector<std::string> folders;
};

const std::vector<System>& systems() {
  static const std::vector<System> all = {
      {InitSystem::kSystemd, "systemctl", {"/usr/lib/systemd/system", "/etc/systemd/system"}},
      {InitSystem::kUpstart, "initctl", {"/etc/init"}},
      {InitSystem::kSysv, "chkconfig", {"/etc/init.d", "/etc/rc.d/init.d", "/etc/rc.d"}},
  };
  return all;
}

InstallStep command_step(Message what, std::vector<std::string> command, std::vector<std::string> undo = {}) {
  InstallStep step;
  step.what = std::move(what), step.command = std::move(command);
  if (!undo.empty()) {
    InstallStep back;
    back.command = std::move(undo);
    step.undo.push_back(std::move(back));
  }
  return step;
}

InstallStep remove_step(Message what, const std::string& path) {
  InstallStep step;
  step.what = std::move(what), step.remove_path = path;
  return step;
}

InstallStep move_step(Message what, const std::string& from, const std::string& to) {
  InstallStep step, back;
  step.what = std::move(what), step.move_from = from, step.move_to = to;
  back.move_from = to, back.move_to = from;
  step.undo.push_back(std::move(back));
  return step;
}

/// A name that goes into service files and command lines.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '$';
         });
}

Status check_common(const InstallWish& wish, const InstallSite& site) {
  for (const std::string& name : {wish.user, wish.group.empty() ? wish.user : wish.group})
    if (!is_plain_name(name))
      return fail(ErrorCode::kUsage, "\"" + printable(name, 60) + "\" is no name of a user or group");
  for (const char* program : {"useradd", "userdel", "id"})
    if (!site.has_program(program))
      return fail(ErrorCode::kNotFound, std::string("no program ") + program + " in PATH");
  return {};
}

/// The init system and the folder for its file.
Result<InstallPlan> choose_system(const InstallWish& wish, const InstallSite& site) {
  for (const System& each : systems()) {
    if (wish.system && *wish.system != each.system) continue;
    const std::vector<std::string> folders =
        wish.folder.empty() ? each.folders : std::vector<std::string>{wish.folder};
    const auto folder = std::find_if(folders.begin(), folders.end(), site.has_folder);
    if (site.has_program(each.tool) && folder != folders.end()) return InstallPlan{each.system, *folder, {}};
  }
  return fail(
      ErrorCode::kNotFound, "No supported init system found",
      "it needs systemctl, initctl or chkconfig and the folder for service files; -p names another folder");
}

std::vector<std::string> service_command(InitSystem system, const std::string& path,
                                         const std::string& verb) {
  switch (system) {
    case InitSystem::kSystemd: return {"systemctl", verb, service_file_name(system)};
    case InitSystem::kUpstart: return {"initctl", verb, "nvidia-persistenced"};
    case InitSystem::kSysv: return {path, verb};
  }
  return {};
}

void add_user_steps(InstallPlan& plan, const InstallWish& wish, const InstallSite& site) {
  if (site.user_group) return;
  std::vector<std::string> add = {"useradd"};
  const std::string group = wish.group.empty() ? wish.user : wish.group;
  if (group != wish.user) add.insert(add.end(), {"-g", group});
  add.insert(add.end(),
             {"-s", "/sbin/nologin", "-d", "/", "-c", "NVIDIA Persistence Daemon", "-r", wish.user});
  plan.steps.push_back(command_step({N_("adding the user {user}"), {{"user", wish.user}}}, std::move(add),
                                    {"userdel", "-f", wish.user}));
}

void add_stop_steps(InstallPlan& plan, const InstallSite& site, const std::string& path) {
  if (!site.running_pid) return;
  if (site.unit_runs)
    plan.steps.push_back(
        command_step(N_("stopping the running daemon"), service_command(plan.system, path, "stop")));
  else
    plan.steps.push_back(
        command_step(N_("ending the running daemon"), {"kill", std::to_string(*site.running_pid)}));
}

void add_enable_steps(InstallPlan& plan, const std::string& path) {
  switch (plan.system) {
    case InitSystem::kSystemd:
      plan.steps.push_back(command_step(N_("reading the units anew"), {"systemctl", "daemon-reload"}));
      plan.steps.push_back(command_step(N_("enabling the service"),
                                        {"systemctl", "reenable", service_file_name(plan.system)},
                                        {"systemctl", "disable", service_file_name(plan.system)}));
      break;
    case InitSystem::kUpstart: break;
    case InitSystem::kSysv:
      plan.steps.push_back(command_step(
          N_("enabling the service"), {"chkconfig", "--level", "2345", service_file_name(plan.system), "on"},
          {"chkconfig", "--del", service_file_name(plan.system)}));
      break;
  }
  plan.steps.push_back(command_step(N_("starting the service"), service_command(plan.system, path, "start"),
                                    service_command(plan.system, path, "stop")));
}

}  // namespace

Result<InstallPlan> plan_install(const InstallWish& wish, const InstallSite& site) {
  TRY(check_common(wish, site));
  const std::string group = wish.group.empty() ? wish.user : wish.group;
  if (site.user_group && *site.user_group != group)
    return fail(ErrorCode::kUsage, "User '" + wish.user + "' is not in primary group '" + group + "'",
                "-g " + *site.user_group + " takes the group that the user has");
  InstallPlan plan = TRY(choose_system(wish, site));
  const std::string path = plan.folder + "/" + service_file_name(plan.system);
  add_user_steps(plan, wish, site);
  add_stop_steps(plan, site, path);
  if (site.has_file(path))
    plan.steps.push_back(move_step({N_("backing up {path}"), {{"path", path}}}, path, path + ".bk"));
  InstallStep write;
  write.what = {N_("writing {path}"), {{"path", path}}};
  write.write_path = path, write.contents = render_service(plan.system, wish);
  write.mode = plan.system == InitSystem::kSysv ? 0755 : 0644;
  write.undo.push_back(remove_step({}, path));
  plan.steps.push_back(std::move(write));
  add_enable_steps(plan, path);
  return plan;
}

Result<InstallPlan> plan_remove(const InstallWish& wish, const InstallSite& site) {
  TRY(check_common(wish, site));
  InstallPlan plan = TRY(choose_system(wish, site));
  const std::string path = plan.folder + "/" + service_file_name(plan.system);
  if (!site.has_file(path)) return fail(ErrorCode::kNotFound, "'" + path + "' does not exist");
  plan.steps.push_back(command_step(N_("stopping the service"), service_command(plan.system, path, "stop")));
  if (plan.system == InitSystem::kSystemd)
    plan.steps.push_back(
        command_step(N_("disabling the service"), {"systemctl", "disable", service_file_name(plan.system)}));
  if (plan.system == InitSystem::kSysv)
    plan.steps.push_back(
        command_step(N_("disabling the service"), {"chkconfig", "--del", service_file_name(plan.system)}));
  plan.steps.push_back(remove_step({N_("removing {path}"), {{"path", path}}}, path));
  if (!wish.keep_user && site.user_group)
    plan.steps.push_back(
        command_step({N_("deleting the user {user}"), {{"user", wish.user}}}, {"userdel", "-f", wish.user}));
  return plan;
}

std::string render_step(const InstallStep& step) {
  if (!step.command.empty()) {
    std::string text;
    for (const std::string& word : step.command)
      text += (text.empty() ? "" : " ") + (word.find(' ') == std::string::npos ? word : "'" + word + "'");
    return text;
  }
  if (!step.write_path.empty())
    return "install -m " + std::string(step.mode == 0755 ? "0755" : "0644") + " /dev/stdin " +
           step.write_path;
  if (!step.move_from.empty()) return "mv " + step.move_from + " " + step.move_to;
  return "rm -f " + step.remove_path;
}

}  // namespace nvstack::persist
