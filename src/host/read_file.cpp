// Bounded reading of an open file: the part of live_host.hpp that knows nothing of roots.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "host/live_host.hpp"

namespace nvstack::host {

namespace {

constexpr std::chrono::milliseconds kReadDeadline{5000};
constexpr std::size_t kChunkBytes = 1u << 20;
using Clock = std::chrono::steady_clock;

/// One read(2) that waits no longer than the deadline on a pipe or a /proc file that has nothing to give.
Result<std::size_t> read_some(int number, char* buffer, std::size_t size, const std::string& path,
                              Clock::time_point end) {
  while (true) {
    const ssize_t count = ::read(number, buffer, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(errno_error(errno, "read " + path));
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wait{number, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0)
      return fail(ErrorCode::kTimedOut, path + " gave no byte within 5 seconds");
  }
}

}  // namespace

Result<std::string> read_open_file(int number, const std::string& path, const ReadLimits& limits) {
  struct stat info {};
  if (::fstat(number, &info) != 0) return fail(errno_error(errno, "look at " + path));
  if (S_ISDIR(info.st_mode)) return fail(ErrorCode::kMalformed, path + " is a directory, not a file");
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) || S_ISFIFO(info.st_mode))
    return fail(ErrorCode::kMalformed, path + " is a device or a pipe, not a file");
  const bool keep_end = limits.excess == ReadLimits::Excess::kKeepEnd;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (keep_end && size > limits.bytes_max)
    ::lseek(number, static_cast<off_t>(size - limits.bytes_max), SEEK_SET);
  const auto end = Clock::now() + kReadDeadline;
  std::string bytes;
  std::size_t used = 0;
  while (true) {
    // One byte more than allowed tells a file at the limit from one beyond it.
    const std::size_t want = std::min<std::size_t>(keep_end ? kChunkBytes : limits.bytes_max - used,
                                                   std::clamp<std::size_t>(used, 16383, kChunkBytes)) +
                             1;
    bytes.resize(used + want);
    const std::size_t count = TRY(read_some(number, bytes.data() + used, want, path, end));
    used += count;
    if (count == 0) break;
    if (used > limits.bytes_max && !keep_end) break;
    if (used > limits.bytes_max) {  // its size was not known before (/proc), or it grows
      bytes.erase(0, used - limits.bytes_max);
      used = limits.bytes_max;
    }
    if (Clock::now() > end) return fail(ErrorCode::kTimedOut, "reading " + path + " took over 5 seconds");
  }
  if (used > limits.bytes_max && limits.excess == ReadLimits::Excess::kRefuse)
    return fail(ErrorCode::kTooLarge, path + " is larger than the " + std::to_string(limits.bytes_max) +
                                          " bytes that belong there");
  bytes.resize(std::min(used, limits.bytes_max));
  return bytes;
}

}  // namespace nvstack::host
