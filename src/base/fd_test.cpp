// Goal: a descriptor is closed once, errno becomes the right code, a failed write leaves nothing behind.
#include "base/fd.hpp"

#include <doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"

using namespace nvstack;
namespace fs = std::filesystem;

namespace {
bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}
struct Folder {
  std::string path = fs::temp_directory_path() / ("nvstack-fd-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};
}  // namespace

TEST_CASE("a descriptor is closed by its owner, and moves leave nothing to close") {
  int number = -1;
  {
    Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first.valid());
    number = first.number();
    Fd second(std::move(first));
    CHECK(!first.valid());
    CHECK(second.number() == number);
    CHECK(is_open(number));
  }
  CHECK(!is_open(number));
  CHECK(!Fd().valid());
}

TEST_CASE("assignment closes what was held; release gives it away") {
  Fd held(::open("/dev/null", O_RDONLY | O_CLOEXEC)), other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int old = held.number(), kept = other.number();
  held = std::move(other);
  CHECK(!is_open(old));
  CHECK(held.number() == kept);
  Fd& same = held;
  held = std::move(same);
  CHECK(is_open(kept));
  const int given = held.release();
  held.reset();
  CHECK(is_open(given));
  ::close(given);
}

TEST_CASE("errno tells not found, denied and the rest apart") {
  CHECK(errno_error(ENOENT, "open /a").message == "cannot open /a: No such file or directory");
  for (const int number : {ENOTDIR, ENXIO, ENODEV})
    CHECK(errno_error(number, "x").code == ErrorCode::kNotFound);
  for (const int number : {EACCES, EPERM}) {
    CHECK(errno_error(number, "x").code == ErrorCode::kDenied);
    CHECK(errno_error(number, "x").hint == "run it as root");
  }
  CHECK(errno_error(EIO, "x").code == ErrorCode::kIo);
  CHECK(errno_error(EIO, "x").hint.empty());
}

TEST_CASE("a written file has its bytes and its mode, whatever stood there") {
  const Folder folder;
  const std::string path = folder.path + "/file", bytes = std::string("a\0b", 3) + std::string(300'000, 'x');
  ::umask(022);
  REQUIRE(write_file_atomically(path, "old", 0600));
  struct stat info {};
  ::stat(path.c_str(), &info);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(write_file_atomically(path, bytes));
  std::ifstream file(path, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == bytes);
  REQUIRE(write_file_atomically(path, ""));
  CHECK(fs::file_size(path) == 0);
  CHECK(folder.count() == 1);
}

TEST_CASE("a write that fails names its file and leaves no temporary") {
  const Folder folder;
  fs::create_directories(folder.path + "/taken/full");
  const auto done = write_file_atomically(folder.path + "/taken", "x");
  REQUIRE(!done);
  CHECK(contains(done.error().message, "cannot write " + folder.path + "/taken: "));
  CHECK(folder.count() == 1);
}
