#include "persist/runtime.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nvstack::persist {

namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kPidMode = 0644;

tl::unexpected<Error> original_words(const std::string& what, int number) {
  return fail(number == EACCES || number == EPERM ? ErrorCode::kDenied : ErrorCode::kIo,
              what + ": " + std::strerror(number),
              "let systemd make the directory (RuntimeDirectory=nvidia-persistenced), or start it as root "
              "with --user");
}

}  // namespace

void Runtime::prepare(const Identity& identity, Log& log) {
  made_ = ::mkdir(folder_.c_str(), kFolderMode) == 0;
  if (!made_ && errno != EEXIST)
    log.write(Level::kWarning, "Failed to create directory " + folder_ + ": " + std::strerror(errno));
  if (!made_) log.write(Level::kInformation, "Directory " + folder_ + " will not be removed on exit");
  struct stat found {};
  if (!identity.change || ::stat(folder_.c_str(), &found) != 0) return;
  if (found.st_uid == identity.uid && found.st_gid == identity.gid) return;
  if (::chown(folder_.c_str(), identity.uid, identity.gid) != 0)
    log.write(Level::kWarning, "Failed to change ownership of " + folder_ + ": " + std::strerror(errno));
}

Status Runtime::lock() {
  if (::access(folder_.c_str(), R_OK | W_OK) != 0)
    return original_words("Unable to access " + folder_, errno);
  pid_file_ =
      Fd(::open(pid_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kPidMode));
  if (!pid_file_.valid()) return original_words("Failed to open PID file", errno);
  if (::lockf(pid_file_.number(), F_TLOCK, 0) != 0) {
    const int number = errno;
    pid_file_.reset();
    return original_words("Failed to lock PID file", number);
  }
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(pid_file_.number(), 0) != 0 ||
      ::write(pid_file_.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return original_words("Failed to update PID file", errno);
  return {};
}

std::string Runtime::removes_below() const {
  const std::size_t slash = folder_.rfind('/');
  if (!made_ || slash == std::string::npos) return "";
  return folder_.substr(0, std::max<std::size_t>(slash, 1));
}

void Runtime::clean(Log& log) {
  if (pid_file_.valid()) {
    // Unlinked while it is locked: a successor that starts now makes a file of its own.
    if (::unlink(pid_path().c_str()) != 0)
      log.write(Level::kError, std::string("Failed to unlink PID file: ") + std::strerror(errno));
    [[maybe_unused]] const int unlocked = ::lockf(pid_file_.number(), F_ULOCK, 0);
    log.write(Level::kInformation, "PID file unlocked.");
    pid_file_.reset();
    log.write(Level::kInformation, "PID file closed.");
  }
  if (!made_ || ::rmdir(folder_.c_str()) == 0 || errno == ENOENT) return;
  if (errno == EACCES || errno == EPERM)
    log.write({Level::kNotice,
               "The daemon no longer has permission to remove its runtime data directory " + folder_,
               true,
               {}});
  else
    log.write(Level::kWarning,
              std::string("Failed to remove runtime data directory: ") + std::strerror(errno));
}

}  // namespace nvstack::persist
