// Goal: where the daemon may listen, what it replaces there, and how many clients it can have.
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "persist/server.hpp"
#include "persist/test_folder.hpp"
#include "persist/test_socket.hpp"

using namespace nvstack;
using namespace nvstack::persist;

TEST_CASE("the socket has the mode that was asked for, whatever the umask") {
  const TestFolder folder;
  const mode_t before = ::umask(077);
  const auto socket = listen_at(folder / "socket", 0777);
  ::umask(before);
  REQUIRE(socket);
  struct stat found {};
  REQUIRE(::stat((folder / "socket").c_str(), &found) == 0);
  CHECK(S_ISSOCK(found.st_mode));
  CHECK((found.st_mode & 0777) == 0777);
  CHECK(!TestSocket::connect(folder / "socket").closed());
}

TEST_CASE("a stale socket, a file and a dangling link are replaced; what the link names is left alone") {
  const TestFolder folder;
  for (int i = 0; i < 2; ++i) REQUIRE(listen_at(folder / "twice", 0777));
  folder.write("file", "old");
  REQUIRE(listen_at(folder / "file", 0777));
  folder.write("target", "precious");
  std::filesystem::create_symlink(folder / "target", folder / "link");
  REQUIRE(listen_at(folder / "link", 0777));
  CHECK(folder.read("target") == "precious");
  CHECK(std::filesystem::is_socket(folder / "link"));
}

TEST_CASE("a directory in its place is named, not removed") {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "socket");
  const auto socket = listen_at(folder / "socket", 0777);
  REQUIRE(!socket);
  CHECK(contains(socket.error().message, folder / "socket"));
  CHECK(contains(socket.error().message, "is a directory"));
  CHECK(std::filesystem::is_directory(folder / "socket"));
}

TEST_CASE("a path that no socket can have, and a folder that is not there, are errors that name it") {
  const TestFolder folder;
  const auto long_path = listen_at(folder / std::string(120, 'x'), 0777);
  REQUIRE(!long_path);
  CHECK(long_path.error().code == ErrorCode::kUsage);
  CHECK(contains(long_path.error().message, "107 bytes"));
  const auto missing = listen_at(folder / "none/socket", 0777);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(contains(missing.error().message, folder / "none/socket"));
}

TEST_CASE("the limits follow the descriptor limit of the process and leave some for the GPUs") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const ServerLimits limits = limits_of_process();
  rlimit after{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur >= std::min<rlim_t>(before.rlim_max, 65'536));
  CHECK(limits.connections_max < after.rlim_cur);
  CHECK(limits.connections_max <= 65'536);
  CHECK(limits.connections_per_uid < limits.connections_max);
  CHECK(limits.stalled_per_uid <= 256);
  CHECK(limits.stalled_per_uid <= limits.connections_per_uid / 2);
  ::setrlimit(RLIMIT_NOFILE, &before);
}
