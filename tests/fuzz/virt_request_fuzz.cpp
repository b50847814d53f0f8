#include <sys/socket.h>

#include <cstring>

#include "fuzz.hpp"
#include "virt/builtin.hpp"
#include "virt/server.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

bool make_pair_of(Fd& ours, Fd& theirs) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return false;
  ours = Fd(ends[0]);
  theirs = Fd(ends[1]);
  return true;
}

}  // namespace

/// Bytes are messages of one client, each with a length before it; the client has attached and opened GPU 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Scenario scenario = load_scenario("t4").value();
  auto model = Model::create(scenario);
  if (!model) return 0;
  Server server(**model, 1000);
  Fd ours, theirs;
  if (!make_pair_of(ours, theirs)) return 0;
  server.adopt(std::move(theirs), 100, size % 2 == 0 ? 0 : 1001);
  for (const channel::Op op : {channel::Op::attach, channel::Op::open_gpu}) {
    const channel::Request request{op, 0, (*model)->page().gpus[0].generation, 0, {}};
    (void)!::send(ours.number(), &request, sizeof request, MSG_NOSIGNAL);
    server.serve();
  }
  char reply[4096];
  while (size >= 1) {
    const std::size_t length = std::min<std::size_t>(bytes[0], size - 1);
    (void)!::send(ours.number(), bytes + 1, length, MSG_NOSIGNAL);
    server.serve();
    server.tick();
    while (::recv(ours.number(), reply, sizeof reply, MSG_DONTWAIT) > 0) {
    }
    bytes += 1 + length, size -= 1 + length;
  }
  ours.reset();
  server.serve();
  for (std::size_t i = 0; i < (*model)->page().gpu_count; ++i)
    if ((*model)->page().gpus[i].clients != 0) __builtin_trap();  // who is gone holds nothing
  return 0;
}
