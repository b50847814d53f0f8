// Goal: the daemon as a whole, with GPUs that a test makes: who may ask for what, what is remembered, what
// wins. It runs on the test's thread and ends by the signal that a service manager would send; no test waits
// for time to pass.
#include "persist/daemon.hpp"

#include "base/text.hpp"
#include "persist/test_daemon.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

using Bench = TestDaemon;
const GpuAddress kNowhere{0, 0x7f, 0};

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
