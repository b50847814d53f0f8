#include "persist/watch.hpp"

#include <linux/netlink.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr unsigned kKernelGroup = 1;
constexpr int kMessagesPerTurn = 256;

Fd open_uevents() {
  Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK, address.nl_groups = kKernelGroup;
  if (!socket.valid() ||
      ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Fd();
  return socket;
}

}  // namespace

bool concerns_gpus(std::string_view message) {
  const auto words = split(message, '\0');
  if (contains(words[0], "/module/nvidia") || contains(words[0], "/bus/pci/drivers/nvidia")) return true;
  for (const std::string_view word : words)
    if (word == "DRIVER=nvidia" || word.starts_with("PCI_ID=10DE:")) return true;
  return false;
}

Watch::Watch(const std::string& device_folder) : uevents_(open_uevents()) {
  folder_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (folder_.valid() &&
      ::inotify_add_watch(folder_.number(), device_folder.c_str(),
                          IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0)
    folder_.reset();
}

bool Watch::take_uevents() const {
  bool found = false;
  std::array<char, 8192> buffer;
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    sockaddr_nl sender{};
    socklen_t size = sizeof sender;
    const ssize_t count = ::recvfrom(uevents_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&sender), &size);
    if (count < 0 && errno == ENOBUFS) {  // messages were lost: one of them may have been ours
      found = true;
      continue;
    }
    if (count <= 0) break;
    // Processes may send to this group too; only the kernel has the port number 0.
    if (sender.nl_pid == 0 && concerns_gpus({buffer.data(), static_cast<std::size_t>(count)})) found = true;
  }
  return found;
}

bool Watch::take_folder_events() const {
  bool found = false;
  alignas(inotify_event) std::array<char, 8192> buffer;
  ssize_t count = 0;
  while ((count = ::read(folder_.number(), buffer.data(), buffer.size())) > 0) {
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= count;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      if (event.mask & IN_Q_OVERFLOW || (event.len > 0 && std::string_view(name).starts_with("nvidia")))
        found = true;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  return found;
}

}  // namespace nvstack::persist
