#include "channel/client.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace nvstack::channel {

namespace {

/// Receives one message with at most one descriptor. Returns its bytes, 0 when the other side is gone, -1 on
/// a time-out or an error.
ssize_t receive(int socket, iovec* parts, std::size_t count, int* descriptor, int timeout_ms) {
  pollfd waiting{socket, POLLIN, 0};
  int ready;
  do ready = ::poll(&waiting, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0) return -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t bytes;
  do bytes = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (bytes < 0 && errno == EINTR);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int received = -1;
    std::memcpy(&received, CMSG_DATA(header), sizeof received);
    if (descriptor && *descriptor < 0)
      *descriptor = received;
    else
      ::close(received);
  }
  return bytes;
}

}  // namespace

int Connection::connect_socket(const char* path) {
  socket_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return kCodeUnknown;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
    return kCodeDriverNotLoaded;
  }
  return 0;
}

bool Connection::map(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_size < static_cast<off_t>(sizeof(Page))) return false;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (page_ && page_bytes_ == bytes && page_device_ == status.st_dev && page_inode_ == status.st_ino)
    return true;
  void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) return false;
  // An older driver's page is not unmapped: a thread that was stopped amid a read may still look at it.
  page_.store(static_cast<const Page*>(mapped), std::memory_order_release);
  page_bytes_ = bytes;
  page_device_ = status.st_dev;
  page_inode_ = status.st_ino;
  return true;
}

int Connection::attach(Role role) {
  Request request{Op::attach, 0, 0, 0, {static_cast<std::uint64_t>(role)}};
  if (::send(socket_, &request, sizeof request, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof request))
    return kCodeUnknown;
  Reply reply{};
  iovec part{&reply, sizeof reply};
  int descriptor = -1;
  const ssize_t bytes = receive(socket_, &part, 1, &descriptor, 30'000);
  if (bytes != static_cast<ssize_t>(sizeof reply) || descriptor < 0) {
    if (descriptor >= 0) ::close(descriptor);
    return bytes == static_cast<ssize_t>(sizeof reply) && reply.code ? reply.code : kCodeUnknown;
  }
  const bool mapped = map(descriptor);
  ::close(descriptor);
  if (!mapped || page()->layout != kLayout || page()->gpu_size != sizeof(Gpu)) return kCodeUnknown;
  return reply.code;
}

int Connection::open(Role role, const char* path) {
  role_ = role;
  pthread_mutex_lock(&lock_);
  int code = connect_socket(path);
  if (code == 0) code = attach(role);
  pthread_mutex_unlock(&lock_);
  if (code != 0) disconnect();
  return code;
}

void Connection::disconnect() {
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);  // wakes a thread that waits for a reply
  pthread_mutex_lock(&lock_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  pthread_mutex_unlock(&lock_);
}

void Connection::abandon() {
  lock_ = PTHREAD_MUTEX_INITIALIZER;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Connection::close() {
  disconnect();
  if (const Page* mapped = page_.exchange(nullptr)) ::munmap(const_cast<Page*>(mapped), page_bytes_);
}

int Connection::ask(const Request& request, Reply& reply, const void* payload, void* answer,
                    std::size_t answer_bytes, int timeout_ms) {
  iovec sent[2] = {{const_cast<Request*>(&request), sizeof request},
                   {const_cast<void*>(payload), request.payload_bytes}};
  msghdr message{};
  message.msg_iov = sent;
  message.msg_iovlen = request.payload_bytes ? 2 : 1;
  pthread_mutex_lock(&lock_);
  int code = kCodeUnknown;
  if (socket_ >= 0 && ::sendmsg(socket_, &message, MSG_NOSIGNAL) > 0) {
    iovec received[2] = {{&reply, sizeof reply}, {answer, answer_bytes}};
    const ssize_t bytes = receive(socket_, received, answer_bytes ? 2 : 1, nullptr, timeout_ms);
    if (bytes >= static_cast<ssize_t>(sizeof reply)) {
      code = reply.code;
    } else {
      // A late reply would be taken for that of the next request: this connection is of no more use.
      ::shutdown(socket_, SHUT_RDWR);
    }
  }
  pthread_mutex_unlock(&lock_);
  return code;
}

int Connection::ask(Op op, std::uint32_t gpu, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                    std::uint64_t* value) {
  const Page* state = page();
  const std::uint32_t generation = state && gpu < state->gpu_count ? state->gpus[gpu].generation : 0;
  const Request request{op, gpu, generation, 0, {a, b, c}};
  Reply reply{};
  const int code = ask(request, reply);
  if (value) *value = reply.values[0];
  return code;
}

}  // namespace nvstack::channel
