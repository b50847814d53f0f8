// A client of the persistence daemon, ours or the original: allocates what a call needs (the original's
// library sizes its tables by RLIMIT_NOFILE: 52 GB in some containers), and waits no longer than its
// deadline.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "persist/control.hpp"
#include "persist/rpc.hpp"

namespace nvstack::persist {

class Client {
 public:
  /// Errors: kNotFound (no daemon), kDenied.
  static Result<Client> connect(const std::string& socket_path = NVPD_SOCKET_PATH,
                                std::chrono::milliseconds patience = std::chrono::milliseconds(25'000));

  /// NVPD_MODE_ENABLED or NVPD_MODE_DISABLED. Errors as `status_error`, kTimedOut, kMalformed.
  Result<int> get_mode(const GpuAddress& gpu);
  /// Mode and NUMA memory (version 1). Waits while the GPU is initialized.
  Status set_mode(const GpuAddress& gpu, int mode);

 private:
  Client(Fd socket, std::chrono::milliseconds patience) : socket_(std::move(socket)), patience_(patience) {}
  Result<Reply> ask(Call call);

  Fd socket_;
  std::chrono::milliseconds patience_;
  std::uint32_t xid_ = 0;
};

/// What a status of the daemon means to a person.
Error status_error(int status, const GpuAddress& gpu);

/// A connection to the control socket of our daemon; a release without a period lasts as long as it.
class ControlClient {
 public:
  static Result<ControlClient> connect(const std::string& runtime_dir = NVPD_RUNTIME_PATH);
  /// The lines of the answer. An "error" line becomes an Error.
  Result<std::vector<ControlLine>> ask(
      const ControlRequest& request, std::chrono::milliseconds patience = std::chrono::milliseconds(60'000));

 private:
  explicit ControlClient(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

}  // namespace nvstack::persist
