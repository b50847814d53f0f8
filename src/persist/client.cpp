#include "persist/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "base/text.hpp"
#include "persist/record.hpp"

namespace nvstack::persist {

namespace {

constexpr std::size_t kAnswerBytesMax = 1u << 20;

Result<Fd> connect_stream(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kUsage, "the socket path " + path + " is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail(errno_error(errno, "create a socket"));
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  Error error = errno_error(errno, "reach the persistence daemon at " + path);
  if (errno == ENOENT || errno == ECONNREFUSED) {
    error.code = ErrorCode::kNotFound;
    error.hint = "systemctl start nvidia-persistenced, or nvstack persist install";
  }
  return fail(std::move(error));
}

Status send_all(const Fd& socket, const std::string& bytes) {
  if (::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()))
    return {};
  return fail(errno_error(errno, "write to the persistence daemon"));
}

/// Reads into `take` until it says that all is there.
Status receive(const Fd& socket, std::chrono::milliseconds patience,
               const std::function<bool(std::string_view)>& take) {
  const auto end = Clock::now() + patience;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wait{socket.number(), POLLIN, 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0)
      return fail(ErrorCode::kTimedOut,
                  "the persistence daemon gave no answer within " + std::to_string(patience.count()) + " ms");
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) return fail(ErrorCode::kIo, "the persistence daemon closed the connection");
    if (take({buffer.data(), static_cast<std::size_t>(count)})) return {};
  }
}

}  // namespace

Error status_error(int status, const GpuAddress& gpu) {
  const std::string at = " " + render_address(gpu);
  switch (status) {
    case NVPD_ERR_DEVICE_NOT_FOUND:
      return {ErrorCode::kNotFound, "the persistence daemon knows no GPU" + at, "", {}};
    case NVPD_ERR_PERMISSIONS:
      return {ErrorCode::kDenied, "only root may change the persistence mode", "run it as root", {}};
    case NVPD_ERR_DRIVER:
      return {ErrorCode::kIo,
              "the driver could not open or close GPU" + at,
              "journalctl -u nvidia-persistenced",
              {}};
    case NVPD_ERR_NUMA_FAILURE:
      return {ErrorCode::kIo,
              "the memory of GPU" + at + " could not be brought online or offline",
              "journalctl -u nvidia-persistenced",
              {}};
    default: break;
  }
  return {ErrorCode::kIo,
          "the persistence daemon answered status " + std::to_string(status) + " for GPU" + at,
          "",
          {}};
}

Result<Client> Client::connect(const std::string& socket_path, std::chrono::milliseconds patience) {
  return Client(TRY(connect_stream(socket_path)), patience);
}

Result<Reply> Client::ask(Call call) {
  call.xid = ++xid_;
  TRY(send_all(socket_, render_call(call)));
  RecordReader reader;
  std::optional<Reply> reply;
  TRY(receive(socket_, patience_, [&](std::string_view bytes) {
    reader.add(bytes);
    while (const auto record = reader.next())
      if (const auto read = parse_reply(*record, call.procedure); read && read->xid == call.xid) reply = read;
    return reply || reader.broken();
  }));
  if (!reply || !reply->accepted)
    return fail(ErrorCode::kMalformed, "the persistence daemon refused the call or answered nonsense");
  return *reply;
}

Result<int> Client::get_mode(const GpuAddress& gpu) {
  const Reply reply = TRY(ask({0, Procedure::kGetMode, gpu, 0, 0}));
  if (reply.status != NVPD_SUCCESS) return fail(status_error(reply.status, gpu));
  return reply.value;
}

Status Client::set_mode(const GpuAddress& gpu, int mode) {
  const Reply reply = TRY(ask({0, Procedure::kSetMode, gpu, 0, mode}));
  if (reply.status != NVPD_SUCCESS) return fail(status_error(reply.status, gpu));
  return {};
}

Result<ControlClient> ControlClient::connect(const std::string& runtime_dir) {
  return ControlClient(TRY(connect_stream(runtime_dir + "/control")));
}

Result<std::vector<ControlLine>> ControlClient::ask(const ControlRequest& request,
                                                    std::chrono::milliseconds patience) {
  TRY(send_all(socket_, render_control(request)));
  std::string text;
  TRY(receive(socket_, patience, [&](std::string_view bytes) {
    text += bytes;
    return text.ends_with("\n\n") || text.size() > kAnswerBytesMax;
  }));
  if (text.size() > kAnswerBytesMax)
    return fail(ErrorCode::kTooLarge, "the persistence daemon's answer has no end");
  std::vector<ControlLine> lines;
  for (const std::string_view line : split_lines(text)) {
    if (line.empty()) continue;
    lines.push_back(parse_control_line(line));
    if (lines.back().kind == "error") return fail(ErrorCode::kIo, lines.back().field("text"));
  }
  return lines;
}

}  // namespace nvstack::persist
