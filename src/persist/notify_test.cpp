// Goal: the words that the service manager hears, the descriptors that go with them, and the wait for it.
// Method: a manager in a thread that closes what it gets, as the real one does.
#include "persist/notify.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <thread>

#include "base/text.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

Fd bind_datagram(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  return socket;
}

struct Message {
  std::string text;
  Fd fd;
};

Message receive(int socket) {
  std::array<char, 512> bytes;
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part, header.msg_iovlen = 1;
  header.msg_control = control.data(), header.msg_controllen = control.size();
  Message message;
  const ssize_t count = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  if (count > 0) message.text.assign(bytes.data(), static_cast<std::size_t>(count));
  if (const cmsghdr* rights = CMSG_FIRSTHDR(&header); rights && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    message.fd = Fd(fd);
  }
  return message;
}

/// Receives that many messages; the descriptor of a BARRIER is closed at once, the others are kept.
class Supervisor {
 public:
  Supervisor(const std::string& path, int count) : socket_(bind_datagram(path)) {
    thread_ = std::thread([this, count] {
      for (int i = 0; i < count; ++i) {
        Message message = receive(socket_.number());
        if (message.text == "BARRIER=1") message.fd.reset(), ++barriers;
        messages.push_back(std::move(message));
      }
    });
  }
  ~Supervisor() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::vector<Message> messages;
  int barriers = 0;

 private:
  Fd socket_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("without a socket that can be reached nobody is told, and nothing fails") {
  const TestFolder folder;
  for (const std::string& path : {std::string(), std::string("/"), std::string("@"), std::string("relative"),
                                  folder / "none", "/" + std::string(200, 'x')}) {
    const Notifier notifier(path);
    CHECK(!notifier.active());
    notifier.send("READY=1");
    notifier.store("gpu-0000.10.00.0", 0);
    notifier.remove("gpu-0000.10.00.0");
  }
  CHECK(!Notifier().active());
}

TEST_CASE("a message arrives as it was written, one datagram each, by path and by abstract name") {
  const TestFolder folder;
  const std::string abstract = "@nvpd-test-" + std::to_string(::getpid());
  for (const std::string& path : {folder / "notify", abstract}) {
    const Fd manager = bind_datagram(path);
    const Notifier notifier(path);
    REQUIRE(notifier.active());
    notifier.send("READY=1");
    notifier.send("STATUS=holding 1 of 2 GPUs");
    CHECK(receive(manager.number()).text == "READY=1");
    const Message second = receive(manager.number());
    CHECK(second.text == "STATUS=holding 1 of 2 GPUs");
    CHECK(!second.fd.valid());
  }
}

TEST_CASE("what goes into the store is named, kept although it looks hung up, and waited for") {
  const TestFolder folder;
  Supervisor manager(folder / "notify", 2);
  folder.write("node", "the GPU");
  const Fd node(::open((folder / "node").c_str(), O_RDONLY | O_CLOEXEC));
  Notifier(folder / "notify").store("gpu-0000.10.00.0", node.number());
  manager.join();
  CHECK(manager.messages[0].text == "FDSTORE=1\nFDPOLL=0\nFDNAME=gpu-0000.10.00.0");
  REQUIRE(manager.messages[0].fd.valid());
  std::array<char, 16> bytes{};
  CHECK(::read(manager.messages[0].fd.number(), bytes.data(), bytes.size()) == 7);
  CHECK(std::string(bytes.data()) == "the GPU");
  CHECK(manager.barriers == 1);
}

TEST_CASE("what leaves the store is named without a descriptor, then waited for") {
  const TestFolder folder;
  Supervisor manager(folder / "notify", 2);
  Notifier(folder / "notify").remove("gpu-0000.10.00.0");
  manager.join();
  CHECK(manager.messages[0].text == "FDSTOREREMOVE=1\nFDNAME=gpu-0000.10.00.0");
  CHECK(!manager.messages[0].fd.valid());
  CHECK(manager.messages[1].text == "BARRIER=1");
}

TEST_CASE("a manager that went away does not end the daemon") {
  const TestFolder folder;
  Fd manager = bind_datagram(folder / "notify");
  const Notifier notifier(folder / "notify");
  manager.reset();
  notifier.send("STOPPING=1");
  notifier.remove("gpu-0000.10.00.0");
  CHECK(notifier.active());
}

TEST_CASE("names of the store: every part of the address, no colon, nothing else understood") {
  for (int slot = 0; slot <= 0x1f; ++slot) {
    const GpuAddress gpu{0xffff, 0xfe, slot};
    const std::string name = store_name(gpu);
    CHECK(name.find(':') == std::string::npos);
    CHECK(name.size() <= 255);  // the manager's limit
    CHECK(parse_store_name(name) == gpu);
  }
  for (const char* name : {"gpu", "GPU-0000.10.00.0", "gpu-0000.10.00.8", "gpu-0000.10.20.0",
                           "gpu-0000.10.00.0 ", "gpu-.10.00.0", "gpu-0000.100.00.0", "gpu-....", "gpu-."})
    CHECK(!parse_store_name(name));
}

TEST_CASE("descriptors are taken by this process alone, and their number is a number") {
  const std::string me = std::to_string(::getpid());
  for (const char* count : {"", "-1", "0", "three", "1e3", "99999999999999999999"})
    CHECK(take_inherited(me, count, "a:b:c").empty());
  for (const std::string& pid : {std::string("0"), "-" + me, me + "0", " " + me, std::string("self")})
    CHECK(take_inherited(pid, "1", "socket").empty());
}
