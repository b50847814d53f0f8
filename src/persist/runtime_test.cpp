// Goal: the runtime directory and the PID file: who makes them, who may lock them, who removes them.
#include "persist/runtime.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;
namespace fs = std::filesystem;

namespace {

const Identity kMyself{};

unsigned mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

/// The answer of `lock` in another process: 0 locked, 1 not.
int lock_elsewhere(const std::string& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    Runtime other(folder);
    const Status locked = other.lock();
    const bool words = !locked && contains(locked.error().message,
                                           "Failed to lock PID file: Resource temporarily unavailable");
    ::_exit(locked ? 0 : words ? 1 : 2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("the folder is made 0755, the PID file 0644 with the number and a line end") {
  const TestFolder folder;
  Log log;
  const mode_t before = ::umask(0);
  Runtime runtime(folder / "run");
  runtime.prepare(kMyself, log);
  const Status locked = runtime.lock();
  ::umask(before);
  REQUIRE(locked);
  CHECK(mode_of(folder / "run") == 0755);
  CHECK(mode_of(runtime.pid_path()) == 0644);
  CHECK(runtime.pid_path() == folder / "run/nvidia-persistenced.pid");
  CHECK(folder.read("run/nvidia-persistenced.pid") == std::to_string(::getpid()) + "\n");
  runtime.clean(log);
  CHECK(!fs::exists(folder / "run"));
}

TEST_CASE("a folder that was there stays, without the PID file") {
  const TestFolder folder;
  fs::create_directory(folder / "run");
  folder.write("run/other", "");
  Log log;
  Runtime runtime(folder / "run");
  runtime.prepare(kMyself, log);
  REQUIRE(runtime.lock());
  CHECK(runtime.removes_below().empty());
  runtime.clean(log);
  CHECK(fs::exists(folder / "run/other"));
  CHECK(!fs::exists(runtime.pid_path()));
}

TEST_CASE("a folder that we made but somebody else uses stays") {
  const TestFolder folder;
  Log log;
  Runtime runtime(folder / "run");
  runtime.prepare(kMyself, log);
  CHECK(runtime.removes_below() == folder.path());
  REQUIRE(runtime.lock());
  folder.write("run/readonly", "");
  runtime.clean(log);
  CHECK(fs::exists(folder / "run/readonly"));
}

TEST_CASE("a longer number of a dead predecessor leaves nothing behind") {
  const TestFolder folder;
  folder.write("run/nvidia-persistenced.pid", "4194303\nand a lot of old text\n");
  Runtime runtime(folder / "run");
  REQUIRE(runtime.lock());
  CHECK(folder.read("run/nvidia-persistenced.pid") == std::to_string(::getpid()) + "\n");
}

TEST_CASE("the second daemon is refused in the original's words, and changes nothing") {
  const TestFolder folder;
  fs::create_directory(folder / "run");
  Log log;
  {
    Runtime first(folder / "run");
    REQUIRE(first.lock());
    CHECK(lock_elsewhere(folder / "run") == 1);
    CHECK(folder.read("run/nvidia-persistenced.pid") == std::to_string(::getpid()) + "\n");
    first.clean(log);
  }
  CHECK(lock_elsewhere(folder / "run") == 0);
}

TEST_CASE("a folder that is missing or is none names itself and the cure") {
  const TestFolder folder;
  folder.write("file", "");
  for (const char* name : {"none", "none/deeper"}) {
    Runtime runtime(folder / name);
    const Status locked = runtime.lock();
    REQUIRE(!locked);
    CHECK(locked.error().message == "Unable to access " + folder / name + ": No such file or directory");
    CHECK(contains(locked.error().hint, "RuntimeDirectory=nvidia-persistenced"));
  }
  Runtime file(folder / "file");
  CHECK(contains(file.lock().error().message, "Failed to open PID file: Not a directory"));
}

TEST_CASE("a PID file that is a link, a pipe or a folder is not followed, waited for or written") {
  const TestFolder folder;
  folder.write("precious", "text");
  fs::create_directory(folder / "run");
  fs::create_symlink(folder / "precious", folder / "run/nvidia-persistenced.pid");
  CHECK(contains(Runtime(folder / "run").lock().error().message, "Failed to open PID file"));
  CHECK(folder.read("precious") == "text");
  fs::remove(folder / "run/nvidia-persistenced.pid");
  fs::create_directory(folder / "run/nvidia-persistenced.pid");
  CHECK(contains(Runtime(folder / "run").lock().error().message, "Failed to open PID file: Is a directory"));
  fs::remove(folder / "run/nvidia-persistenced.pid");
  REQUIRE(::mkfifo((folder / "run/nvidia-persistenced.pid").c_str(), 0600) == 0);
  CHECK(!Runtime(folder / "run").lock());
}

TEST_CASE("a lock that was not had cleans no file away") {
  const TestFolder folder;
  fs::create_directory(folder / "run");
  fs::create_directory(folder / "run/nvidia-persistenced.pid");
  Log log;
  Runtime runtime(folder / "run");
  runtime.prepare(kMyself, log);
  REQUIRE(!runtime.lock());
  runtime.clean(log);
  CHECK(fs::is_directory(folder / "run/nvidia-persistenced.pid"));
}

TEST_CASE("a folder at the root of the file system is removed from the root") {
  Log log;
  Runtime runtime("/nvpd-never-made");
  CHECK(runtime.removes_below().empty());
}
