// The acting side of the installation: looks at this machine, does the steps, undoes them.
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "abi/persistence_rpc.h"
#include "base/fd.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "persist/driver_tree.hpp"
#include "persist/install.hpp"

namespace nvstack::persist {

namespace {

constexpr std::chrono::milliseconds kStepPatience{330'000};  // the unit's own start limit, and a little

bool is_kind(const std::string& path, mode_t kind) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IFMT) == kind;
}

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    const std::string full = std::string(folder) + "/" + program;
    if (is_kind(full, S_IFREG) && ::access(full.c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::optional<int> running_daemon() {
  const auto text = read_small_file(NVPD_RUNTIME_PATH "/nvidia-persistenced.pid", 64);
  const auto pid = text ? parse_uint(trim(*text)) : std::nullopt;
  if (!pid || *pid < 2 || *pid > 0x7fffffff) return {};
  // A number that another process has meanwhile is not ours to end.
  const auto name = read_small_file("/proc/" + std::to_string(*pid) + "/comm", 64);
  if (!name || !trim(*name).starts_with("nvidia-persiste")) return {};
  return static_cast<int>(*pid);
}

Status do_step(const InstallStep& step) {
  if (!step.command.empty()) {
    const ProcessOutput done = TRY(run_process(step.command, {.deadline = kStepPatience}));
    if (done.exit_code == 0) return {};
    return fail(ErrorCode::kIo, "'" + join(step.command, " ") + "' failed with '" +
                                    printable(trim(done.err.empty() ? done.out : done.err), 400) + "'");
  }
  if (!step.write_path.empty()) return write_file_atomically(step.write_path, step.contents, step.mode);
  if (!step.move_from.empty()) {
    if (::rename(step.move_from.c_str(), step.move_to.c_str()) != 0)
      return fail(errno_error(errno, "move " + step.move_from));
    return {};
  }
  if (::unlink(step.remove_path.c_str()) != 0 && errno != ENOENT)
    return fail(errno_error(errno, "remove " + step.remove_path));
  return {};
}

}  // namespace

InstallSite look_at_site(const InstallWish& wish) {
  InstallSite site;
  site.has_program = in_path;
  site.has_folder = [](const std::string& path) { return is_kind(path, S_IFDIR); };
  site.has_file = [](const std::string& path) { return is_kind(path, S_IFREG); };
  if (const passwd* user = ::getpwnam(wish.user.c_str())) {
    const group* primary = ::getgrgid(user->pw_gid);
    site.user_group = primary ? primary->gr_name : std::to_string(user->pw_gid);
  }
  site.running_pid = running_daemon();
  if (site.running_pid && in_path("systemctl")) {
    const auto state =
        run_process({"systemctl", "is-active", "--quiet", service_file_name(InitSystem::kSystemd)});
    site.unit_runs = state && state->exit_code == 0;
  }
  return site;
}

Status do_steps(const std::vector<InstallStep>& steps, const std::function<void(const InstallStep&)>& tell) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    tell(steps[i]);
    Status done = do_step(steps[i]);
    if (done) continue;
    Error error = done.error();
    std::string kept;
    for (std::size_t back = i; back-- > 0;)
      for (const InstallStep& undo : steps[back].undo)
        if (const Status undone = do_step(undo); !undone) kept += "; not undone: " + undone.error().text();
    error.message += kept;
    return fail(std::move(error));
  }
  return {};
}

}  // namespace nvstack::persist
