// Goal: the steps of an installation, the undo of each, and what is refused before anything is done.
#include "persist/install.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;
namespace fs = std::filesystem;

namespace {

struct Site {
  std::set<std::string> programs = {"useradd", "userdel", "id", "systemctl"};
  std::set<std::string> folders = {"/etc/systemd/system"};
  std::set<std::string> files;
  InstallSite site() const {
    InstallSite site;
    site.has_program = [this](const std::string& name) { return programs.contains(name); };
    site.has_folder = [this](const std::string& path) { return folders.contains(path); };
    site.has_file = [this](const std::string& path) { return files.contains(path); };
    return site;
  }
};

std::string steps_of(const InstallPlan& plan) {
  std::string text;
  for (const InstallStep& step : plan.steps) {
    text += render_step(step);
    if (!step.undo.empty()) text += " <- " + render_step(step.undo[0]);
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("systemd: user, unit, enable, start; each with its undo") {
  const Site site;
  const auto plan = plan_install({}, site.site());
  REQUIRE(plan);
  CHECK(plan->system == InitSystem::kSystemd);
  CHECK(steps_of(*plan) ==
        "useradd -s /sbin/nologin -d / -c 'NVIDIA Persistence Daemon' -r nvidia-persistenced"
        " <- userdel -f nvidia-persistenced\n"
        "install -m 0644 /dev/stdin /etc/systemd/system/nvidia-persistenced.service"
        " <- rm -f /etc/systemd/system/nvidia-persistenced.service\n"
        "systemctl daemon-reload\n"
        "systemctl reenable nvidia-persistenced.service <- systemctl disable nvidia-persistenced.service\n"
        "systemctl start nvidia-persistenced.service <- systemctl stop nvidia-persistenced.service\n");
}

TEST_CASE("an old file is backed up, a running daemon stopped by whoever started it, an existing user kept") {
  Site site;
  site.files = {"/etc/systemd/system/nvidia-persistenced.service"};
  InstallSite running = site.site();
  running.user_group = "nvidia-persistenced", running.running_pid = 77;
  auto plan = plan_install({}, running);
  REQUIRE(plan);
  CHECK(
      steps_of(*plan).starts_with("kill 77\nmv /etc/systemd/system/nvidia-persistenced.service "
                                  "/etc/systemd/system/nvidia-persistenced.service.bk <- mv "));
  running.unit_runs = true;
  plan = plan_install({}, running);
  CHECK(steps_of(*plan).starts_with("systemctl stop nvidia-persistenced.service\n"));
}

TEST_CASE("the order of search, and the choice by name and by folder") {
  Site site;
  site.programs.insert({"initctl", "chkconfig"});
  site.folders = {"/etc/init", "/etc/rc.d/init.d", "/opt/units"};
  CHECK(plan_install({}, site.site())->system == InitSystem::kUpstart);
  InstallWish sysv;
  sysv.system = InitSystem::kSysv;
  CHECK(plan_install(sysv, site.site())->folder == "/etc/rc.d/init.d");
  CHECK(contains(steps_of(*plan_install(sysv, site.site())), "install -m 0755 "));
  InstallWish elsewhere;
  elsewhere.folder = "/opt/units";
  CHECK(plan_install(elsewhere, site.site())->system == InitSystem::kSystemd);
  site.folders.clear();
  CHECK(plan_install({}, site.site()).error().message == "No supported init system found");
}

TEST_CASE("what cannot work is refused before anything is done") {
  Site site;
  InstallSite other_group = site.site();
  other_group.user_group = "users";
  CHECK(contains(plan_install({}, other_group).error().message,
                 "is not in primary group 'nvidia-persistenced'"));
  InstallWish hostile;
  hostile.user = "x; rm -rf /";
  CHECK(!plan_install(hostile, site.site()));
  CHECK(!plan_remove(hostile, site.site()));
  CHECK(contains(plan_remove({}, site.site()).error().message, "does not exist"));
  site.programs.erase("useradd");
  CHECK(contains(plan_install({}, site.site()).error().message, "useradd"));
}

TEST_CASE("removal goes the way back, and keeps the user who is to be kept") {
  Site site;
  site.files = {"/etc/systemd/system/nvidia-persistenced.service"};
  InstallSite there = site.site();
  there.user_group = "nvidia-persistenced";
  CHECK(steps_of(*plan_remove({}, there)) ==
        "systemctl stop nvidia-persistenced.service\nsystemctl disable nvidia-persistenced.service\n"
        "rm -f /etc/systemd/system/nvidia-persistenced.service\nuserdel -f nvidia-persistenced\n");
  InstallWish keep;
  keep.keep_user = true;
  CHECK(!contains(steps_of(*plan_remove(keep, there)), "userdel"));
}

TEST_CASE("service files name program, user and group, and leave no place unfilled") {
  InstallWish wish;
  wish.user = "nvpd", wish.group = "video", wish.program = "/opt/nvidia-persistenced";
  for (const InitSystem system : {InitSystem::kSystemd, InitSystem::kUpstart, InitSystem::kSysv}) {
    const std::string text = render_service(system, wish);
    CHECK(contains(text, "/opt/nvidia-persistenced"));
    CHECK(contains(text, "--user nvpd --group video"));
    CHECK(!contains(text, "__"));
  }
  CHECK(contains(render_service(InitSystem::kSystemd, wish), "FileDescriptorStoreMax="));
}

TEST_CASE("a step that fails undoes those before it, backwards") {
  const fs::path folder = fs::temp_directory_path() / ("nvstack-install-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "unit") << "old";
  InstallStep backup, write, broken, undo_write, undo_backup;
  undo_backup.move_from = folder / "unit.bk", undo_backup.move_to = folder / "unit";
  backup.move_from = folder / "unit", backup.move_to = folder / "unit.bk", backup.undo = {undo_backup};
  undo_write.remove_path = folder / "unit";
  write.write_path = folder / "unit", write.contents = "new", write.mode = 0755, write.undo = {undo_write};
  broken.command = {"sh", "-c", "echo no >&2; exit 1"};
  int told = 0;
  const Status done = do_steps({backup, write, broken}, [&](const InstallStep&) {
    if (++told != 3) return;
    struct stat found {};
    CHECK(::stat((folder / "unit").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == (0755 & ~::umask(022)));
  });
  REQUIRE(!done);
  CHECK(contains(done.error().message, "failed with 'no'"));
  CHECK(told == 3);
  std::string text;
  std::ifstream(folder / "unit") >> text;
  CHECK(text == "old");
  CHECK(!fs::exists(folder / "unit.bk"));
  fs::remove_all(folder);
}
