#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "persist/server.hpp"

namespace nvstack::persist {

namespace {

constexpr rlim_t kDescriptorsMax = 65'536;
constexpr std::size_t kDescriptorsReserved = 64;  // GPUs, log, signals, the library's own
constexpr int kBacklog = 4096;                    // the kernel cuts it to net.core.somaxconn

}  // namespace

ServerLimits limits_of_process() {
  rlimit limit{};
  ServerLimits limits;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return limits;
  const rlim_t wanted = std::min(limit.rlim_max, kDescriptorsMax);
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  const auto all = static_cast<std::size_t>(std::min(limit.rlim_cur, kDescriptorsMax));
  limits.connections_max =
      all > 2 * kDescriptorsReserved ? all - kDescriptorsReserved : std::max<std::size_t>(all / 2, 8);
  limits.connections_per_uid = std::max<std::size_t>(limits.connections_max * 3 / 4, 4);
  limits.stalled_per_uid = std::min<std::size_t>(256, limits.connections_per_uid / 2);
  return limits;
}

Result<Fd> listen_at(const std::string& path, mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kUsage, "the socket path " + path + " is longer than the " +
                                       std::to_string(sizeof address.sun_path - 1) +
                                       " bytes that a socket may have");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode))
    return fail(ErrorCode::kIo,
                path + " is a directory; a container that was started first made it: remove it");
  ::unlink(path.c_str());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return fail(errno_error(errno, "create a socket"));
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(errno_error(errno, "bind " + path));
  if (::chmod(path.c_str(), mode) != 0) return fail(errno_error(errno, "set the mode of " + path));
  if (::listen(socket.number(), kBacklog) != 0) return fail(errno_error(errno, "listen at " + path));
  return socket;
}

}  // namespace nvstack::persist
