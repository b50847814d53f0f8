// Goal: each kind of request answers as its row in channel/ops.inc says, to each kind of client; cuda's work
// comes and goes.
#include "abi/nvml.h"
#include "virt/faults.hpp"
#include "virt/test_client.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;
using channel::Op, channel::Role;

namespace {

bool is_root() {
  return ::geteuid() == 0;
}

enum Gpus { kNone, kAny, kOpened };
enum Who { kAnyone, kRoot };
struct Row {
  Op op;
  std::string_view name;
  Gpus gpu;
  Who who;
};
constexpr Row kRows[] = {
#define OP(id, gpu, root, meaning) {Op::id, #id, gpu, root},
#include "channel/ops.inc"
#undef OP
};

/// Those that a client may ask without having attached, or that answer later.
bool is_special(Op op) {
  return op == Op::attach || op == Op::control || op == Op::wait_events;
}

}  // namespace

TEST_CASE("nobody asks anything before attaching") {
  RunningServer server(machine_of("h100"));
  RawClient client(server.path);
  for (const Row& row : kRows)
    if (!is_special(row.op)) CHECK_MESSAGE(client.ask(row.op) == NVML_ERROR_UNINITIALIZED, row.name);
  CHECK(client.attach(Role::kNvml) == 0);
}

TEST_CASE("every request of a GPU checks its number and generation first") {
  RunningServer server(machine_of("h100", 2));
  RawClient client(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  for (const Row& row : kRows) {
    if (row.gpu == kNone || is_special(row.op)) continue;
    CHECK_MESSAGE(client.ask(row.op, 2) == NVML_ERROR_INVALID_ARGUMENT, row.name);
    CHECK_MESSAGE(client.ask(row.op, 0xffff'fffe) == NVML_ERROR_INVALID_ARGUMENT, row.name);
    CHECK_MESSAGE(client.ask(row.op, 1, 0, 0, "", 1234) == NVML_ERROR_INVALID_ARGUMENT, row.name);
  }
  CHECK(client.page().gpus[0].clients == 0);
}

TEST_CASE("what needs an open GPU is refused to who has not opened it, though another has") {
  RunningServer server(machine_of("h100", 2));
  RawClient client(server.path), other(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(other.attach(Role::kNvml) == 0);
  CHECK(other.ask(Op::open_gpu) == 0);
  CHECK(client.ask(Op::open_gpu, 1) == 0);
  for (const Row& row : kRows)
    if (row.gpu == kOpened) CHECK_MESSAGE(client.ask(row.op) == NVML_ERROR_INVALID_ARGUMENT, row.name);
}

TEST_CASE("what is root's is refused to others") {
  if (is_root()) return;
  RunningServer server(machine_of("h100"));
  RawClient client(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(client.ask(Op::open_gpu) == 0);
  for (const Row& row : kRows)
    if (row.who == kRoot) CHECK_MESSAGE(client.ask(row.op) == NVML_ERROR_NO_PERMISSION, row.name);
}

TEST_CASE("no request, however odd its numbers, ends the server or another's connection") {
  RunningServer server(machine_of("h100", 2));
  RawClient client(server.path), good(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(good.attach(Role::kNvml) == 0);
  CHECK(good.ask(Op::open_gpu, 1) == 0);
  CHECK(client.ask(Op::open_gpu) == 0);
  for (const Row& row : kRows) {
    if (is_special(row.op) || row.op == Op::close_gpu || row.op == Op::remove_gpu || row.op == Op::reset_gpu)
      continue;
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x7fff'ffff}, ~std::uint64_t{0}})
      CHECK_MESSAGE(client.ask(row.op, 0, number, ~number) >= 0, row.name);
  }
  CHECK(client.ask(Op::set_hostname, 0, 0, 0, std::string(5000, 'h')) >= 0);
  CHECK(good.ask(Op::close_gpu, 1) == 0);
}

TEST_CASE("cuda's work ends with its last byte and begins anew") {
  RunningServer server(machine_of("h100", 2));
  RawClient cuda(server.path);
  CHECK(cuda.attach(Role::kCuda) == 0);
  CHECK(cuda.ask(Op::open_gpu, 0) == 0);
  CHECK(cuda.ask(Op::open_gpu, 1) == 0);
  const auto used = [&](std::size_t gpu) {
    return value_or(cuda.page().gpus[gpu], ReadingId::memory_used_bytes, -1);
  };
  const auto before = used(0);
  CHECK(cuda.ask(Op::cuda_memory, 0, 64 << 20) == 0);
  CHECK(cuda.ask(Op::cuda_memory, 1, 32 << 20) == 0);
  CHECK(cuda.page().gpus[0].process_count == 1);
  CHECK(used(0) == before + (64 << 20));
  CHECK(cuda.ask(Op::cuda_memory, 0, 0) == 0);
  CHECK(cuda.page().gpus[0].process_count == 0);
  CHECK(used(0) == before);
  CHECK(cuda.page().gpus[1].process_count == 1);  // its context there lives on
  CHECK(cuda.page().gpus[0].clients == 1);        // and its open of this one, too
  CHECK(cuda.ask(Op::cuda_memory, 0, 0) == 0);
  CHECK(cuda.ask(Op::cuda_memory, 0, 1 << 20) == 0);
  CHECK(cuda.page().gpus[0].process_count == 1);
}

TEST_CASE("the last byte of one process is not another's") {
  RunningServer server(machine_of("h100"));
  RawClient first(server.path), second(server.path);
  for (RawClient* client : {&first, &second}) {
    CHECK(client->attach(Role::kCuda) == 0);
    CHECK(client->ask(Op::open_gpu) == 0);
    CHECK(client->ask(Op::cuda_memory, 0, 1 << 20) == 0);
  }
  CHECK(first.page().gpus[0].processes[0].memory_bytes == 2 << 20);  // both are this process
  CHECK(first.ask(Op::cuda_memory, 0, 0) == 0);
  CHECK(first.page().gpus[0].process_count == 1);
  CHECK(first.page().gpus[0].processes[0].memory_bytes == 1 << 20);
}

TEST_CASE("a kernel that failed leaves its Xid, with who ran it, and an event") {
  RunningServer server(machine_of("h100"));
  RawClient cuda(server.path), events(server.path);
  CHECK(events.attach(Role::kEvents) == 0);
  CHECK(events.ask(Op::wait_events, 0, nvmlEventTypeXidCriticalError, 0, std::string(4, '\0')) == 0);
  CHECK(cuda.attach(Role::kCuda) == 0);
  CHECK(cuda.ask(Op::cuda_fault, 0, 31) == NVML_ERROR_INVALID_ARGUMENT);  // not open
  CHECK(cuda.ask(Op::open_gpu) == 0);
  CHECK(cuda.ask(Op::cuda_memory, 0, 1 << 20) == 0);
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{48}, std::uint64_t{79}, ~std::uint64_t{0}})
    CHECK(cuda.ask(Op::cuda_fault, 0, number) == NVML_ERROR_INVALID_ARGUMENT);  // no program may stage those
  CHECK(cuda.ask(Op::cuda_fault, 0, 31) == 0);
  CHECK(cuda.ask(Op::cuda_fault, 0, 13) == 0);
  const auto bytes = events.receive();
  REQUIRE(bytes.has_value());
  REQUIRE(bytes->size() == sizeof(channel::Event));
  channel::Event event;
  std::memcpy(&event, bytes->data(), sizeof event);
  CHECK(event.data == 31);
  const std::string process = ", pid=" + std::to_string(::getpid()) + ", name=cuda, ";
  CHECK(has_line(*server.model, "31" + process + xid_text(31)));
  CHECK(has_line(*server.model, "13" + process + xid_text(13)));
}

TEST_CASE("after the module was unloaded, old handles are of no use") {
  RunningServer server(machine_of("h100"));
  RawClient client(server.path), control(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(control.attach(Role::kControl) == 0);
  const std::uint32_t generation = client.page().gpus[0].generation;
  if (!is_root()) return;
  const auto unload = [&](const std::string& name) {
    return control.ask(Op::control, 0, 0, 0, std::string("module\0unload\0", 14) + name + '\0');
  };
  CHECK(client.ask(Op::open_gpu) == 0);
  for (const char* name : {"nvidia_uvm", "nvidia_drm", "nvidia_modeset"}) CHECK(unload(name) == 0);
  CHECK(unload("nvidia") != 0);  // in use
  CHECK(client.ask(Op::close_gpu) == 0);
  CHECK(unload("nvidia") == 0);
  CHECK(client.ask(Op::open_gpu, 0, 0, 0, "", generation) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(client.ask(Op::open_gpu) == NVML_ERROR_NOT_FOUND);
  CHECK(client.page().gpus[0].clients == 0);
  RawClient late(server.path);
  CHECK(late.attach(Role::kNvml) == NVML_ERROR_DRIVER_NOT_LOADED);
}

TEST_CASE("one slow open at a time for each client") {
  RunningServer server(machine_of("h100", 2, "init_ms = 60000\n"));
  RawClient client(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  const std::uint32_t generation = client.page().gpus[0].generation;
  CHECK(client.send(channel::Request{Op::open_gpu, 0, generation, 0, {}}));
  CHECK(client.ask(Op::open_gpu, 1) == NVML_ERROR_IN_USE);
  CHECK(client.ask(Op::close_gpu, 0) == NVML_ERROR_INVALID_ARGUMENT);  // it is not open yet
}

TEST_CASE("events of no GPU, of all, and no more after asking for none") {
  RunningServer server(machine_of("h100", 2));
  RawClient events(server.path), cuda(server.path);
  CHECK(events.attach(Role::kEvents) == 0);
  CHECK(cuda.attach(Role::kCuda) == 0);
  CHECK(cuda.ask(Op::open_gpu, 1) == 0);
  const std::string both("\0\0\0\0\1\0\0\0", 8);
  CHECK(events.ask(Op::wait_events, 0, nvmlEventTypeXidCriticalError, 0, "") == 0);
  CHECK(cuda.ask(Op::cuda_fault, 1, 31) == 0);
  CHECK_FALSE(events.receive(0).has_value());
  CHECK(events.ask(Op::wait_events, 0, nvmlEventTypeXidCriticalError, 0, both) == 0);
  CHECK(cuda.ask(Op::cuda_fault, 1, 31) == 0);
  const auto heard = events.receive();
  REQUIRE(heard.has_value());
  CHECK(heard->size() == sizeof(channel::Event));
  CHECK(events.ask(Op::wait_events, 0, 0, 0, both) == 0);
  CHECK(cuda.ask(Op::cuda_fault, 1, 31) == 0);
  CHECK_FALSE(events.receive(0).has_value());
}

TEST_CASE("a machine without GPUs answers what names none") {
  RunningServer server("[driver]\nversion = \"580.95.05\"\n");
  RawClient client(server.path);
  const int code = client.attach(Role::kControl);
  CHECK(code == 0);
  CHECK(client.page().gpu_count == 0);
  CHECK(client.ask(Op::open_gpu) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(client.ask(Op::cuda_fault, 0, 31) == NVML_ERROR_INVALID_ARGUMENT);
}
