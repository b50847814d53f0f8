#include "virt/remote.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "channel/client.hpp"

namespace nvstack::virt {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.substr(0, 4096);
}

/// The scenario's word on the command line of a host's pid 1: "nvstack-virt-driver\0h100x8\0--libraries=...".
std::string scenario_of(const std::string& command_line) {
  const auto words = split(command_line, '\0');
  return words.size() > 1 ? std::string(words[1]) : "";
}

Result<ssize_t> exchange(int socket, const channel::Request& request, std::string_view payload,
                         channel::Reply& reply, char* text, std::size_t text_bytes, int* descriptor) {
  iovec out[2] = {{const_cast<channel::Request*>(&request), sizeof request},
                  {const_cast<char*>(payload.data()), payload.size()}};
  msghdr sent{};
  sent.msg_iov = out;
  sent.msg_iovlen = payload.empty() ? 1 : 2;
  if (::sendmsg(socket, &sent, MSG_NOSIGNAL) < 0) return fail(errno_error(errno, "ask the virtual host"));
  pollfd waiting{socket, POLLIN, 0};
  if (::poll(&waiting, 1, 30'000) <= 0)
    return fail(ErrorCode::kTimedOut, "the virtual host does not answer", "");
  iovec in[2] = {{&reply, sizeof reply}, {text, text_bytes}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr received{};
  received.msg_iov = in;
  received.msg_iovlen = 2;
  received.msg_control = control;
  received.msg_controllen = sizeof control;
  const ssize_t bytes = ::recvmsg(socket, &received, MSG_CMSG_CLOEXEC);
  if (bytes < static_cast<ssize_t>(sizeof reply)) return fail(ErrorCode::kIo, "the virtual host ended", "");
  for (cmsghdr* header = CMSG_FIRSTHDR(&received); header && descriptor;
       header = CMSG_NXTHDR(&received, header))
    if (header->cmsg_type == SCM_RIGHTS) std::memcpy(descriptor, CMSG_DATA(header), sizeof(int));
  return bytes - static_cast<ssize_t>(sizeof reply);
}

}  // namespace

std::vector<RunningHost> running_hosts() {
  if (::access(channel::kSocketPath, F_OK) == 0)
    return {{1, scenario_of(first_line("/proc/1/cmdline")), channel::kSocketPath}};
  std::vector<RunningHost> hosts;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto pid = parse_uint(entry.path().filename().string());
    if (!pid || first_line(entry.path() / "comm") != "nvstack-virt") continue;
    const std::string socket = "/proc/" + std::to_string(*pid) + "/root" + channel::kSocketPath;
    if (::access(socket.c_str(), F_OK) != 0) continue;
    hosts.push_back({static_cast<pid_t>(*pid), scenario_of(first_line(entry.path() / "cmdline")), socket});
  }
  return hosts;
}

Result<RunningHost> find_host(const std::string& word) {
  const auto hosts = running_hosts();
  std::vector<RunningHost> fitting;
  for (const RunningHost& host : hosts)
    if (word.empty() || word == std::to_string(host.pid) || word == host.scenario) fitting.push_back(host);
  if (fitting.empty())
    return fail(ErrorCode::kNotFound,
                word.empty() ? "no virtual host is running" : "no virtual host " + printable(word, 60),
                "nvstack virt start SCENARIO starts one");
  if (fitting.size() > 1)
    return fail(ErrorCode::kUsage, std::to_string(fitting.size()) + " virtual hosts are running",
                "name one with --host PID; nvstack virt hosts lists them");
  return fitting[0];
}

Result<Remote> Remote::connect(const std::string& socket) {
  Remote remote;
  remote.socket_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kIo, "the path " + socket + " is too long", "");
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(remote.socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(errno_error(errno, "reach the virtual host at " + socket));
  const channel::Request request{
      channel::Op::attach, 0, 0, 0, {static_cast<std::uint64_t>(channel::Role::kControl)}};
  channel::Reply reply{};
  char nothing = 0;
  int descriptor = -1;
  TRY(exchange(remote.socket_.number(), request, {}, reply, &nothing, 1, &descriptor));
  const Fd page(descriptor);
  struct stat status {};
  if (reply.code != 0 || !page.valid() || ::fstat(page.number(), &status) != 0 ||
      status.st_size < static_cast<off_t>(sizeof(channel::Page)))
    return fail(ErrorCode::kIo, "the virtual host gave no state", "");
  remote.bytes_ = static_cast<std::size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, remote.bytes_, PROT_READ, MAP_SHARED, page.number(), 0);
  if (mapped == MAP_FAILED) return fail(errno_error(errno, "map the virtual host's state"));
  remote.page_ = static_cast<const channel::Page*>(mapped);
  if (remote.page_->layout != channel::kLayout || remote.page_->gpu_size != sizeof(channel::Gpu))
    return fail(ErrorCode::kMalformed, "the virtual host is of another version of nvstack", "start it anew");
  return remote;
}

Remote::Remote(Remote&& other) noexcept
    : socket_(std::move(other.socket_)), page_(std::exchange(other.page_, nullptr)), bytes_(other.bytes_) {}

Remote::~Remote() {
  if (page_) ::munmap(const_cast<channel::Page*>(page_), bytes_);
}

Result<std::string> Remote::ask(const std::vector<std::string>& words) {
  std::string payload;
  for (const std::string& word : words) payload += word + '\0';
  if (payload.size() > channel::kPayloadMax) return fail(ErrorCode::kUsage, "the words are too long", "");
  channel::Request request{};
  request.op = channel::Op::control;
  request.payload_bytes = static_cast<std::uint32_t>(payload.size());
  channel::Reply reply{};
  std::string text(channel::kPayloadMax, '\0');
  const ssize_t bytes =
      TRY(exchange(socket_.number(), request, payload, reply, text.data(), text.size(), nullptr));
  text.resize(static_cast<std::size_t>(bytes));
  if (reply.code == 0) return text;
  const auto parts = cut(text, "\n");
  return fail(reply.code == 2 ? ErrorCode::kUsage : ErrorCode::kDenied,
              std::string(parts ? parts->first : text), std::string(parts ? parts->second : ""));
}

}  // namespace nvstack::virt
