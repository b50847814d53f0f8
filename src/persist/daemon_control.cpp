#include "persist/daemon.hpp"

namespace nvstack::persist {

namespace {

std::string error_line(const std::string& text) {
  return render_control_line({"error", {{"text", text}}}) + "\n";
}

}  // namespace

std::optional<std::string> Daemon::answer_line(const Caller& caller, std::string_view line) {
  const auto request = parse_control(line);
  if (!request) return error_line(request.error().text() + " (" + request.error().hint + ")");
  if (request->verb == ControlRequest::Verb::kStatus) return answer_status();
  if (caller.uid != 0) return error_line("only root may release GPUs");
  if (request->gpu && !gpus_.find(*request->gpu))
    return error_line("no GPU at " + render_address(*request->gpu));
  if (request->verb == ControlRequest::Verb::kRelease) return answer_release(caller, *request);
  for (const Gpu& gpu : std::vector<Gpu>(gpus_.gpus()))
    if (!request->gpu || *request->gpu == gpu.address) gpus_.take_back(gpu.address);
  return "ok\n\n";
}

std::string Daemon::answer_status() const {
  const auto now = Clock::now();
  std::string text = render_control_line({"daemon",
                                          {{"pid", std::to_string(::getpid())},
                                           {"backend", std::string(parts_.backend->name())},
                                           {"user", std::to_string(::getuid())},
                                           {"connections", std::to_string(server_->connections())},
                                           {"handed_over", parts_.notifier.active() ? "yes" : "no"}}});
  for (const Gpu& gpu : gpus_.gpus()) text += render_control_line(describe_gpu(gpu, now));
  return text + "\n";
}

std::optional<std::string> Daemon::answer_release(const Caller& caller, const ControlRequest& request) {
  Lease lease;
  if (request.period)
    lease.until = Clock::now() + *request.period;
  else
    lease.connection = caller.connection;
  Pending pending;
  for (const Gpu& gpu : std::vector<Gpu>(gpus_.gpus())) {
    if (request.gpu && *request.gpu != gpu.address) continue;
    if (gpus_.release(gpu.address, lease, {caller.connection, 0}))
      ++pending.failed;
    else
      ++pending.left;
  }
  if (pending.left == 0) return pending.failed > 0 ? error_line("too many requests wait") : "ok\n\n";
  releases_[caller.connection] = pending;
  return {};
}

void Daemon::finish_release(std::uint64_t connection, int status) {
  Pending& pending = releases_[connection];
  if (status != NVPD_SUCCESS) ++pending.failed;
  if (--pending.left > 0) return;
  const std::size_t failed = pending.failed;
  releases_.erase(connection);
  server_->reply(
      connection,
      failed == 0 ? "ok\n\n" : error_line(std::to_string(failed) + " GPUs could not be let go; see the log"));
}

}  // namespace nvstack::persist
