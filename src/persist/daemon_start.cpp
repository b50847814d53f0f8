#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "persist/daemon.hpp"

namespace nvstack::persist {

namespace {

constexpr std::chrono::milliseconds kSettle{200};  // devices come in bursts
constexpr std::chrono::milliseconds kLookFirst{1000};
constexpr std::chrono::milliseconds kLookLast{60'000};
constexpr mode_t kForAll = 0777;

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

}  // namespace

void Daemon::adopt_inherited() {
  for (Inherited& inherited : parts_.inherited) {
    if (const auto gpu = parse_store_name(inherited.name)) {
      kept_.insert(*gpu);
      adopted_[*gpu] = std::move(inherited.fd);
    }
  }
}

Status Daemon::listen_all() {
  bool activated = false;
  for (Inherited& inherited : parts_.inherited) {
    if (!inherited.fd.valid() || !is_listening(inherited.fd.number())) continue;
    const bool readonly = inherited.name == "readonly";
    activated = activated || !readonly;
    TRY(server_->listen(std::move(inherited.fd), readonly ? Port::kReadOnly : Port::kFull));
  }
  const auto open = [&](const std::string& path, Port port) -> Status {
    Fd socket = TRY(listen_at(path, kForAll));
    socket_paths_.push_back(path);
    return server_->listen(std::move(socket), port);
  };
  if (!activated) TRY(open(parts_.options.runtime_dir + "/socket", Port::kFull));
  TRY(open(parts_.options.runtime_dir + "/control", Port::kControl));
  if (!parts_.options.readonly_socket.empty()) TRY(open(parts_.options.readonly_socket, Port::kReadOnly));
  log_.write(Level::kInformation, "Local RPC services initialized");
  return {};
}

Status Daemon::watch_all() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  signals_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) return fail(errno_error(errno, "make a signal descriptor"));
  TRY(loop_.add(signals_.number(), EPOLLIN, loop_.add_watcher([this](auto, auto) { take_signals(); })));
  TRY(loop_.add(workers_.ready_fd(), EPOLLIN,
                loop_.add_watcher([this](auto, auto) { workers_.finish_ready(); })));
  const auto look_soon = [this](bool concerned) {
    if (concerned && !ending_) look_at_ = Clock::now() + kSettle;
  };
  if (watch_.uevent_fd() >= 0)
    TRY(loop_.add(watch_.uevent_fd(), EPOLLIN,
                  loop_.add_watcher([this, look_soon](auto, auto) { look_soon(watch_.take_uevents()); })));
  if (watch_.folder_fd() >= 0)
    TRY(loop_.add(watch_.folder_fd(), EPOLLIN, loop_.add_watcher([this, look_soon](auto, auto) {
      look_soon(watch_.take_folder_events());
    })));
  return {};
}

void Daemon::read_policy() {
  if (parts_.options.policy.empty()) return;
  auto text = read_small_file(parts_.options.policy, 1u << 20);
  auto wishes = text ? parse_wishes(*text) : Result<Wishes>(fail(text.error()));
  if (wishes)
    policy_ = std::move(*wishes);
  else  // the old one stays in force
    log_.write(Level::kError, parts_.options.policy + ": " + wishes.error().text());
}

void Daemon::read_state() {
  if (parts_.state_dir.empty()) return;
  const std::string path = parts_.state_dir + "/gpus";
  const auto text = read_small_file(path, 1u << 20);
  if (!text && text.error().code == ErrorCode::kNotFound) return;
  auto wishes = text ? parse_wishes(*text) : Result<Wishes>(fail(text.error()));
  if (wishes)
    state_ = std::move(*wishes);
  else
    log_.write(Level::kWarning, path + ": " + wishes.error().text() + "; starting without it");
}

void Daemon::write_state() {
  if (parts_.state_dir.empty()) return;
  const std::string path = parts_.state_dir + "/gpus";
  if (const auto written = write_file_atomically(path, render_wishes(state_)); !written)
    log_.write(Level::kWarning, "Cannot remember the wish: " + written.error().text());
}

/// A client's last word, then the policy, then what a predecessor held, then the command line.
int Daemon::wish_for(const DriverGpu& gpu) const {
  std::optional<bool> on = state_.find(gpu.uuid, gpu.address);
  if (!on) on = policy_.find(gpu.uuid, gpu.address);
  if (!on && adopted_.contains(gpu.address)) on = true;
  return on.value_or(parts_.options.persistence) ? NVPD_MODE_ENABLED : NVPD_MODE_DISABLED;
}

/// Runs on a worker: libnvidia-cfg may load modules and make nodes.
Result<std::vector<DriverGpu>> Daemon::look() const {
  std::vector<DriverGpu> gpus;
  for (const GpuAddress& address : TRY(parts_.backend->list())) gpus.push_back(parts_.tree.look(address));
  return gpus;
}

void Daemon::start_look() {
  look_at_.reset();
  if (looking_ || ending_) return;
  looking_ = true;
  workers_.start([this]() -> Workers::Done {
    auto found = look();
    return [this, found = std::move(found)] { finish_look(found); };
  });
}

void Daemon::report_none(const Result<std::vector<DriverGpu>>& found) {
  const std::string words = found ? "Unable to find any NVIDIA devices" : found.error().text();
  log_.write(Level::kError, words);
  if (parts_.options.strict_compat)
    fatal_ = Error{ErrorCode::kNotFound, words, "", {}};
  else
    log_.write(Level::kNotice, "Waiting for GPUs to appear");
}

void Daemon::take_in(const std::vector<DriverGpu>& found) {
  for (const DriverGpu& gpu : found) {
    const Gpu* known = gpus_.find(gpu.address);
    if (known && !gpu.uuid.empty()) gpus_.set_uuid(gpu.address, gpu.uuid);
    if (known && known->present) continue;
    log_.write({Level::kDebug, "registered", true, gpu.address});
    gpus_.add(gpu.address, gpu.uuid, wish_for(gpu));
    if (wish_for(gpu) == NVPD_MODE_DISABLED && adopted_.erase(gpu.address) > 0) drop_kept(gpu.address);
  }
  for (const Gpu& gpu : std::vector<Gpu>(gpus_.gpus())) {
    const bool there = std::any_of(found.begin(), found.end(),
                                   [&](const DriverGpu& other) { return other.address == gpu.address; });
    if (there || !gpu.present) continue;
    log_.write({Level::kNotice, "is gone.", false, gpu.address});
    gpus_.remove(gpu.address);
    if (!gpus_.find(gpu.address)) devices_.erase(gpu.address);
  }
}

void Daemon::finish_look(const Result<std::vector<DriverGpu>>& found) {
  looking_ = false;
  if (ending_) return;
  const bool first = !std::exchange(looked_, true);
  // A driver that cannot be asked says nothing about the GPUs that we know.
  if (found) take_in(*found);
  if (gpus_.gpus().empty()) {
    if (first) report_none(found);
    look_pause_ = std::clamp(look_pause_ * 2, kLookFirst, kLookLast);
    look_at_ = Clock::now() + look_pause_;
  } else {
    look_pause_ = {};
  }
  dispatch();  // before anybody is told of GPUs that nothing has been done about
  check_ready();
  tell_manager();
}

/// The administrator's word is the last one now: what clients asked before is forgotten where it speaks.
void Daemon::apply_policy() {
  for (const Gpu& gpu : std::vector<Gpu>(gpus_.gpus())) {
    const auto on = policy_.find(gpu.uuid, gpu.address);
    if (!on) continue;
    state_.by_name.erase(wish_name(gpu.uuid, gpu.address));
    gpus_.want(gpu.address, *on ? NVPD_MODE_ENABLED : NVPD_MODE_DISABLED);
  }
  write_state();
}

void Daemon::check_ready() {
  if (told_ready_ || fatal_ || !looked_ || !gpus_.all_tried()) return;
  told_ready_ = true;
  ready_by_.reset();
  const bool wanted = std::any_of(gpus_.gpus().begin(), gpus_.gpus().end(),
                                  [](const Gpu& gpu) { return gpu.wanted == NVPD_MODE_ENABLED; });
  if (wanted && gpus_.held() == 0 && !parts_.options.strict_compat)
    log_.write(Level::kWarning, "No GPU could be opened; trying again, at least once a minute");
  parts_.ready();
}

void Daemon::keep(const GpuAddress& gpu, int node) {
  {
    const std::lock_guard lock(kept_mutex_);
    if (!kept_.insert(gpu).second) return;  // the predecessor's descriptor is still there
  }
  parts_.notifier.store(store_name(gpu), node);
}

void Daemon::drop_kept(const GpuAddress& gpu) {
  if (handing_over_) return;  // a successor may want it; a stopped unit's store is emptied by the manager
  {
    const std::lock_guard lock(kept_mutex_);
    if (kept_.erase(gpu) == 0) return;
  }
  parts_.notifier.remove(store_name(gpu));
}

}  // namespace nvstack::persist
