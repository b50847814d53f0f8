// TestDaemon is the daemon with GPUs that a test makes. It serves on the test's thread and ends by the signal
// that a service manager would send.
#pragma once

#include <doctest.h>
#include <signal.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "persist/client.hpp"
#include "persist/daemon.hpp"
#include "persist/test_folder.hpp"

namespace nvstack::persist {

inline const GpuAddress kFirst{0, 0x10, 0}, kSecond{0, 0x11, 0};
inline constexpr std::chrono::milliseconds kLong{20'000};

/// What the driver saw; shared with holds that outlive the backend.
struct TestDriver {
  std::mutex mutex;
  std::string calls;
  std::set<GpuAddress> broken;
  std::vector<GpuAddress> gpus = {kFirst, kSecond};
  std::string list_error;  // "" lists them
  void add(const std::string& call) {
    const std::lock_guard lock(mutex);
    calls += call + " ";
  }
};

class TestHold : public Hold {
 public:
  TestHold(TestDriver& driver, int bus) : driver_(driver), bus_(bus) {}
  Status close() override {
    driver_.add("close" + std::to_string(bus_));
    return {};
  }
  unsigned set_uvm(bool) override { return 0; }

 private:
  TestDriver& driver_;
  int bus_;
};

class TestBackend : public Backend {
 public:
  explicit TestBackend(TestDriver& driver) : driver_(driver) {}
  std::string_view name() const override { return "fake"; }
  Result<std::vector<GpuAddress>> list() override {
    const std::lock_guard lock(driver_.mutex);
    if (!driver_.list_error.empty()) return fail(ErrorCode::kNotFound, driver_.list_error);
    return driver_.gpus;
  }
  Result<std::unique_ptr<Hold>> open(const GpuAddress& gpu) override {
    driver_.add("open" + std::to_string(gpu.bus));
    if (driver_.broken.contains(gpu)) return fail(ErrorCode::kDenied, "no node");
    return std::make_unique<TestHold>(driver_, gpu.bus);
  }

 private:
  TestDriver& driver_;
};

/// Signals are blocked by the daemon for the whole process; a test gives them back.
class SignalsBack {
 public:
  SignalsBack() { ::pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
  ~SignalsBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

/// A daemon below a folder of its own; its state directory and the root of its driver are that folder too.
struct TestDaemon {
  SignalsBack signals;
  TestFolder folder;
  TestDriver driver;
  Log log;
  Options options;
  std::vector<Inherited> inherited;
  std::unique_ptr<Daemon> daemon;
  int ready = 0;

  TestDaemon() {
    options.runtime_dir = folder.path();
    options.root = folder.path();
  }
  ~TestDaemon() { daemon.reset(); }
  Status make() {
    Daemon::Parts parts;
    parts.options = options;
    parts.state_dir = folder.path();
    parts.log = &log;
    parts.backend = std::make_unique<TestBackend>(driver);
    parts.tree = DriverTree(folder.path());
    parts.inherited = std::move(inherited);
    parts.ready = [this] { ++ready, ask_soon(); };
    daemon = TRY(Daemon::make(std::move(parts)));
    return {};
  }
  /// Serves until `asks`, run by a client's thread once the daemon is ready, has come back.
  void serve(std::function<void()> asks) {
    asks_ = std::move(asks);
    if (!daemon) REQUIRE(make());
    const Status ended = daemon->run();
    if (client_.joinable()) client_.join();
    REQUIRE(ended);
  }
  Client client() const {
    auto connected = Client::connect(folder / "socket", kLong);
    REQUIRE(connected);
    return std::move(*connected);
  }

 private:
  void ask_soon() {
    client_ = std::thread([this] {
      if (asks_) asks_();
      ::kill(::getpid(), SIGTERM);
    });
  }
  std::function<void()> asks_;
  std::thread client_;
};

}  // namespace nvstack::persist
