// Goal: a restart never lets a GPU go: descriptors stay in the manager's store, one for each held GPU,
// through SIGTERM, SIGKILL and mode changes. Also the device-node backend, on a driver tree of plain files.
#include <doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "base/text.hpp"
#include "supervisor.hpp"

using namespace harness;
namespace fs = std::filesystem;

namespace {

/// What a loaded driver with GPUs 0000:10:00.0 and up shows; the nodes are plain files.
void make_driver_tree(const std::string& root, int count) {
  fs::create_directories(root + "/dev");
  write_text(root + "/dev/nvidiactl", "");
  for (int i = 0; i < count; ++i) {
    const std::string folder = root + "/proc/driver/nvidia/gpus/0000:1" + std::to_string(i) + ":00.0";
    fs::create_directories(folder);
    write_text(folder + "/information", "Model: \t\t NVIDIA H100\nGPU UUID: \t GPU-0000000" +
                                            std::to_string(i) + "\nDevice Minor: \t " + std::to_string(i) +
                                            "\nGPU Excluded:\t No\n");
    write_text(root + "/dev/nvidia" + std::to_string(i), "");
  }
}

const std::vector<std::string> kBoth = {"gpu-0000.10.00.0", "gpu-0000.11.00.0"};

}  // namespace

TEST_CASE("nodes: GPUs are listed, held and let go without any library") {
  Folder root;
  make_driver_tree(root.path, 2);
  TestDaemon daemon("", {"--backend=nodes", "--root", root.path});
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  CHECK(get_mode(daemon.socket_path(), 0x11) == 1);
  const std::string status = control(daemon.socket_path("control"), "status");
  CHECK(nvstack::contains(status, "backend=nodes"));
  CHECK(nvstack::contains(status, "uuid=GPU-00000001"));
  const auto holds = [&](const char* node) {
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/fd")) {
      std::error_code gone;
      if (fs::read_symlink(entry, gone) == root.path + "/dev/" + node) return true;
    }
    return false;
  };
  CHECK(holds("nvidia0"));
  CHECK(set_mode(daemon.socket_path(), 0x10, 0) == 0);
  CHECK(!holds("nvidia0"));
  CHECK(holds("nvidia1"));
}

TEST_CASE("fault 10: switching the mode off by version 2 leaves nothing open") {
  Folder root;
  make_driver_tree(root.path, 1);
  const TestDaemon daemon("gpus 1\n", {"--root", root.path});
  CHECK(set_mode(daemon.socket_path(), 0x10, 1) == 0);
  CHECK(ask(daemon.socket_path(), call(5, 2, 1, {0, 0x10, 0, 0, 0})).size() == 32);
  int open = 0;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/fd")) {
    std::error_code gone;
    open += nvstack::contains(fs::read_symlink(entry, gone).string(), "/dev/nvidia0");
  }
  CHECK(open == 0);
}

TEST_CASE("nodes: a node that appears later is taken, one that is missing is named") {
  Folder root;
  make_driver_tree(root.path, 1);
  fs::remove(root.path + "/dev/nvidia0");
  const TestDaemon daemon("", {"--backend=nodes", "--root", root.path});
  CHECK(get_mode(daemon.socket_path(), 0x10) == 0);
  CHECK(nvstack::contains(daemon.errors(), "dev/nvidia0: No such file or directory"));
  write_text(root.path + "/dev/nvidia0", "");
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x10) == 1; }));
}

TEST_CASE("nodes: a driver that is loaded later is found by its nodes, without polling") {
  Folder root;
  fs::create_directories(root.path + "/dev");
  const TestDaemon daemon("", {"--backend=nodes", "--root", root.path});
  CHECK(get_mode(daemon.socket_path(), 0x10) == -3);
  make_driver_tree(root.path, 1);
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x10) == 1; }));
}

TEST_CASE("the manager hears of start, state and end") {
  Folder place, root;
  make_driver_tree(root.path, 2);
  Supervisor supervisor(place.path + "/notify");
  TestDaemon daemon("gpus 2\n", {"--root", root.path}, TestDaemon::Start::kNot);
  supervisor.attach(daemon);
  daemon.environment["WATCHDOG_USEC"] = "200000";
  daemon.start();
  CHECK(eventually([&] { return nvstack::contains(supervisor.messages(), "READY=1"); }));
  CHECK(nvstack::contains(supervisor.messages(), "MAINPID=" + std::to_string(daemon.pid())));
  CHECK(nvstack::contains(supervisor.messages(), "EXTEND_TIMEOUT_USEC="));
  CHECK(eventually([&] { return nvstack::contains(supervisor.messages(), "STATUS=holding 2 of 2 GPUs"); }));
  CHECK(eventually([&] { return nvstack::contains(supervisor.messages(), "WATCHDOG=1"); }));
  CHECK(supervisor.stored() == kBoth);
  CHECK(set_mode(daemon.socket_path(), 0x11, 0) == 0);
  CHECK(supervisor.stored() == std::vector<std::string>{"gpu-0000.10.00.0"});
  CHECK(nvstack::contains(supervisor.messages(), "STATUS=holding 1 of 2 GPUs"));
  ::kill(daemon.pid(), SIGHUP);
  CHECK(eventually([&] { return nvstack::contains(supervisor.messages(), "RELOADING=1\nMONOTONIC_USEC="); }));
  CHECK(daemon.stop(SIGTERM) == 0);
  CHECK(eventually([&] { return nvstack::contains(supervisor.messages(), "STOPPING=1"); }));
}

TEST_CASE("held GPUs stay in the store through restarts and kills, and a successor takes them over") {
  Folder place, root;
  make_driver_tree(root.path, 2);
  Supervisor supervisor(place.path + "/notify");
  TestDaemon daemon("gpus 2\n", {"--root", root.path}, TestDaemon::Start::kNot);
  for (int round = 0; round < 12; ++round) {
    supervisor.attach(daemon);
    daemon.start();
    REQUIRE(get_mode(daemon.socket_path(), 0x10) == 1);
    REQUIRE(get_mode(daemon.socket_path(), 0x11) == 1);
    REQUIRE(supervisor.stored() == kBoth);  // neither lost nor piling up
    daemon.stop(round % 2 == 0 ? SIGKILL : SIGTERM);
    REQUIRE(supervisor.stored() == kBoth);
  }
  // What a predecessor held is held, whatever the command line says for new ones.
  daemon.options.push_back("--no-persistence-mode");
  supervisor.attach(daemon);
  daemon.start();
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  CHECK(set_mode(daemon.socket_path(), 0x10, 0) == 0);
  CHECK(supervisor.stored() == std::vector<std::string>{"gpu-0000.11.00.0"});
}

TEST_CASE("a socket that the manager opened is served, and left alone at the end") {
  Folder place;
  Supervisor supervisor(place.path + "/notify");
  Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, (place.path + "/activated").c_str());
  REQUIRE(::bind(listening.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening.number(), 8) == 0);
  TestDaemon daemon("gpus 1\n", {}, TestDaemon::Start::kNot);
  supervisor.attach(daemon, listening.number());
  daemon.start();
  CHECK(get_mode(place.path + "/activated", 0x10) == 1);
  CHECK(!fs::exists(daemon.socket_path()));
  CHECK(daemon.stop(SIGTERM) == 0);
  CHECK(fs::exists(place.path + "/activated"));
}
