// Installing the daemon into an init system, as the original's script does: steps decided first (a value that
// can be printed), then done in order; when one fails, the undo of those before it runs backwards.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/message.hpp"
#include "base/result.hpp"

namespace nvstack::persist {

enum class InitSystem { kSystemd, kUpstart, kSysv };
std::string_view init_system_name(InitSystem system);

struct InstallWish {
  std::string user = "nvidia-persistenced";
  std::string group;                 // "" is the user's name
  std::string folder;                // -p; "" is the first usual one that exists
  std::optional<InitSystem> system;  // nothing: systemd, upstart, sysv, the first that is there
  bool keep_user = false;            // -d, of a removal
  std::string program = "/usr/bin/nvidia-persistenced";
};

/// What the plan must know of the machine.
struct InstallSite {
  std::function<bool(const std::string&)> has_program;
  std::function<bool(const std::string&)> has_folder;
  std::function<bool(const std::string&)> has_file;
  std::optional<std::string> user_group;  // the primary group of the user, when he exists
  std::optional<int> running_pid;         // a daemon that runs now
  bool unit_runs = false;                 // and the init system started it
};

struct InstallStep {
  Message what;
  std::vector<std::string> command;  // or, when empty:
  std::string write_path;            // a file is written,
  std::string contents;
  unsigned mode = 0644;
  std::string move_from, move_to;  // or moved,
  std::string remove_path;         // or removed
  std::vector<InstallStep> undo;   // at most one
};

struct InstallPlan {
  InitSystem system = InitSystem::kSystemd;
  std::string folder;
  std::vector<InstallStep> steps;
};

/// Errors: kNotFound (no supported init system, a program is missing), kUsage (the user has another group).
Result<InstallPlan> plan_install(const InstallWish& wish, const InstallSite& site);
Result<InstallPlan> plan_remove(const InstallWish& wish, const InstallSite& site);

/// The unit, the job or the script.
std::string render_service(InitSystem system, const InstallWish& wish);
std::string service_file_name(InitSystem system);

/// The step as a shell would have it, for --dry-run.
std::string render_step(const InstallStep& step);

/// This machine.
InstallSite look_at_site(const InstallWish& wish);
/// Does them in order; `tell` hears each before it starts. A failure is undone and returned.
Status do_steps(const std::vector<InstallStep>& steps, const std::function<void(const InstallStep&)>& tell);

}  // namespace nvstack::persist
