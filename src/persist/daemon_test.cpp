// Goal: the daemon as a whole, with GPUs that a test makes: who may ask for what, what is remembered, what
// wins. It runs on the test's thread and ends by the signal that a service manager would send; no test waits
// for time to pass.
#include "persist/daemon.hpp"

#include <signal.h>

#include <thread>

#include "base/text.hpp"
#include "persist/client.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

const GpuAddress kFirst{0, 0x10, 0}, kSecond{0, 0x11, 0}, kNowhere{0, 0x7f, 0};
constexpr std::chrono::milliseconds kLong{20'000};

/// What the driver saw; shared with holds that outlive the backend.
struct Driver {
  std::mutex mutex;
  std::string calls;
  std::set<GpuAddress> broken;
  void add(const std::string& call) {
    const std::lock_guard lock(mutex);
    calls += call + " ";
  }
};

class FakeHold : public Hold {
 public:
  FakeHold(Driver& driver, int bus) : driver_(driver), bus_(bus) {}
  Status close() override {
    driver_.add("close" + std::to_string(bus_));
    return {};
  }
  unsigned set_uvm(bool) override { return 0; }

 private:
  Driver& driver_;
  int bus_;
};

class FakeBackend : public Backend {
 public:
  explicit FakeBackend(Driver& driver) : driver_(driver) {}
  std::string_view name() const override { return "fake"; }
  Result<std::vector<GpuAddress>> list() override { return std::vector<GpuAddress>{kFirst, kSecond}; }
  Result<std::unique_ptr<Hold>> open(const GpuAddress& gpu) override {
    driver_.add("open" + std::to_string(gpu.bus));
    if (driver_.broken.contains(gpu)) return fail(ErrorCode::kDenied, "no node");
    return std::make_unique<FakeHold>(driver_, gpu.bus);
  }

 private:
  Driver& driver_;
};

/// Signals are blocked by the daemon for the whole process; a test gives them back.
class SignalsBack {
 public:
  SignalsBack() { ::pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
  ~SignalsBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

struct Bench {
  SignalsBack signals;
  TestFolder folder;
  Driver driver;
  Log log;
  Options options;
  std::unique_ptr<Daemon> daemon;
  int ready = 0;

  Bench() {
    options.runtime_dir = folder.path();
    options.root = folder.path();
  }
  ~Bench() { daemon.reset(); }
  Status make() {
    Daemon::Parts parts;
    parts.options = options;
    parts.state_dir = folder.path();
    parts.log = &log;
    parts.backend = std::make_unique<FakeBackend>(driver);
    parts.tree = DriverTree(folder.path());
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

Caller root_at(Port port) {
  return {7, port, 0, 1};
}

std::string words_of(const std::optional<std::string>& reply, std::uint32_t xid, int status) {
  if (!reply) return "later";
  return *reply == render_status_reply(xid, status) ? "status " + std::to_string(status) : "another reply";
}

}  // namespace

TEST_CASE("every GPU is held at the start and let go at the end, and the sockets are gone") {
  Bench bench;
  std::vector<Result<int>> modes;
  bench.serve([&] {
    Client client = bench.client();
    for (const GpuAddress& gpu : {kFirst, kSecond, kNowhere}) modes.push_back(client.get_mode(gpu));
  });
  CHECK(bench.ready == 1);
  REQUIRE(modes.size() == 3);
  CHECK(modes[0] == NVPD_MODE_ENABLED);
  CHECK(modes[1] == NVPD_MODE_ENABLED);
  REQUIRE(!modes[2]);
  CHECK(modes[2].error().code == ErrorCode::kNotFound);
  for (const char* call : {"open16 ", "open17 ", "close16 ", "close17 "})
    CHECK(contains(bench.driver.calls, call));
  CHECK(!std::filesystem::exists(bench.folder / "socket"));
  CHECK(!std::filesystem::exists(bench.folder / "control"));
  CHECK(!bench.daemon->stuck());
}

TEST_CASE("--no-persistence-mode holds none, and the daemon is ready at once") {
  Bench bench;
  bench.options.persistence = false;
  int mode = -1;
  bench.serve([&] { mode = bench.client().get_mode(kFirst).value_or(-1); });
  CHECK(mode == NVPD_MODE_DISABLED);
  CHECK(bench.driver.calls.empty());
}

TEST_CASE("a GPU that cannot be opened does not stop the others, and GET says that it is not held") {
  Bench bench;
  bench.driver.broken = {kFirst};
  std::vector<int> modes;
  bench.serve([&] {
    Client client = bench.client();
    for (const GpuAddress& gpu : {kFirst, kSecond}) modes.push_back(client.get_mode(gpu).value_or(-1));
  });
  CHECK(modes == std::vector<int>{NVPD_MODE_DISABLED, NVPD_MODE_ENABLED});
  CHECK(contains(bench.driver.calls, "open16 "));
  CHECK(!contains(bench.driver.calls, "close16 "));
}

TEST_CASE("the policy says what each GPU starts with, the state what was asked for last") {
  Bench bench;
  bench.folder.write("policy", "all off\n0000:11:00.0 on\n");
  bench.options.policy = bench.folder / "policy";
  std::vector<int> modes;
  const auto ask = [&] {
    Client client = bench.client();
    for (const GpuAddress& gpu : {kFirst, kSecond}) modes.push_back(client.get_mode(gpu).value_or(-1));
  };
  bench.serve(ask);
  CHECK(modes == std::vector<int>{NVPD_MODE_DISABLED, NVPD_MODE_ENABLED});
  modes.clear();
  bench.daemon.reset();
  bench.folder.write("gpus", "0000:10:00.0 on\n0000:11:00.0 off\n");
  bench.serve(ask);
  CHECK(modes == std::vector<int>{NVPD_MODE_ENABLED, NVPD_MODE_DISABLED});
}

TEST_CASE("a state file or a policy that is none is left aside, not obeyed in part") {
  for (const std::string& text :
       {std::string("0000:10:00.0 off\n0000:11:00.0 o"), std::string("all off\n\xff\xfe\n"),
        std::string("all off\n") + std::string(2 << 20, '\n'), std::string("all off\nall\0on\n", 16)}) {
    Bench bench;
    bench.folder.write("gpus", text);
    bench.folder.write("policy", text);
    bench.options.policy = bench.folder / "policy";
    int mode = -1;
    bench.serve([&] { mode = bench.client().get_mode(kFirst).value_or(-1); });
    CHECK(mode == NVPD_MODE_ENABLED);
    CHECK(bench.folder.read("gpus") == text);
  }
}

TEST_CASE("what root sets by the socket is done and remembered; for anybody else it is status 7") {
  Bench bench;
  Status set;
  bench.serve([&] { set = bench.client().set_mode(kFirst, NVPD_MODE_DISABLED); });
  if (::geteuid() == 0) {
    CHECK(set);
    CHECK(contains(bench.folder.read("gpus"), "0000:10:00.0 off\n"));
    CHECK(!contains(bench.folder.read("gpus"), "0000:11:00.0"));
  } else {
    REQUIRE(!set);
    CHECK(set.error().code == ErrorCode::kDenied);
    CHECK(!std::filesystem::exists(bench.folder / "gpus"));
  }
}

TEST_CASE("rights are looked at before the GPU, the GPU before the value") {
  Bench bench;
  REQUIRE(bench.make());
  Daemon& daemon = *bench.daemon;
  for (const Procedure procedure : {Procedure::kSetMode, Procedure::kSetModeOnly, Procedure::kSetNuma}) {
    Caller user{7, Port::kFull, 1000, 1};
    CHECK(words_of(daemon.answer(user, {5, procedure, kNowhere, 0, 1}), 5, NVPD_ERR_PERMISSIONS) ==
          "status 7");
    user.uid = 65534;  // root of a user namespace
    CHECK(words_of(daemon.answer(user, {5, procedure, kNowhere, 0, 1}), 5, NVPD_ERR_PERMISSIONS) ==
          "status 7");
    CHECK(words_of(daemon.answer(root_at(Port::kReadOnly), {5, procedure, kNowhere, 0, 1}), 5,
                   NVPD_ERR_PERMISSIONS) == "status 7");
    CHECK(words_of(daemon.answer(root_at(Port::kFull), {5, procedure, kNowhere, 0, 99}), 5,
                   NVPD_ERR_DEVICE_NOT_FOUND) == "status 2");
  }
  CHECK(daemon.answer({7, Port::kReadOnly, 1000, 1}, {5, Procedure::kNull, {}, 0, 0}) ==
        render_null_reply(5));
  CHECK(words_of(daemon.answer({7, Port::kReadOnly, 1000, 1}, {5, Procedure::kGetMode, kNowhere, 0, 0}), 5,
                 NVPD_ERR_DEVICE_NOT_FOUND) == "status 2");
}

TEST_CASE("the control language: status for all, release for root, errors in one line") {
  Bench bench;
  REQUIRE(bench.make());
  Daemon& daemon = *bench.daemon;
  const Caller user{7, Port::kControl, 1000, 1};
  const std::string status = daemon.answer_line(user, "status").value_or("");
  CHECK(status.starts_with("daemon\tpid=" + std::to_string(::getpid()) + "\tbackend=fake\t"));
  CHECK(status.ends_with("\thanded_over=no\n\n"));
  for (const char* line : {"release all hold", "take-back all", "release 0000:10:00.0 5"})
    CHECK(daemon.answer_line(user, line) == "error\ttext=only root may release GPUs\n\n");
  CHECK(daemon.answer_line(root_at(Port::kControl), "release 0000:7f:00.0 hold") ==
        "error\ttext=no GPU at 0000:7f:00.0\n\n");
  CHECK(daemon.answer_line(root_at(Port::kControl), "take-back all") == "ok\n\n");
  const std::string wrong = daemon.answer_line(user, "stop\tnow").value_or("");
  CHECK(wrong.starts_with("error\ttext=not understood: stop"));
  CHECK(wrong.find('\n') == wrong.size() - 2);
}

TEST_CASE("a release lets the GPU go, says so when it is done, and take-back brings it back") {
  if (::geteuid() != 0) return;  // the kernel says who asks, and only root may
  Bench bench;
  std::vector<std::string> seen;
  bench.serve([&] {
    auto control = ControlClient::connect(bench.folder.path());
    REQUIRE(control);
    const auto mode = [&] { seen.push_back(std::to_string(bench.client().get_mode(kFirst).value_or(-1))); };
    mode();
    const auto done =
        control->ask({ControlRequest::Verb::kRelease, kFirst, std::chrono::seconds(3600)}, kLong);
    seen.push_back(done && done->size() == 1 ? (*done)[0].kind : "error");
    mode();
    const auto lines = control->ask({}, kLong);
    if (lines && lines->size() == 3) seen.push_back((*lines)[1].field("wanted"));
    REQUIRE(control->ask({ControlRequest::Verb::kTakeBack, kFirst, {}}, kLong));
    REQUIRE(bench.client().set_mode(kFirst, NVPD_MODE_ENABLED));  // waits behind the take-back
    mode();
  });
  CHECK(seen == std::vector<std::string>{"1", "ok", "0", "enabled", "1"});
  CHECK(bench.driver.calls.find("close16 ") < bench.driver.calls.rfind("open16 "));
}

TEST_CASE("a runtime directory that is not there is an error that names the socket") {
  Bench bench;
  bench.options.runtime_dir = bench.folder / "none";
  const Status made = bench.make();
  REQUIRE(!made);
  CHECK(contains(made.error().message, bench.folder / "none/socket"));
}
