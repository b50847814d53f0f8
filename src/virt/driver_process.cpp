#include "virt/driver_process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "channel/state.hpp"
#include "virt/driver_command.hpp"
#include "virt/host_events.hpp"
#include "virt/server.hpp"

namespace nvstack::virt {

namespace {

/// A host that stays holds neither the terminal nor the pipes of who started it.
void detach() {
  ::setsid();
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int descriptor = 0; descriptor < 3 && nothing.valid(); ++descriptor)
    ::dup2(nothing.number(), descriptor);
}

class Driver {
 public:
  Driver(std::unique_ptr<Model> model, unsigned owner_uid)
      : model_(std::move(model)), server_(*model_, owner_uid), events_(*model_) {}

  Status mount(const LaunchOptions& options) {
    real_ = read_real_kernel();
    const Machine machine = model_->machine();
    model_->take_machine_change(), model_->take_use_change();
    view_ = std::make_unique<HostView>(TRY(HostView::mount(
        view_options(options), machine, real_, events_.callbacks([this] { return view_.get(); }))));
    libraries_ = options.libraries;
    installed_ = machine.library_version;
    server_.before_reply([this] { refresh(); });
    return server_.listen(channel::kSocketPath);
  }

  int run(const std::vector<std::string>& command, Fd ready);

 private:
  HostViewOptions view_options(const LaunchOptions& options) const {
    HostViewOptions made;
    made.privilege = options.privilege;
    made.devices = options.devices;
    const std::string& version = model_->scenario().driver.library_version;
    made.library_version = version;
    if (model_->scenario().platform == "wsl") made.library_folder = "/usr/lib/wsl/lib";
    if (!version.empty()) made.libraries = host_libraries(options.libraries, version);
    if (!version.empty()) made.programs = host_programs(options.programs);
    return made;
  }
  /// One round of the loop. The exit code when it is over.
  std::optional<int> turn(int signals, pid_t command);
  /// Milliseconds until something is due; -1: nothing is.
  int wait_ms() const {
    const int server_ms = server_.wait_ms();
    if (use_due_ns_ == 0) return server_ms;
    const auto left = std::max<std::int64_t>((use_due_ns_ - channel::monotonic_ns()) / 1'000'000 + 1, 0);
    return server_ms < 0 ? static_cast<int>(left) : std::min(server_ms, static_cast<int>(left));
  }
  /// Shows what changed: at once, but what only opens and closes changed a little later and for at most a
  /// tenth of the time, since programs that come and go would else wait for each other's files.
  void refresh() {
    constexpr std::int64_t kQuietNs = 50'000'000;
    const std::int64_t start = channel::monotonic_ns();
    if (model_->take_use_change() && use_due_ns_ == 0) use_due_ns_ = std::max(start + kQuietNs, next_use_ns_);
    const bool use_due = use_due_ns_ != 0 && start >= use_due_ns_;
    if (!model_->take_machine_change() && !use_due) return;
    use_due_ns_ = 0;
    show();
    const std::int64_t end = channel::monotonic_ns();
    next_use_ns_ = end + 10 * (end - start);
  }
  void show() {
    const Machine machine = model_->machine();
    Status applied = view_->follow(machine, real_);
    if (applied && machine.library_version != installed_) {  // an upgrade
      installed_ = machine.library_version;
      applied = view_->install_libraries(host_libraries(libraries_, installed_), installed_);
    }
    if (!applied) std::fprintf(stderr, "nvstack: error: %s\n", applied.error().text().c_str());
  }

  std::string libraries_, installed_;  // where they come from, which version is shown
  std::int64_t use_due_ns_ = 0, next_use_ns_ = 0;
  std::unique_ptr<Model> model_;
  Server server_;
  RealKernel real_;
  HostEvents events_;
  std::unique_ptr<HostView> view_;
};

std::optional<int> Driver::turn(int signals, pid_t command) {
  pollfd waiting[3] = {
      {signals, POLLIN, 0}, {server_.descriptor(), POLLIN, 0}, {view_->descriptor(), POLLIN, 0}};
  const nfds_t count = view_->descriptor() >= 0 ? 3 : 2;
  if (::poll(waiting, count, wait_ms()) < 0 && errno != EINTR) return 1;
  if (waiting[1].revents) server_.serve();
  if (count == 3 && waiting[2].revents) (void)view_->serve();
  server_.tick();
  events_.tick();
  refresh();
  signalfd_siginfo received{};
  while (waiting[0].revents && ::read(signals, &received, sizeof received) == sizeof received) {
    const int number = static_cast<int>(received.ssi_signo);
    if (number == SIGCHLD) {
      if (const auto code = reap(command)) return code;
    } else if (command > 0) {
      ::kill(command, number);
    } else if (number == SIGTERM || number == SIGINT) {
      return 0;
    }
  }
  return std::nullopt;
}

int Driver::run(const std::vector<std::string>& command, Fd ready) {
  sigset_t set, before;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGHUP, SIGINT, SIGCHLD}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, &before);
  ::signal(SIGPIPE, SIG_IGN);
  // A terminal's Ctrl-C and Ctrl-\ are for the command, which shares our process group.
  if (!command.empty()) ::signal(SIGQUIT, SIG_IGN), sigdelset(&set, SIGINT), ::signal(SIGINT, SIG_IGN);
  const Fd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (command.empty()) sigaddset(&set, SIGINT);
  pid_t child = 0;
  if (!command.empty()) child = start_command(command, before);
  if (child < 0) return 1;
  if (command.empty()) detach();
  ::malloc_trim(0);  // what rendering the machine took is not needed while nothing changes
  (void)!::write(ready.number(), "r", 1);
  ready.reset();
  for (;;)
    if (const auto code = turn(signals.number(), child)) return *code;
}

}  // namespace

int run_driver_process(const LaunchOptions& options, unsigned owner_uid, Fd ready) {
  ::prctl(PR_SET_NAME, "nvstack-virt");
  ::mallopt(M_ARENA_MAX, 1);  // a second heap of the start's second thread would stay
  auto model = Model::create(options.scenario);
  Status status;
  if (!model) status = fail(model.error());
  int code = 1;
  if (status) {
    Driver driver(std::move(*model), owner_uid);
    status = driver.mount(options);
    if (status) code = driver.run(options.command, std::move(ready));
  }
  if (!status) {
    std::fprintf(stderr, "nvstack: error: %s\n", status.error().text().c_str());
    if (!status.error().hint.empty()) std::fprintf(stderr, "hint: %s\n", status.error().hint.c_str());
  }
  return code;
}

}  // namespace nvstack::virt
