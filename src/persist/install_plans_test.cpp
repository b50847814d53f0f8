// Goal: the whole plan for each init system, word by word, and the service files' promises.
#include <doctest.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "persist/install.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

struct Site {
  std::set<std::string> programs = {"useradd", "userdel", "id"};
  std::set<std::string> folders, files;
  InstallSite site() const {
    InstallSite site;
    site.has_program = [this](const std::string& name) { return programs.contains(name); };
    site.has_folder = [this](const std::string& path) { return folders.contains(path); };
    site.has_file = [this](const std::string& path) { return files.contains(path); };
    return site;
  }
};

Site upstart() {
  Site site;
  site.programs.insert("initctl"), site.folders = {"/etc/init"};
  return site;
}
Site sysv() {
  Site site;
  site.programs.insert("chkconfig"), site.folders = {"/etc/init.d"};
  return site;
}
Site systemd() {
  Site site;
  site.programs.insert("systemctl"), site.folders = {"/usr/lib/systemd/system", "/etc/systemd/system"};
  return site;
}

std::string words_of(const std::vector<InstallStep>& steps) {
  std::string text;
  for (const InstallStep& step : steps) text += render_step(step) + "\n";
  return text;
}
/// The undo of every step, in the order in which a failure at the end runs them.
std::string undo_of(const InstallPlan& plan) {
  std::string text;
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) text += words_of(step->undo);
  return text;
}

InstallStep command(std::vector<std::string> words) {
  InstallStep step;
  step.command = std::move(words);
  return step;
}

}  // namespace

TEST_CASE("upstart: the job is written and started; there is nothing to enable") {
  const Site site = upstart();
  const auto plan = plan_install({}, site.site());
  REQUIRE(plan);
  CHECK(plan->system == InitSystem::kUpstart);
  CHECK(words_of(plan->steps) ==
        "useradd -s /sbin/nologin -d / -c 'NVIDIA Persistence Daemon' -r nvidia-persistenced\n"
        "install -m 0644 /dev/stdin /etc/init/nvidia-persistenced.conf\n"
        "initctl start nvidia-persistenced\n");
  CHECK(undo_of(*plan) ==
        "initctl stop nvidia-persistenced\n"
        "rm -f /etc/init/nvidia-persistenced.conf\n"
        "userdel -f nvidia-persistenced\n");
}

TEST_CASE("sysv: the script can be run, is enabled for the levels 2 to 5 and started by itself") {
  const Site site = sysv();
  const auto plan = plan_install({}, site.site());
  REQUIRE(plan);
  CHECK(words_of(plan->steps) ==
        "useradd -s /sbin/nologin -d / -c 'NVIDIA Persistence Daemon' -r nvidia-persistenced\n"
        "install -m 0755 /dev/stdin /etc/init.d/nvidia-persistenced\n"
        "chkconfig --level 2345 nvidia-persistenced on\n"
        "/etc/init.d/nvidia-persistenced start\n");
  CHECK(undo_of(*plan) ==
        "/etc/init.d/nvidia-persistenced stop\n"
        "chkconfig --del nvidia-persistenced\n"
        "rm -f /etc/init.d/nvidia-persistenced\n"
        "userdel -f nvidia-persistenced\n");
}

TEST_CASE("systemd: the distribution's folder comes before the administrator's") {
  Site site = systemd();
  CHECK(plan_install({}, site.site())->folder == "/usr/lib/systemd/system");
  site.folders.erase("/usr/lib/systemd/system");
  CHECK(plan_install({}, site.site())->folder == "/etc/systemd/system");
  InstallWish wish;
  wish.folder = "/not/there";
  CHECK(plan_install(wish, site.site()).error().code == ErrorCode::kNotFound);
}

TEST_CASE("an init system that was asked for is the only one looked for") {
  const Site site = systemd();
  for (const InitSystem system : {InitSystem::kUpstart, InitSystem::kSysv}) {
    InstallWish wish;
    wish.system = system;
    const auto plan = plan_install(wish, site.site());
    REQUIRE(!plan);
    CHECK(plan.error().message == "No supported init system found");
    CHECK(contains(plan.error().hint, "-p names another folder"));
  }
}

TEST_CASE("a tool without its folder, and a folder without its tool, are no init system") {
  Site no_folder = systemd(), no_tool = systemd();
  no_folder.folders.clear(), no_tool.programs.erase("systemctl");
  CHECK(!plan_install({}, no_folder.site()));
  CHECK(!plan_install({}, no_tool.site()));
  CHECK(!plan_remove({}, no_tool.site()));
}

TEST_CASE("a user with a group of his own name needs no -g, any other group is named") {
  const Site site = systemd();
  InstallWish wish;
  wish.user = "nvpd", wish.group = "nvpd";
  CHECK(!contains(words_of(plan_install(wish, site.site())->steps), "-g"));
  wish.group = "video";
  CHECK(contains(words_of(plan_install(wish, site.site())->steps),
                 "useradd -g video -s /sbin/nologin -d / -c 'NVIDIA Persistence Daemon' -r nvpd\n"));
}

TEST_CASE("an existing user must have the group; the hint names the one he has") {
  const Site site = systemd();
  InstallSite there = site.site();
  there.user_group = "video";
  const auto refused = plan_install({}, there);
  REQUIRE(!refused);
  CHECK(refused.error().message ==
        "User 'nvidia-persistenced' is not in primary group 'nvidia-persistenced'");
  CHECK(refused.error().hint == "-g video takes the group that the user has");
  InstallWish wish;
  wish.group = "video";
  const auto plan = plan_install(wish, there);
  REQUIRE(plan);
  CHECK(!contains(words_of(plan->steps), "useradd"));
  CHECK(!contains(undo_of(*plan), "userdel"));  // a user who was there before is not ours to delete
}

TEST_CASE("names that a shell or a unit would misread are refused for user and group") {
  const Site site = systemd();
  for (const char* name : {"-r", "a b", "a;b", "a/b", "a\nb", "%u", "$(id)", "a\"b", "\xc3\xa9",
                           "abcdefghijklmnopqrstuvwxyzabcdefg"}) {
    InstallWish user, group;
    user.user = name, group.group = name;
    CHECK(plan_install(user, site.site()).error().code == ErrorCode::kUsage);
    CHECK(plan_install(group, site.site()).error().code == ErrorCode::kUsage);
    CHECK(plan_remove(user, site.site()).error().code == ErrorCode::kUsage);
  }
  InstallWish samba;
  samba.user = "host$";
  CHECK(plan_install(samba, site.site()));
}

TEST_CASE("each program that user accounts need is asked for by name") {
  for (const char* program : {"useradd", "userdel", "id"}) {
    Site site = systemd();
    site.programs.erase(program);
    const auto plan = plan_install({}, site.site());
    REQUIRE(!plan);
    CHECK(plan.error().code == ErrorCode::kNotFound);
    CHECK(plan.error().message == std::string("no program ") + program + " in PATH");
  }
}

TEST_CASE("a failed start brings the backed-up file back after ours is gone") {
  Site site = upstart();
  site.files = {"/etc/init/nvidia-persistenced.conf"};
  const auto plan = plan_install({}, site.site());
  REQUIRE(plan);
  CHECK(contains(undo_of(*plan),
                 "rm -f /etc/init/nvidia-persistenced.conf\n"
                 "mv /etc/init/nvidia-persistenced.conf.bk /etc/init/nvidia-persistenced.conf\n"));
}

TEST_CASE("a running daemon is stopped before its file is touched") {
  Site site = sysv();
  site.files = {"/etc/init.d/nvidia-persistenced"};
  InstallSite running = site.site();
  running.running_pid = 321, running.unit_runs = true;
  const std::string words = words_of(plan_install({}, running)->steps);
  const std::size_t stop = words.find("/etc/init.d/nvidia-persistenced stop\n");
  const std::size_t move = words.find("mv /etc/init.d/nvidia-persistenced ");
  REQUIRE(stop != std::string::npos);
  REQUIRE(move != std::string::npos);
  CHECK(stop < move);
  CHECK(!contains(words, "kill"));
}

TEST_CASE("removal: stop, disable, file, user; per init system, and no user whom we do not see") {
  Site site = sysv();
  site.files = {"/etc/init.d/nvidia-persistenced"};
  CHECK(words_of(plan_remove({}, site.site())->steps) ==
        "/etc/init.d/nvidia-persistenced stop\nchkconfig --del nvidia-persistenced\n"
        "rm -f /etc/init.d/nvidia-persistenced\n");
  Site job = upstart();
  job.files = {"/etc/init/nvidia-persistenced.conf"};
  InstallSite with_user = job.site();
  with_user.user_group = "nvidia-persistenced";
  CHECK(words_of(plan_remove({}, with_user)->steps) ==
        "initctl stop nvidia-persistenced\nrm -f /etc/init/nvidia-persistenced.conf\n"
        "userdel -f nvidia-persistenced\n");
}

TEST_CASE("every step of every plan tells what it does, undo steps need not") {
  for (Site site : {systemd(), upstart(), sysv()}) {
    InstallSite running = site.site();
    running.running_pid = 5;
    const auto plan = plan_install({}, running);
    REQUIRE(plan);
    for (const InstallStep& step : plan->steps) CHECK(!step.what.text.empty());
  }
}

TEST_CASE("the unit reports readiness itself, keeps GPUs over a restart, and is pulled in at boot") {
  const std::string unit = render_service(InitSystem::kSystemd, {});
  for (const char* line :
       {"Type=notify\n", "ExecReload=/bin/kill -HUP $MAINPID\n", "RuntimeDirectory=nvidia-persistenced\n",
        "StateDirectory=nvidia-persistenced\n", "FileDescriptorStoreMax=512\n",
        "RuntimeDirectoryPreserve=restart\n", "WantedBy=multi-user.target\n",
        "ExecStart=/usr/bin/nvidia-persistenced --foreground --user nvidia-persistenced --group "
        "nvidia-persistenced\n"})
    CHECK(contains(unit, line));
  CHECK(!contains(unit, "rm -rf"));  // the manager removes what it made
}

TEST_CASE("the job and the script start the daemon in the background and clean up behind it") {
  const std::string job = render_service(InitSystem::kUpstart, {});
  CHECK(contains(job, "expect fork\n"));
  CHECK(contains(job, "start on runlevel [2345]\n"));
  CHECK(contains(job, "post-stop exec rm -rf /var/run/nvidia-persistenced\n"));
  const std::string script = render_service(InitSystem::kSysv, {});
  CHECK(script.starts_with("#!/bin/sh\n"));
  CHECK(contains(script, "# chkconfig: 2345 99 01\n"));
  for (const std::string& text : {job, script}) CHECK(!contains(text, "--foreground"));
}

TEST_CASE("steps are done in order: files written, moved, removed") {
  const TestFolder folder;
  InstallStep write, move, remove, again;
  write.write_path = folder / "a", write.contents = "text", write.mode = 0644;
  move.move_from = folder / "a", move.move_to = folder / "b";
  remove.remove_path = folder / "b", again.remove_path = folder / "b";
  std::string told;
  const auto tell = [&](const InstallStep& step) { told += render_step(step) + "\n"; };
  REQUIRE(do_steps({write, move}, tell));
  CHECK(folder.read("b") == "text");
  REQUIRE(do_steps({remove, again}, tell));  // what is gone already is as good as removed
  CHECK(!std::filesystem::exists(folder / "b"));
  CHECK(split_lines(told).size() == 4);
}

TEST_CASE("a program that is not there fails the step, and an undo that fails is told with it") {
  const TestFolder folder;
  InstallStep first = command({"true"}), undo;
  undo.move_from = folder / "none", undo.move_to = folder / "other";
  first.undo = {undo};
  const Status done = do_steps({first, command({folder / "no-such-program"})}, [](const InstallStep&) {});
  REQUIRE(!done);
  CHECK(contains(done.error().message, "no-such-program"));
  CHECK(contains(done.error().message, "; not undone: "));
}
