#include "persist/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <cstring>

#include "abi/persistence_rpc.h"

namespace nvstack::persist {

namespace {

Fd connect_datagram(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Fd();
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid() ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Fd();
  return socket;
}

}  // namespace

std::string render_line(const LogLine& line) {
  return line.gpu ? "device " + render_address(*line.gpu) + " - " + line.text : line.text;
}

std::string render_journal(const LogLine& line) {
  std::string message = render_line(line);
  for (char& c : message)
    if (c == '\n') c = ' ';  // one line a message: the text form of the protocol has no line breaks
  std::string fields = "MESSAGE=" + message + "\nPRIORITY=" + std::to_string(static_cast<int>(line.level)) +
                       "\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=" NVPD_DAEMON_NAME "\n";
  if (line.gpu) fields += "NVIDIA_GPU=" + render_address(*line.gpu) + "\n";
  return fields;
}

void Log::open(bool verbose, Echo echo, const std::string& journal_path) {
  verbose_ = verbose, echo_ = echo;
  journal_ = connect_datagram(journal_path);
  if (journal_.valid()) return;
  ::openlog(NVPD_DAEMON_NAME, 0, LOG_DAEMON);
  syslog_open_ = true;
}

void Log::write(const LogLine& line) {
  if (!verbose_ && (line.verbose_only || line.level > Level::kNotice)) return;
  const std::string text = render_line(line);
  if (echo_ == Echo::kStandardError) {
    const std::string out = NVPD_DAEMON_NAME ": " + text + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, out.data(), out.size());
  }
  if (journal_.valid()) {
    const std::string fields = render_journal(line);
    ::send(journal_.number(), fields.data(), fields.size(), MSG_NOSIGNAL);
  } else if (syslog_open_) {
    ::syslog(static_cast<int>(line.level), "%s", text.c_str());
  }
}

}  // namespace nvstack::persist
