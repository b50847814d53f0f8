#include "persist/daemon.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>

namespace nvstack::persist {

namespace {

constexpr std::chrono::seconds kEndPatience{15};
constexpr std::chrono::seconds kReadyPatience{60};

std::int64_t now_s() {
  return static_cast<std::int64_t>(::time(nullptr));
}

}  // namespace

Daemon::Daemon(Parts parts, Loop loop, Workers workers)
    : parts_(std::move(parts)),
      log_(*parts_.log),
      loop_(std::move(loop)),
      workers_(std::move(workers)),
      gpus_(parts_.options.strict_compat ? GpuSet::Retry::kOff : GpuSet::Retry::kOn),
      watch_(parts_.tree.device_folder()) {
  setup_.backend = parts_.backend.get();
  setup_.tree = parts_.tree;
  setup_.uvm = parts_.options.uvm ? Uvm::kOn : Uvm::kOff;
  if (parts_.notifier.active()) {
    setup_.keeper.keep = [this](const GpuAddress& gpu, int node) { keep(gpu, node); };
    setup_.keeper.drop = [this](const GpuAddress& gpu) { drop_kept(gpu); };
  }
  server_ = std::make_unique<Server>(loop_, *this, limits_of_process());
}

Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::make(Parts parts) {
  Loop loop = TRY(Loop::make());
  Workers workers = TRY(Workers::make(parts.options.parallel_opens));
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(parts), std::move(loop), std::move(workers)));
  daemon->read_policy();
  daemon->read_state();
  daemon->adopt_inherited();
  TRY(daemon->listen_all());
  TRY(daemon->watch_all());
  return daemon;
}

Status Daemon::run() {
  ready_by_ = Clock::now() + kReadyPatience;
  if (parts_.watchdog.count() > 0) watchdog_at_ = Clock::now();
  start_look();
  while (!fatal_) {
    dispatch();
    if (ending_ && (!gpus_.any_busy() || Clock::now() >= *end_by_)) break;
    TRY(loop_.turn(next_deadline()));
    tick();
  }
  server_.reset();
  if (fatal_) return fail(*fatal_);
  return {};
}

void Daemon::dispatch() {
  for (const Start& start : gpus_.take_starts(Clock::now())) {
    auto& device = devices_[start.gpu];
    if (!device) device = std::make_shared<Device>(start.gpu, setup_);
    workers_.start([this, device, start]() -> Workers::Done {
      Outcome outcome = device->run(start.order);
      return [this, start, outcome = std::move(outcome)] { finish(start.gpu, outcome); };
    });
  }
}

void Daemon::finish(const GpuAddress& gpu, const Outcome& outcome) {
  log_.write_all(outcome.lines);
  const Gpu* before = gpus_.find(gpu);
  const int wanted_before = before ? before->wanted : NVPD_MODE_DISABLED;
  const Answer answer = gpus_.finish(gpu, outcome, Clock::now(), now_s());
  if (outcome.mode == NVPD_MODE_ENABLED) adopted_.erase(gpu);
  const Gpu* after = gpus_.find(gpu);
  if (after && after->wanted != wanted_before) {
    state_.by_name[intent_name(after->uuid, gpu)] = after->wanted == NVPD_MODE_ENABLED;
    write_state();
  }
  if (!after) devices_.erase(gpu);
  if (releases_.contains(answer.ticket.connection))
    finish_release(answer.ticket.connection, answer.status);
  else if (answer.ticket.connection != 0)
    server_->reply(answer.ticket.connection, render_status_reply(answer.ticket.xid, answer.status));
  check_ready();
  tell_manager();
}

std::optional<std::string> Daemon::answer(const Caller& caller, const Call& call) {
  const Gpu* gpu = gpus_.find(call.gpu);
  Order order{Order::Kind::kSetMode, call.value};
  switch (call.procedure) {
    case Procedure::kNull: return render_null_reply(call.xid);
    case Procedure::kGetMode:
      if (!gpu || !gpu->present) return render_status_reply(call.xid, NVPD_ERR_DEVICE_NOT_FOUND);
      return render_mode_reply(call.xid, gpu->mode);
    case Procedure::kSetMode: break;
    case Procedure::kSetModeOnly: order.kind = Order::Kind::kSetModeOnly; break;
    case Procedure::kSetNuma: order.kind = Order::Kind::kSetNuma; break;
  }
  if (caller.uid != 0 || caller.port != Port::kFull)
    return render_status_reply(call.xid, NVPD_ERR_PERMISSIONS);
  const auto status = gpus_.request(call.gpu, order, {caller.connection, call.xid});
  if (status) return render_status_reply(call.xid, *status);
  return {};
}

void Daemon::gone(std::uint64_t connection) {
  releases_.erase(connection);
  gpus_.forget(connection);
}

void Daemon::take_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.number(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    const int number = static_cast<int>(signal.ssi_signo);
    log_.write(Level::kDebug, "Received signal " + std::to_string(number));
    if (number == SIGINT || number == SIGTERM) {
      begin_end(number);
    } else if (number == SIGHUP) {
      timespec time{};
      ::clock_gettime(CLOCK_MONOTONIC, &time);
      parts_.notifier.send("RELOADING=1\nMONOTONIC_USEC=" +
                           std::to_string(time.tv_sec * 1'000'000LL + time.tv_nsec / 1000));
      read_policy();
      apply_policy();
      start_look();
      parts_.notifier.send("READY=1");
      log_.write(Level::kNotice, "Policy read again");
    } else {
      log_.write(Level::kWarning, "Unable to process signal " + std::to_string(number));
    }
  }
}

/// No new clients, then every GPU at once; what the manager keeps for a successor stays open there.
void Daemon::begin_end(int) {
  if (ending_) return;
  ending_ = true;
  end_by_ = Clock::now() + kEndPatience;
  parts_.notifier.send("STOPPING=1");
  server_->stop_listening();
  for (const std::string& path : socket_paths_) ::unlink(path.c_str());
  log_.write(Level::kInformation, "Socket closed.");
  handing_over_ = true;
  gpus_.let_all_go();
}

void Daemon::tick() {
  const auto now = Clock::now();
  server_->tick(now);
  gpus_.tick(now);
  if (look_at_ && *look_at_ <= now) start_look();
  if (ready_by_ && *ready_by_ <= now) {
    ready_by_.reset();
    log_.write(Level::kWarning, "GPUs are still being initialized; serving meanwhile");
    if (!std::exchange(told_ready_, true)) parts_.ready();
  }
  if (watchdog_at_ && *watchdog_at_ <= now) {
    parts_.notifier.send("WATCHDOG=1");
    watchdog_at_ = now + parts_.watchdog / 2;
  }
}

std::optional<Clock::time_point> Daemon::next_deadline() const {
  std::optional<Clock::time_point> next = server_->next_deadline();
  for (const auto& time :
       {gpus_.next_deadline(), look_at_, told_ready_ ? std::nullopt : ready_by_, end_by_, watchdog_at_})
    if (time && (!next || *time < *next)) next = time;
  return next;
}

void Daemon::tell_manager() {
  if (!parts_.notifier.active()) return;
  const std::string status = "STATUS=holding " + std::to_string(gpus_.held()) + " of " +
                             std::to_string(gpus_.gpus().size()) + " GPUs";
  if (status == told_status_) return;
  told_status_ = status;
  parts_.notifier.send(status);
}

}  // namespace nvstack::persist
