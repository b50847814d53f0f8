#include "persist/notify.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr int kBarrierMs = 5000;
constexpr int kFirstInherited = 3;
constexpr std::uint64_t kInheritedMax = 512;
constexpr std::string_view kGpuPrefix = "gpu-";

}  // namespace

Notifier::Notifier(std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.valid() && ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
    socket_ = std::move(socket);
}

void Notifier::send_with(std::string_view text, int fd) const {
  if (!active()) return;
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part, message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (fd >= 0) {
    message.msg_control = control.data(), message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
}

void Notifier::store(const std::string& name, int fd) const {
  send_with("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, fd);
  barrier();
}

void Notifier::remove(const std::string& name) const {
  send("FDSTOREREMOVE=1\nFDNAME=" + name);
  barrier();
}

/// The manager closes the write end once it has done everything that was sent before.
void Notifier::barrier() const {
  if (!active()) return;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  send_with("BARRIER=1", write_end.number());
  write_end.reset();
  pollfd wait{read_end.number(), POLLIN, 0};
  ::poll(&wait, 1, kBarrierMs);
}

std::string store_name(const GpuAddress& gpu) {
  return std::string(kGpuPrefix) + replace_all(render_address(gpu), ":", ".");
}

std::optional<GpuAddress> parse_store_name(std::string_view name) {
  if (!name.starts_with(kGpuPrefix)) return {};
  std::string address(name.substr(kGpuPrefix.size()));
  // "0000.10.00.0": the last dot is the function's own.
  const std::size_t function = address.rfind('.');
  if (function == std::string::npos) return {};
  for (std::size_t i = 0; i < function; ++i)
    if (address[i] == '.') address[i] = ':';
  return parse_address(address);
}

std::vector<Inherited> take_inherited(std::string_view pid, std::string_view count, std::string_view names) {
  std::vector<Inherited> taken;
  const auto number = parse_uint(count), process = parse_uint(pid);
  if (!number || !process || *process != static_cast<std::uint64_t>(::getpid())) return taken;
  const auto words = split(names, ':');
  for (std::uint64_t i = 0; i < std::min(*number, kInheritedMax); ++i) {
    const int fd = kFirstInherited + static_cast<int>(i);
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) continue;
    taken.push_back({Fd(fd), i < words.size() ? std::string(words[i]) : ""});
  }
  return taken;
}

}  // namespace nvstack::persist
