// Goal: what a process can no longer do behind the fence, and what it still can. Method: a child raises it
// and tries; its exit code says what it found.
#include "persist/fence.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "base/fd.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

constexpr int kSkipped = 77;

/// The exit code of a child that runs it; -1 when it died.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0, or the number of the first check that does not hold.
int first_wrong(std::initializer_list<bool> checks) {
  int number = 0;
  for (const bool holds : checks) {
    ++number;
    if (!holds) return number;
  }
  return 0;
}

bool refused(long answer) {
  return answer == -1 && errno == EPERM;
}

bool can_write(const std::string& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).valid();
}

}  // namespace

TEST_CASE("calls of an intruder are refused, those of a holder of descriptors are not") {
  CHECK(in_child([] {
          ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
          if (!fence_calls({})) return kSkipped;
          return first_wrong({
              refused(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)),
              refused(::syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr)),
              refused(::syscall(SYS_unshare, 0)),
              refused(::syscall(SYS_bpf, 0, nullptr, 0)),
              refused(::syscall(SYS_setuid, ::getuid())),
              refused(::syscall(SYS_init_module, nullptr, 0, "")),
              Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)).valid(),
              ::getpid() > 1,
          });
        }) % kSkipped ==
        0);
}

TEST_CASE("new sockets are local ones or netlink, never the network's") {
  CHECK(in_child([] {
          ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
          if (!fence_calls({})) return kSkipped;
          return first_wrong({
              Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)).valid(),
              refused(::socket(AF_INET, SOCK_STREAM, 0)),
              refused(::socket(AF_INET6, SOCK_DGRAM, 0)),
              refused(::socket(AF_PACKET, SOCK_RAW, 0)),
              Fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, 0)).valid(),
          });
        }) % kSkipped ==
        0);
}

TEST_CASE("a program is started only where the library needs nvidia-modprobe") {
  const auto run_true = [](bool may_execute) {
    return in_child([may_execute] {
      Fence fence;
      fence.may_execute = may_execute;
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (!fence_calls(fence)) return kSkipped;
      ::execl("/bin/sh", "sh", "-c", "exit 3", nullptr);
      return errno == EPERM ? 4 : 5;
    });
  };
  const int allowed = run_true(true), forbidden = run_true(false);
  CHECK((allowed == 3 || allowed == kSkipped));
  CHECK((forbidden == 4 || forbidden == kSkipped));
}

TEST_CASE("files are written below the named folders, made nowhere else, devices written but not made") {
  const TestFolder folder;
  for (const char* name : {"run/file", "dev/nvidia0", "other/file"}) folder.write(name, "");
  CHECK(
      in_child([&] {
        Fence fence;
        fence.write_folders = {folder / "run", folder / "not-there"}, fence.write_devices = {folder / "dev"};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!fence_folders(fence)) return kSkipped;
        return first_wrong({
            can_write(folder / "run/file"),
            can_write(folder / "run/new"),
            can_write(folder / "dev/nvidia0"),
            !can_write(folder / "dev/new"),
            !can_write(folder / "other/file"),
            !can_write(folder / "other/new"),
            ::unlink((folder / "other/file").c_str()) != 0,
            Fd(::open((folder / "other/file").c_str(), O_RDONLY | O_CLOEXEC)).valid(),
        });
      }) % kSkipped ==
      0);
}

TEST_CASE("the folder that was made for the run may be removed, and nothing beside it") {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "run");
  folder.write("file", "");
  const int found = in_child([&] {
    Fence fence;
    fence.write_folders = {folder / "run"}, fence.remove_below = folder.path();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!fence_folders(fence)) return kSkipped;
    return first_wrong({::unlink((folder / "file").c_str()) != 0,
                        ::mkdir((folder / "new").c_str(), 0700) != 0,
                        ::rmdir((folder / "run").c_str()) == 0});
  });
  CHECK(found % kSkipped == 0);
  CHECK(std::filesystem::exists(folder / "file"));
}

TEST_CASE("the whole fence: capabilities go, privileges do not come back, what is missing has a name") {
  CHECK(in_child([] {
          const std::vector<std::string> missing = raise_fence({});
          const bool known = std::all_of(missing.begin(), missing.end(), [](const std::string& name) {
            return name == "capabilities" || name == "NoNewPrivileges" || name == "Landlock" ||
                   name == "seccomp";
          });
          __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
          __user_cap_data_struct have[2]{};
          ::syscall(SYS_capget, &header, have);
          return first_wrong({
              known,
              ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
              (have[0].permitted & ~(1u << CAP_DAC_OVERRIDE)) == 0,
              have[1].permitted == 0,
              have[0].inheritable == 0,
          });
        }) == 0);
}

TEST_CASE("becoming nobody new is nothing; an unknown name is the original's sentence") {
  CHECK(become({::getuid(), ::getgid(), "", false}, false));
  const auto group = find_identity("", "no-such-group-here");
  REQUIRE(!group);
  CHECK(group.error().message.starts_with("Failed to find group ID of group 'no-such-group-here': "));
  const auto other = find_identity("root", "daemon");
  if (other) CHECK(other->gid != 0);  // the group's word wins over the user's own
}

TEST_CASE("becoming another user drops the caller's groups and cannot be taken back") {
  if (::geteuid() != 0) return;  // only root becomes somebody else
  CHECK(in_child([] {
          Identity identity{12345, 12346, "", true};
          const gid_t before[] = {4, 20};
          if (::setgroups(2, before) != 0) return kSkipped;
          if (!become(identity, false)) return 50;
          gid_t groups[8];
          const int count = ::getgroups(8, groups);
          return first_wrong({::getuid() == 12345, ::geteuid() == 12345, ::getgid() == 12346, count == 1,
                              groups[0] == 12346, ::setuid(0) != 0});
        }) % kSkipped ==
        0);
}
