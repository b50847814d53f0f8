#include "virt/fuse_nodes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/text.hpp"
#include "virt/fuse_request.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kRequestBytesMax = FUSE_MIN_READ_BUFFER + (64u << 10);
constexpr std::size_t kWriteBytesMax = 64u << 10;
constexpr std::size_t kOpensMax = 100'000;

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

fuse_attr attributes(std::uint64_t number, const Node& node, std::int64_t made_s) {
  fuse_attr attr{};
  attr.atime = attr.mtime = attr.ctime = static_cast<std::uint64_t>(made_s);
  attr.ino = number;
  attr.mode = S_IFREG | node.mode;
  attr.nlink = 1;
  attr.uid = node.uid, attr.gid = node.gid;
  attr.blksize = 4096;
  return attr;
}

fuse_entry_out entry(std::uint64_t number, const Node& node, std::int64_t made_s) {
  fuse_entry_out out{};
  out.nodeid = number;
  out.entry_valid = 1;
  out.attr = attributes(number, node, made_s);
  return out;
}

}  // namespace

Status FuseNodes::mount(const std::string& folder) {
  device_ = Fd(::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!device_.valid()) return fail(errno_error(errno, "open /dev/fuse"));
  const std::string options = "fd=" + std::to_string(device_.number()) +
                              ",rootmode=40000,user_id=" + std::to_string(::getuid()) +
                              ",group_id=" + std::to_string(::getgid()) + ",default_permissions,allow_other";
  if (::mount("nvstack-virt", folder.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    const int failed = errno;
    device_.reset();
    return fail(errno_error(failed, "mount a FUSE file system on " + folder));
  }
  deferred_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  waiting_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!deferred_.valid() || !waiting_.valid()) return fail(errno_error(errno, "make the event descriptors"));
  for (const Fd* source : {&device_, &deferred_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(waiting_.number(), EPOLL_CTL_ADD, source->number(), &event) != 0)
      return fail(errno_error(errno, "wait for FUSE requests"));
  }
  return {};
}

std::uint64_t FuseNodes::set(const std::string& path, const Node& node) {
  const auto [at, is_new] = numbers_.try_emplace(path, next_number_);
  if (is_new) ++next_number_;
  files_[at->second] = {path, node, std::time(nullptr)};
  if (path == kKernelLog) feed_log_readers(at->second);
  return at->second;
}

void FuseNodes::remove(const std::string& path) {
  const auto at = numbers_.find(path);
  if (at == numbers_.end()) return;
  files_.erase(at->second);
  numbers_.erase(at);
}

Status FuseNodes::serve(const NodeEvents& events, Effects effects) {
  std::uint64_t count = 0;
  if (effects == Effects::kAll && ::read(deferred_.number(), &count, sizeof count) > 0) {
    while (!later_.empty()) {
      const std::string raw = std::move(later_.front());
      later_.pop_front();
      Request request{{}, std::string_view(raw).substr(sizeof(fuse_in_header))};
      std::memcpy(&request.head, raw.data(), sizeof request.head);
      handle(request, events);
    }
  }
  std::string raw;
  for (;;) {
    raw.resize(kRequestBytesMax);
    const ssize_t size = ::read(device_.number(), raw.data(), raw.size());
    if (size < 0 && (errno == EINTR || errno == ENOENT)) continue;  // ENOENT: it was taken back
    if (size < 0 && errno == EAGAIN) return {};
    if (size < 0) return fail(errno_error(errno, "read a FUSE request"));
    raw.resize(static_cast<std::size_t>(size));
    Request request;
    if (raw.size() < sizeof request.head)
      return fail(ErrorCode::kMalformed, "the kernel sent half a FUSE request");
    std::memcpy(&request.head, raw.data(), sizeof request.head);
    request.body = std::string_view(raw).substr(sizeof request.head);
    const unsigned op = request.head.opcode;
    const bool quiet = op == FUSE_INIT || op == FUSE_LOOKUP || op == FUSE_GETATTR || op == FUSE_FORGET ||
                       op == FUSE_BATCH_FORGET || op == FUSE_STATFS || op == FUSE_OPENDIR ||
                       op == FUSE_READDIRPLUS;
    if (effects == Effects::kQuiet && !quiet) {
      later_.push_back(raw);
      const std::uint64_t one = 1;
      if (::write(deferred_.number(), &one, sizeof one) < 0)
        return fail(errno_error(errno, "defer a FUSE request"));
      continue;
    }
    handle(request, events);
  }
}

void FuseNodes::handle(const Request& request, const NodeEvents& events) {
  switch (request.head.opcode) {
    case FUSE_INIT: return initialize(request);
    case FUSE_LOOKUP: return look_up(request);
    case FUSE_READDIRPLUS: return list(request);
    case FUSE_GETATTR: return get_attributes(request);
    case FUSE_SETATTR: return set_attributes(request);
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET: return;  // the kernel expects no reply
    case FUSE_STATFS: return reply(request.head.unique, 0, bytes_of(fuse_statfs_out{}));
    case FUSE_DESTROY: return reply(request.head.unique, 0);
    default: return handle_file(request, events);
  }
}

void FuseNodes::handle_file(const Request& request, const NodeEvents& events) {
  switch (request.head.opcode) {
    case FUSE_OPEN: return open(request, events);
    case FUSE_RELEASE: return release(request, events);
    case FUSE_READ: return read(request);
    case FUSE_WRITE: return write(request, events);
    case FUSE_IOCTL: return control(request, events);
    case FUSE_POLL: return poll(request);
    case FUSE_INTERRUPT: return interrupt(request, events);
    default: return reply(request.head.unique, ENOSYS);  // the kernel does not ask again
  }
}

void FuseNodes::reply(std::uint64_t unique, int code, std::string_view body) {
  fuse_out_header head{};
  head.len = static_cast<std::uint32_t>(sizeof head + body.size());
  head.error = -code;
  head.unique = unique;
  iovec parts[2] = {{&head, sizeof head}, {const_cast<char*>(body.data()), body.size()}};
  // ENOENT: the caller was interrupted meanwhile; nobody waits for this reply.
  while (::writev(device_.number(), parts, body.empty() ? 1 : 2) < 0 && errno == EINTR) {
  }
}

void FuseNodes::initialize(const Request& request) {
  fuse_init_out out{};
  out.major = FUSE_KERNEL_VERSION;
  out.minor = FUSE_KERNEL_MINOR_VERSION;
  out.max_readahead = 0;
  out.flags = FUSE_DO_READDIRPLUS;
  out.max_background = 64, out.congestion_threshold = 48;
  out.max_write = kWriteBytesMax;
  out.time_gran = 1;
  reply(request.head.unique, 0, bytes_of(out));
}

void FuseNodes::look_up(const Request& request) {
  const std::string_view name = request.body.substr(0, request.body.find('\0'));
  const auto number = parse_uint(name);
  const auto at = number ? files_.find(*number) : files_.end();
  if (request.head.nodeid != FUSE_ROOT_ID || at == files_.end()) return reply(request.head.unique, ENOENT);
  const fuse_entry_out out = entry(at->first, at->second.node, at->second.made_s);
  reply(request.head.unique, 0, bytes_of(out));
}

/// The folder with all that a look at each file would tell: who binds many asks once.
void FuseNodes::list(const Request& request) {
  fuse_read_in in{};
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  if (request.head.nodeid != FUSE_ROOT_ID) return reply(request.head.unique, ENOTDIR);
  std::string body;
  for (auto at = files_.upper_bound(in.offset); at != files_.end(); ++at) {
    const std::string name = std::to_string(at->first);
    fuse_direntplus line{};
    line.entry_out = entry(at->first, at->second.node, at->second.made_s);
    line.dirent.ino = line.dirent.off = at->first;
    line.dirent.namelen = static_cast<std::uint32_t>(name.size());
    line.dirent.type = S_IFREG >> 12;
    const std::size_t begin = body.size(),
                      bytes = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + name.size());
    if (begin + bytes > in.size) break;
    body.append(reinterpret_cast<const char*>(&line), FUSE_NAME_OFFSET_DIRENTPLUS).append(name);
    body.resize(begin + bytes);
  }
  reply(request.head.unique, 0, body);
}

void FuseNodes::get_attributes(const Request& request) {
  fuse_attr_out out{};
  const auto at = files_.find(request.head.nodeid);
  if (request.head.nodeid == FUSE_ROOT_ID) {
    out.attr.ino = FUSE_ROOT_ID;
    out.attr.mode = S_IFDIR | 0755;
    out.attr.nlink = 2;
    out.attr_valid = 3600;  // every binding walks through it
  } else if (at != files_.end()) {
    out.attr = attributes(at->first, at->second.node, at->second.made_s);
  } else {
    // Removed, but still held open somewhere.
    out.attr.ino = request.head.nodeid;
    out.attr.mode = S_IFREG;
  }
  reply(request.head.unique, 0, bytes_of(out));
}

/// chmod and chown are kept; a new length means nothing to a device or a control file.
void FuseNodes::set_attributes(const Request& request) {
  fuse_setattr_in in{};
  const auto at = files_.find(request.head.nodeid);
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  if (at == files_.end()) return reply(request.head.unique, ENODEV);
  if (in.valid & FATTR_MODE) at->second.node.mode = in.mode & 07777u;
  if (in.valid & FATTR_UID) at->second.node.uid = in.uid;
  if (in.valid & FATTR_GID) at->second.node.gid = in.gid;
  fuse_attr_out out{};
  out.attr = attributes(at->first, at->second.node, at->second.made_s);
  reply(request.head.unique, 0, bytes_of(out));
}

void FuseNodes::reply_open(std::uint64_t unique, std::uint64_t open_id) {
  fuse_open_out out{};
  out.fh = open_id;
  out.open_flags = FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE;
  // A log and a control file are read from their start again.
  if (const auto at = opens_.find(open_id); at != opens_.end() && !is_device(at->second.who.path))
    out.open_flags = FOPEN_DIRECT_IO;
  reply(unique, 0, bytes_of(out));
}

void FuseNodes::open(const Request& request, const NodeEvents& events) {
  fuse_open_in in{};
  const auto file = files_.find(request.head.nodeid);
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  if (file == files_.end()) return reply(request.head.unique, ENXIO);
  if (opens_.size() >= kOpensMax) return reply(request.head.unique, ENFILE);
  Open made;
  made.who = {next_open_++, file->second.path, request.head.pid, request.head.uid,
              (in.flags & O_NONBLOCK) != 0};
  made.number = file->first;
  const std::uint64_t id = made.who.id;
  const NodeOpen who = made.who;
  opens_[id] = std::move(made);
  const int code = is_device(who.path) && events.opened ? events.opened(who, request.head.unique) : 0;
  if (code == kLater) {
    pending_[request.head.unique] = {Wait::kOpen, id, 0};
    return;
  }
  if (code == 0) return reply_open(request.head.unique, id);
  opens_.erase(id);
  reply(request.head.unique, code);
}

void FuseNodes::release(const Request& request, const NodeEvents& events) {
  fuse_release_in in{};
  if (!request.take(in)) return reply(request.head.unique, EINVAL);
  reply(request.head.unique, 0);
  const auto at = opens_.find(in.fh);
  if (at == opens_.end()) return;
  const NodeOpen who = at->second.who;
  opens_.erase(at);
  if (is_device(who.path) && events.released) events.released(who);
}

void FuseNodes::interrupt(const Request& request, const NodeEvents& events) {
  fuse_interrupt_in in{};
  if (!request.take(in)) return;
  const auto at = pending_.find(in.unique);
  if (at == pending_.end()) return;
  const Pending pending = at->second;
  pending_.erase(at);
  reply(in.unique, EINTR);
  const auto open = opens_.find(pending.open_id);
  if (pending.wait != Wait::kOpen || open == opens_.end()) return;
  const NodeOpen who = open->second.who;
  opens_.erase(open);
  if (events.released) events.released(who);
}

void FuseNodes::answer(std::uint64_t ticket, int code, std::string_view argument) {
  const auto at = pending_.find(ticket);
  if (at == pending_.end()) return;
  const Pending pending = at->second;
  pending_.erase(at);
  finish(ticket, pending, code, argument);
}

void FuseNodes::finish(std::uint64_t unique, const Pending& pending, int code, std::string_view argument) {
  if (code != 0) {
    if (pending.wait == Wait::kOpen) opens_.erase(pending.open_id);
    return reply(unique, code);
  }
  switch (pending.wait) {
    case Wait::kOpen: return reply_open(unique, pending.open_id);
    case Wait::kWrite: {
      fuse_write_out out{};
      out.size = static_cast<std::uint32_t>(pending.bytes);
      return reply(unique, 0, bytes_of(out));
    }
    case Wait::kControl: {
      std::string body(bytes_of(fuse_ioctl_out{}));
      body += argument.substr(0, pending.bytes);
      return reply(unique, 0, body);
    }
    case Wait::kRead: return reply(unique, 0, argument);
  }
}

void FuseNodes::wake(std::uint64_t open_id, unsigned poll_events) {
  const auto at = opens_.find(open_id);
  if (at == opens_.end()) return;
  at->second.ready = poll_events;
  if (at->second.poll_handle == 0 || poll_events == 0) return;
  fuse_notify_poll_wakeup_out out{};
  out.kh = at->second.poll_handle;
  // A notification is a reply to nobody whose code is its kind.
  reply(0, -static_cast<int>(FUSE_NOTIFY_POLL), bytes_of(out));
}

}  // namespace nvstack::virt
