// The half of FuseNodes that moves bytes: read, write, ioctl, poll.
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "virt/fuse_nodes.hpp"
#include "virt/fuse_request.hpp"

namespace nvstack::virt {

void FuseNodes::read(const Request& request) {
  fuse_read_in in{};
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  const auto open = opens_.find(in.fh);
  const auto file = files_.find(request.head.nodeid);
  if (open == opens_.end() || file == files_.end()) return reply(request.head.unique, ENODEV);
  if (open->second.who.path == kKernelLog)
    return read_log(request, open->second, (in.flags & O_NONBLOCK) != 0);
  if (is_device(open->second.who.path)) return reply(request.head.unique, EINVAL);  // as nvidia.ko: no read
  const std::string_view text = file->second.node.content;
  reply(request.head.unique, 0, text.substr(std::min<std::size_t>(in.offset, text.size()), in.size));
}

/// A record a read, as the kernel's own: whoever waits for the next one is woken by it.
void FuseNodes::read_log(const Request& request, Open& open, bool nonblocking) {
  const std::string& log = files_[open.number].node.content;
  if (open.position >= log.size()) {
    if (nonblocking) return reply(request.head.unique, EAGAIN);
    pending_[request.head.unique] = {Wait::kRead, open.who.id, 0};
    return;
  }
  const std::size_t end = std::min(log.find('\n', open.position), log.size() - 1);
  const std::string record = log.substr(open.position, end + 1 - open.position);
  open.position = end + 1;
  reply(request.head.unique, 0, record);
}

void FuseNodes::feed_log_readers(std::uint64_t number) {
  const std::string& log = files_[number].node.content;
  for (auto at = pending_.begin(); at != pending_.end();) {
    const auto open = opens_.find(at->second.open_id);
    const bool fed =
        at->second.wait == Wait::kRead && open != opens_.end() && open->second.position < log.size();
    if (!fed) {
      ++at;
      continue;
    }
    Open& reader = open->second;
    const std::size_t end = std::min(log.find('\n', reader.position), log.size() - 1);
    reply(at->first, 0, std::string_view(log).substr(reader.position, end + 1 - reader.position));
    reader.position = end + 1;
    at = pending_.erase(at);
  }
  for (auto& [id, open] : opens_)
    if (open.number == number && open.position < log.size()) wake(id, POLLIN | POLLRDNORM);
}

void FuseNodes::write(const Request& request, const NodeEvents& events) {
  fuse_write_in in{};
  if (!request.take(in) || request.body.size() < sizeof in + in.size)
    return reply(request.head.unique, EINVAL);
  const auto open = opens_.find(in.fh);
  if (open == opens_.end() || !files_.contains(request.head.nodeid))
    return reply(request.head.unique, ENODEV);
  if (is_device(open->second.who.path)) return reply(request.head.unique, EINVAL);  // as nvidia.ko: no write
  std::string_view text = request.body.substr(sizeof in, in.size);
  if (text.ends_with('\n')) text.remove_suffix(1);
  NodeOpen who = open->second.who;
  who.pid = request.head.pid, who.uid = request.head.uid;
  const Pending pending{Wait::kWrite, who.id, in.size};
  const int code = events.written ? events.written(who, text, request.head.unique) : 0;
  if (code == kLater) {
    pending_[request.head.unique] = pending;
  } else {
    finish(request.head.unique, pending, code, {});
  }
}

void FuseNodes::control(const Request& request, const NodeEvents& events) {
  fuse_ioctl_in in{};
  if (!request.take(in) || request.body.size() < sizeof in + in.in_size)
    return reply(request.head.unique, EINVAL);
  const auto open = opens_.find(in.fh);
  if (open == opens_.end()) return reply(request.head.unique, ENODEV);
  if (in.flags & FUSE_IOCTL_DIR || !events.controlled) return reply(request.head.unique, ENOTTY);
  std::string argument(request.body.substr(sizeof in, in.in_size));
  NodeOpen who = open->second.who;
  who.pid = request.head.pid, who.uid = request.head.uid;
  const Pending pending{Wait::kControl, who.id, in.out_size};
  const int code = events.controlled(who, in.cmd, argument, request.head.unique);
  if (code == kLater) {
    pending_[request.head.unique] = pending;
  } else {
    finish(request.head.unique, pending, code, argument);
  }
}

void FuseNodes::poll(const Request& request) {
  fuse_poll_in in{};
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  const auto open = opens_.find(in.fh);
  if (open == opens_.end()) return reply(request.head.unique, ENODEV);
  if (in.flags & FUSE_POLL_SCHEDULE_NOTIFY) open->second.poll_handle = in.kh;
  unsigned ready = open->second.ready;
  if (open->second.who.path == kKernelLog)
    ready = open->second.position < files_[open->second.number].node.content.size() ? POLLIN | POLLRDNORM : 0;
  fuse_poll_out out{};
  out.revents = ready & (in.events | POLLERR | POLLHUP);
  reply(request.head.unique, 0, std::string_view(reinterpret_cast<const char*>(&out), sizeof out));
}

}  // namespace nvstack::virt
