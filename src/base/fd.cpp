#include "base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nvstack {

Error errno_error(int number, const std::string& what) {
  ErrorCode code = ErrorCode::kIo;
  std::string hint;
  if (number == ENOENT || number == ENOTDIR || number == ENXIO || number == ENODEV)
    code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM) code = ErrorCode::kDenied, hint = "run it as root";
  return {code, "cannot " + what + ": " + std::strerror(number), hint, {}};
}

Status write_file_atomically(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path + ".new." + std::to_string(::getpid());
  Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.valid()) return fail(errno_error(errno, "create " + temporary));
  int failed = 0;
  while (!bytes.empty() && failed == 0) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failed = errno;
    }
  }
  if (failed == 0 && ::fsync(file.number()) != 0) failed = errno;
  if (failed == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed == 0) return {};
  ::unlink(temporary.c_str());
  return fail(errno_error(failed, "write " + path));
}

}  // namespace nvstack
