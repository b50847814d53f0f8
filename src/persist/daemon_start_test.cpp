// Goal: the start and what changes later: machines without GPUs, descriptors from a predecessor, a policy
// that is read again, GPUs that come and go.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/text.hpp"
#include "persist/test_daemon.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

/// Asks until the answer is there; false when it never comes.
bool comes_to(const std::function<bool()>& holds) {
  for (int i = 0; i < 20'000; ++i) {
    if (holds()) return true;
    ::usleep(1000);
  }
  return false;
}

Fd open_file(const TestFolder& folder, const std::string& name) {
  folder.write(name, "");
  return Fd(::open((folder / name).c_str(), O_RDWR | O_CLOEXEC));
}

Fd bind_journal(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

/// The next datagram; "" when there is none.
std::string take_message(const Fd& journal) {
  std::array<char, 4096> bytes;
  const ssize_t count = ::recv(journal.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

TEST_CASE("no GPU: strictly compatible the daemon ends in the original's words, else it waits for one") {
  TestDaemon strict;
  strict.driver.gpus.clear();
  strict.options.strict_compat = true;
  REQUIRE(strict.make());
  const Status ended = strict.daemon->run();
  REQUIRE(!ended);
  CHECK(ended.error().message == "Unable to find any NVIDIA devices");
  TestDaemon patient;
  patient.driver.gpus.clear();
  Result<int> mode = -1;
  patient.serve([&] { mode = patient.client().get_mode(kFirst); });
  REQUIRE(!mode);
  CHECK(mode.error().code == ErrorCode::kNotFound);
}

TEST_CASE("a driver that cannot be asked is the reason why a strict daemon ends") {
  TestDaemon bench;
  bench.driver.list_error = "Failed to query NVIDIA devices.";
  bench.options.strict_compat = true;
  REQUIRE(bench.make());
  const Status ended = bench.daemon->run();
  REQUIRE(!ended);
  CHECK(ended.error().message == "Failed to query NVIDIA devices.");
}

TEST_CASE("a GPU that a predecessor handed over is held again although the default is not to") {
  TestDaemon bench;
  bench.options.persistence = false;
  bench.inherited.push_back({open_file(bench.folder, "node"), "gpu-0000.11.00.0"});
  std::vector<int> modes;
  bench.serve([&] {
    Client client = bench.client();
    for (const GpuAddress& gpu : {kFirst, kSecond}) modes.push_back(client.get_mode(gpu).value_or(-1));
  });
  CHECK(modes == std::vector<int>{NVPD_MODE_DISABLED, NVPD_MODE_ENABLED});
}

TEST_CASE("the policy's off wins over what a predecessor held, and descriptors of no known name do nothing") {
  TestDaemon bench;
  bench.options.persistence = false;
  bench.folder.write("policy", "0000:10:00.0 off\n");
  bench.options.policy = bench.folder / "policy";
  bench.inherited.push_back({open_file(bench.folder, "node"), "gpu-0000.10.00.0"});
  bench.inherited.push_back({open_file(bench.folder, "other"), "gpu-nonsense"});
  bench.inherited.push_back({open_file(bench.folder, "third"), ""});
  std::vector<int> modes;
  bench.serve([&] {
    Client client = bench.client();
    for (const GpuAddress& gpu : {kFirst, kSecond}) modes.push_back(client.get_mode(gpu).value_or(-1));
  });
  CHECK(modes == std::vector<int>{NVPD_MODE_DISABLED, NVPD_MODE_DISABLED});
}

TEST_CASE("a socket that the manager opened is the one that is served, and it is not removed") {
  TestDaemon bench;
  auto socket = listen_at(bench.folder / "activated", 0666);
  REQUIRE(socket);
  bench.inherited.push_back({std::move(*socket), "nvidia-persistenced.socket"});
  int mode = -1;
  bool own_socket = true;
  bench.serve([&] {
    own_socket = std::filesystem::exists(bench.folder / "socket");
    auto client = Client::connect(bench.folder / "activated", kLong);
    if (client) mode = client->get_mode(kFirst).value_or(-1);
  });
  CHECK(mode == NVPD_MODE_ENABLED);
  CHECK(!own_socket);
  CHECK(std::filesystem::exists(bench.folder / "activated"));
}

TEST_CASE("the read-only socket answers GET and refuses a SET of root") {
  TestDaemon bench;
  bench.options.readonly_socket = bench.folder / "readonly";
  Result<int> mode = -1;
  Status set;
  unsigned rights = 0;
  bench.serve([&] {
    auto client = Client::connect(bench.folder / "readonly", kLong);
    REQUIRE(client);
    mode = client->get_mode(kFirst);
    set = client->set_mode(kFirst, NVPD_MODE_DISABLED);
    struct stat found {};
    if (::stat((bench.folder / "readonly").c_str(), &found) == 0) rights = found.st_mode & 0777;
  });
  CHECK(mode == NVPD_MODE_ENABLED);
  REQUIRE(!set);
  CHECK(set.error().code == ErrorCode::kDenied);
  CHECK(rights == 0777);
  CHECK(!std::filesystem::exists(bench.folder / "readonly"));
}

TEST_CASE("SIGHUP reads the policy again; its word replaces what a client asked for") {
  TestDaemon bench;
  bench.folder.write("gpus", "0000:10:00.0 on\n0000:11:00.0 on\n");
  bench.folder.write("policy", "all on\n");
  bench.options.policy = bench.folder / "policy";
  bool off = false, other_on = false;
  bench.serve([&] {
    bench.folder.write("policy", "0000:10:00.0 off\n");
    ::kill(::getpid(), SIGHUP);
    Client client = bench.client();
    off = comes_to([&] { return client.get_mode(kFirst) == NVPD_MODE_DISABLED; });
    other_on = client.get_mode(kSecond) == NVPD_MODE_ENABLED;
  });
  CHECK((off && other_on));
  CHECK(!contains(bench.folder.read("gpus"), "0000:10:00.0"));
  CHECK(contains(bench.folder.read("gpus"), "0000:11:00.0 on\n"));
}

TEST_CASE("a policy that became nonsense is named in the log and leaves the old one in force") {
  TestDaemon bench;
  bench.options.persistence = false;
  bench.folder.write("policy", "all on\n");
  bench.options.policy = bench.folder / "policy";
  const Fd journal = bind_journal(bench.folder / "journal");
  bench.log.open(false, Log::Echo::kOff, bench.folder / "journal");
  std::string said;
  std::vector<std::string> wanted;
  bench.serve([&] {
    bench.folder.write("policy", "all off\nnonsense\n");
    ::kill(::getpid(), SIGHUP);
    comes_to([&] { return contains(said += take_message(journal), "Policy read again"); });
    auto control = ControlClient::connect(bench.folder.path());
    REQUIRE(control);
    const auto lines = control->ask({}, kLong);
    REQUIRE(lines);
    for (const ControlLine& line : *lines)
      if (line.kind == "gpu") wanted.push_back(line.field("wanted"));
  });
  CHECK(contains(said, bench.folder / "policy: line 2: \"nonsense\""));
  CHECK(wanted == std::vector<std::string>{"enabled", "enabled"});
}

TEST_CASE("a GPU whose node appears is found and held, one that the driver lost is let go") {
  TestDaemon bench;
  std::filesystem::create_directory(bench.folder / "dev");
  bench.driver.gpus = {kFirst};
  bool came = false, went = false;
  bench.serve([&] {
    Client client = bench.client();
    {
      const std::lock_guard lock(bench.driver.mutex);
      bench.driver.gpus = {kSecond};
    }
    bench.folder.write("dev/nvidia1", "");
    came = comes_to([&] { return client.get_mode(kSecond) == NVPD_MODE_ENABLED; });
    went = comes_to([&] { return !client.get_mode(kFirst); });
  });
  CHECK((came && went));
  CHECK(contains(bench.driver.calls, "close16 "));
}

TEST_CASE("the state is written whole and kept by UUID where the driver tells it") {
  if (::geteuid() != 0) return;  // a SET is root's
  TestDaemon bench;
  bench.folder.write("proc/driver/nvidia/gpus/0000:10:00.0/information", "GPU UUID: \t GPU-abc\n");
  bench.serve([&] { CHECK(bench.client().set_mode(kFirst, NVPD_MODE_DISABLED)); });
  const auto state = parse_intents(bench.folder.read("gpus"));
  REQUIRE(state);
  CHECK(state->by_name == std::map<std::string, bool>{{"GPU-abc", false}});
}
