#include "supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/text.hpp"

namespace harness {

Supervisor::Supervisor(const std::string& socket_path) : path_(socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  thread_ = std::thread([this] { serve(); });
}

Supervisor::~Supervisor() {
  ending_ = true;
  thread_.join();
}

void Supervisor::serve() {
  while (!ending_) {
    pollfd wait{socket_.number(), POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    char text[4096];
    iovec part{text, sizeof text};
    alignas(cmsghdr) char control[256];
    msghdr message{};
    message.msg_iov = &part, message.msg_iovlen = 1;
    message.msg_control = control, message.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(socket_.number(), &message, MSG_CMSG_CLOEXEC);
    if (count < 0) continue;
    std::vector<Fd> fds;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_type != SCM_RIGHTS) continue;
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      fds.emplace_back(fd);
    }
    take({text, static_cast<std::size_t>(count)}, std::move(fds));
  }
}

/// A barrier's descriptor is closed here, when everything before it has been done.
void Supervisor::take(const std::string& text, std::vector<Fd> fds) {
  const std::lock_guard lock(mutex_);
  messages_ += text + "\n";
  std::string name;
  for (const std::string_view line : nvstack::split_lines(text))
    if (line.starts_with("FDNAME=")) name = std::string(line.substr(7));
  if (nvstack::contains(text, "FDSTOREREMOVE=1"))
    store_.erase(name);
  else if (nvstack::contains(text, "FDSTORE=1"))
    for (Fd& fd : fds) store_.emplace(name, std::move(fd));
}

void Supervisor::attach(TestDaemon& daemon, int listening) {
  daemon.environment["NOTIFY_SOCKET"] = path_;
  std::vector<int> numbers;
  std::string names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, fd] : store_) numbers.push_back(fd.number()), names += name + ":";
  }
  if (listening >= 0) numbers.push_back(listening), names += "socket:";
  daemon.environment.erase("LISTEN_FDS");
  if (numbers.empty()) return daemon.before_exec = nullptr, void();
  if (!names.empty()) names.pop_back();
  daemon.environment["LISTEN_FDS"] = std::to_string(numbers.size());
  daemon.environment["LISTEN_FDNAMES"] = names;
  daemon.before_exec = [numbers] {
    // Out of the way first: a target number may be one of those that are still to be copied.
    std::vector<int> high;
    for (const int number : numbers) high.push_back(::fcntl(number, F_DUPFD, 400));
    for (std::size_t i = 0; i < high.size(); ++i) ::dup2(high[i], static_cast<int>(3 + i)), ::close(high[i]);
  };
}

std::string Supervisor::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

void Supervisor::forget_messages() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
}

std::vector<std::string> Supervisor::stored() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, fd] : store_) names.push_back(name);
  return names;
}

void Supervisor::empty_store() {
  const std::lock_guard lock(mutex_);
  store_.clear();
}

}  // namespace harness
