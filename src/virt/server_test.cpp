// Goal: over a real socket, each client gets what its state and rights allow, others see changes on their
// next read, and a client that breaks off or sends nonsense leaves nothing behind.
#include "abi/nvml.h"
#include "virt/test_client.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;
using channel::Op, channel::Role;

namespace {

bool is_root() {
  return ::geteuid() == 0;
}

}  // namespace

TEST_CASE("attach gives the page, opens are counted, a death closes them") {
  RunningServer server(machine_of("h100", 2));
  RawClient watcher(server.path);
  CHECK(watcher.attach(Role::kNvml) == 0);
  CHECK(watcher.page().gpu_count == 2);
  {
    RawClient client(server.path);
    CHECK(client.ask(Op::open_gpu) == NVML_ERROR_UNINITIALIZED);
    CHECK(client.attach(Role::kNvml) == 0);
    CHECK(client.attach(Role::kNvml) == NVML_ERROR_INVALID_ARGUMENT);  // twice
    CHECK(client.ask(Op::open_gpu) == 0);
    CHECK(client.ask(Op::open_gpu) == 0);
    CHECK(client.ask(Op::open_gpu, 1) == 0);
    CHECK(watcher.page().gpus[0].clients == 2);
    CHECK(watcher.page().gpus[1].clients == 1);
    CHECK(client.ask(Op::close_gpu, 1) == 0);
    CHECK(client.ask(Op::close_gpu, 1) == NVML_ERROR_INVALID_ARGUMENT);
    CHECK(watcher.page().gpus[1].clients == 0);
    CHECK(server.wait_for_clients(2));
  }
  CHECK(server.wait_for_clients(1));
  CHECK(watcher.page().gpus[0].clients == 0);
  CHECK((watcher.page().gpus[0].flags & channel::kInitialized) == 0);
}

TEST_CASE("arguments and rights are checked") {
  RunningServer server(machine_of("h100", 2));
  RawClient client(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(client.ask(Op::open_gpu, 2) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(client.ask(Op::open_gpu, 0, 0, 0, "", 77) == NVML_ERROR_INVALID_ARGUMENT);   // an older handle
  CHECK(client.ask(Op::set_persistence_mode, 0, 1) == NVML_ERROR_INVALID_ARGUMENT);  // not open
  CHECK(client.ask(Op::open_gpu) == 0);
  if (is_root()) {
    CHECK(client.ask(Op::set_persistence_mode, 0, 2) == NVML_ERROR_INVALID_ARGUMENT);
    CHECK(client.ask(Op::set_persistence_mode, 0, 1) == 0);
    CHECK(value_or(client.page().gpus[0], ReadingId::persistence_mode, 0) == 1);
    CHECK(client.ask(Op::remove_gpu, 0) == NVML_ERROR_IN_USE);
    CHECK(client.ask(Op::remove_gpu, 1) == 0);
    CHECK((client.page().gpus[1].flags & channel::kPresent) == 0);
    CHECK(client.ask(Op::discover_gpus) == 0);
    CHECK((client.page().gpus[1].flags & channel::kBound) != 0);
    CHECK(client.ask(Op::reset_gpu, 0) == 0);
  } else {
    CHECK(client.ask(Op::set_persistence_mode, 0, 1) == NVML_ERROR_NO_PERMISSION);
    CHECK(client.ask(Op::reset_gpu, 0) == NVML_ERROR_NO_PERMISSION);
  }
  RawClient odd(server.path);
  CHECK(odd.ask(Op::attach, 0, 99) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(odd.attach(Role::kCuda) == 0);
}

TEST_CASE("a GPU that fell off the bus answers so") {
  RunningServer server(machine_of("h100", 2));
  RawClient client(server.path), control(server.path);
  CHECK(client.attach(Role::kNvml) == 0);
  CHECK(client.ask(Op::open_gpu) == 0);
  CHECK(control.attach(Role::kControl) == 0);
  if (!is_root()) return;
  CHECK(control.ask(Op::control, 0, 0, 0,
                    std::string("fault\0lost\0"
                                "0\0",
                                13)) == 0);
  CHECK(client.ask(Op::set_persistence_mode, 0, 1) == NVML_ERROR_GPU_IS_LOST);
  CHECK(client.ask(Op::open_gpu) == NVML_ERROR_GPU_IS_LOST);
  CHECK(client.ask(Op::close_gpu) == 0);
}

TEST_CASE("a slow open is answered when it is done, and not to one who left") {
  RunningServer server(machine_of("h100", 1, "init_ms = 60\n"));
  RawClient first(server.path), second(server.path);
  CHECK(first.attach(Role::kNvml) == 0);
  CHECK(second.attach(Role::kNvml) == 0);
  {
    RawClient leaves(server.path);
    CHECK(leaves.attach(Role::kNvml) == 0);
    CHECK(leaves.send(channel::Request{Op::open_gpu, 0, first.page().gpus[0].generation, 0, {}}));
  }
  CHECK(first.send(channel::Request{Op::open_gpu, 0, first.page().gpus[0].generation, 0, {}}));
  CHECK(second.ask(Op::open_gpu) == 0);
  CHECK(first.receive().has_value());
  CHECK(server.wait_for_clients(2));
  CHECK(first.page().gpus[0].clients == 2);
}

TEST_CASE("events reach those who wait for their kind") {
  RunningServer server(machine_of("h100", 2));
  RawClient xids(server.path), other(server.path), control(server.path);
  CHECK(xids.attach(Role::kEvents) == 0);
  CHECK(other.attach(Role::kEvents) == 0);
  CHECK(control.attach(Role::kControl) == 0);
  const std::string gpu0(4, '\0');
  CHECK(xids.ask(Op::wait_events, 0, nvmlEventTypeXidCriticalError, 0, gpu0) == 0);
  CHECK(other.ask(Op::wait_events, 0, nvmlEventTypeClock, 0, gpu0) == 0);
  CHECK(other.ask(Op::wait_events, 0, nvmlEventTypeClock, 0, "abc") == NVML_ERROR_INVALID_ARGUMENT);
  if (!is_root()) return;
  CHECK(control.ask(Op::control, 0, 0, 0,
                    std::string("fault\0xid\0"
                                "1\0"
                                "31\0",
                                15)) == 0);
  CHECK(control.ask(Op::control, 0, 0, 0,
                    std::string("fault\0xid\0"
                                "0\0"
                                "43\0",
                                15)) == 0);
  const auto bytes = xids.receive();
  REQUIRE(bytes.has_value());
  REQUIRE(bytes->size() == sizeof(channel::Event));
  channel::Event event;
  std::memcpy(&event, bytes->data(), sizeof event);
  CHECK(event.type == nvmlEventTypeXidCriticalError);
  CHECK(event.data == 43);  // that of GPU 1 was not waited for
  CHECK(event.gpu == 0);
  CHECK_FALSE(other.receive(0).has_value());
}

TEST_CASE("what cannot be a request ends the connection, and no other") {
  RunningServer server(machine_of("h100"));
  RawClient good(server.path);
  CHECK(good.attach(Role::kNvml) == 0);
  channel::Request request{};
  const auto hung_up = [&](const void* bytes, std::size_t size) {
    RawClient bad(server.path);
    CHECK(bad.send(bytes, size));
    return !bad.receive().has_value();
  };
  CHECK(hung_up("x", 1));
  request.op = Op::kCount;
  CHECK(hung_up(&request, sizeof request));
  request = {};
  request.payload_bytes = 7;  // which are not there
  CHECK(hung_up(&request, sizeof request));
  const std::string large(sizeof request + channel::kPayloadMax + 1, '\0');
  CHECK(hung_up(large.data(), large.size()));
  CHECK(good.ask(Op::open_gpu) == 0);
  CHECK(server.wait_for_clients(1));
}

TEST_CASE("control is for root and the owner; its answers are words") {
  RunningServer server(machine_of("h100"));
  RawClient control(server.path);
  CHECK(control.attach(Role::kControl) == 0);
  const int code = control.ask(Op::control, 0, 0, 0, std::string("log\0", 4));
  if (!is_root()) {
    CHECK(code == NVML_ERROR_NO_PERMISSION);
    CHECK(contains(control.text, "belongs to another user"));
    return;
  }
  CHECK(code == 0);
  CHECK(contains(control.text, "NVRM: loading NVIDIA UNIX Open Kernel Module"));
  CHECK(control.ask(Op::control, 0, 0, 0, "nonsense") == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(contains(control.text, "no such request"));
}

TEST_CASE("without the driver a library learns so, while control goes on") {
  RunningServer server("[driver]\nversion = \"580.95.05\"\n[[gpu]]\nboard = \"h100\"\n");
  RawClient library(server.path), control(server.path);
  CHECK(library.attach(Role::kNvml) == NVML_ERROR_DRIVER_NOT_LOADED);
  CHECK(control.attach(Role::kControl) == 0);
  CHECK(control.page().driver_loaded == 0);
}

TEST_CASE("two hundred clients at once, and none afterwards") {
  RunningServer server(machine_of("h100", 8));
  {
    std::vector<std::unique_ptr<RawClient>> all;
    for (unsigned i = 0; i < 200; ++i) {
      all.push_back(std::make_unique<RawClient>(server.path));
      CHECK(all.back()->attach(Role::kNvml) == 0);
      CHECK(all.back()->ask(Op::open_gpu, i % 8) == 0);
    }
    CHECK(all[0]->page().gpus[3].clients == 25);
  }
  CHECK(server.wait_for_clients(0));
  CHECK(server.model->page().gpus[3].clients == 0);
}

TEST_CASE("cuda's work shows and ends with its connection") {
  RunningServer server(machine_of("h100"));
  RawClient watcher(server.path);
  CHECK(watcher.attach(Role::kNvml) == 0);
  {
    RawClient cuda(server.path);
    CHECK(cuda.attach(Role::kCuda) == 0);
    CHECK(cuda.ask(Op::open_gpu) == 0);
    CHECK(cuda.ask(Op::cuda_memory, 0, 1 << 20) == 0);
    CHECK(cuda.ask(Op::cuda_busy, 0, 1, 300) == 0);
    CHECK(watcher.page().gpus[0].process_count == 1);
    CHECK(watcher.page().gpus[0].processes[0].pid == static_cast<unsigned>(::getpid()));
    CHECK(watcher.page().gpus[0].processes[0].sm_percent == 100);
  }
  CHECK(server.wait_for_clients(1));
  CHECK(watcher.page().gpus[0].process_count == 0);
}
