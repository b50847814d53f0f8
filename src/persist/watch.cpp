#include "persist/watch.hpp"

#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr unsigned kKernelGroup = 1;
constexpr int kMessagesPerTurn = 256;

constexpr unsigned four(const char* text) {
  unsigned word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(text[i]);
  return word;
}

/// Runs in the kernel, so that a busy machine (every mount makes events of its own) does not wake us:
/// "ACTION@PATH" is let through for /bus, /module/nvid* and for /devices that are not virtual.
std::vector<sock_filter> uevent_filter() {
  const auto load_byte = [](unsigned at) -> sock_filter { return BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at); };
  const auto load_word = [](unsigned at) -> sock_filter { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at); };
  const auto equal = [](unsigned value, unsigned char yes, unsigned char no) -> sock_filter {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
  };
  const sock_filter take = BPF_STMT(BPF_RET | BPF_K, ~0u), drop = BPF_STMT(BPF_RET | BPF_K, 0);
  std::vector<sock_filter> program;
  for (const unsigned path : {4u, 5u, 7u, 8u}) {  // behind add@, bind@, remove@, offline@
    const sock_filter part[] = {
        load_byte(path - 1),
        equal('@', 0, 10),  // not here: the next length of action
        load_word(path),
        equal(four("/bus"), 6, 0),  //
        equal(four("/mod"), 0, 2),
        load_word(path + 8),  // "/module/"
        equal(four("nvid"), 3, 4),
        equal(four("/dev"), 0, 3),
        load_word(path + 9),
        equal(four("virt"), 1, 0),  // "/devices/"
        take,
        drop,
    };
    program.insert(program.end(), std::begin(part), std::end(part));
  }
  program.push_back(drop);
  return program;
}

Fd open_uevents() {
  Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK, address.nl_groups = kKernelGroup;
  if (!socket.valid() ||
      ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Fd();
  attach_uevent_filter(socket.number());  // without it we wake more often, and that is all
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

bool attach_uevent_filter(int socket) {
  std::vector<sock_filter> program = uevent_filter();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
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
