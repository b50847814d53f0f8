// A state page of the test's own in place of a driver: GPUs with the readings that a test needs, requests
// recorded and answered with a code of the test's choice, and sockets for event sets.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "virtml/words.hpp"

namespace nvstack::virtml {

class TestDriver {
 public:
  explicit TestDriver(unsigned gpus = 1) {
    current() = this;
    const std::size_t bytes = sizeof(channel::Page) + gpus * sizeof(Gpu);
    page_ = static_cast<channel::Page*>(std::aligned_alloc(alignof(channel::Page), (bytes + 63) / 64 * 64));
    std::memset(static_cast<void*>(page_), 0, bytes);
    page_->layout = channel::kLayout;
    page_->gpu_size = sizeof(Gpu);
    page_->gpu_count = page_->gpu_capacity = gpus;
    page_->driver_loaded = 1;
    page_->library_branch = 580;
    page_->cuda_version = 13000;
    page_->speed = 1;
    std::strcpy(page_->driver_version, "580.95.05");
    std::strcpy(page_->nvml_version, "13.580.95.05");
    std::strcpy(page_->driver_branch, "r580_78");
    for (unsigned i = 0; i < gpus; ++i) fill(i);
    stand_ = {page_, answer, events};
    use(&stand_);
    initialize(OpenGpus::kLater);
  }
  TestDriver(const TestDriver&) = delete;
  ~TestDriver() {
    while (shut_down() == NVML_SUCCESS) {
    }
    use(nullptr);
    for (const int socket : sockets) ::close(socket);
    std::free(page_);
    current() = nullptr;
  }

  channel::Page& page() { return *page_; }
  Gpu& gpu(unsigned index = 0) { return page_->gpus[index]; }
  void set(ReadingId id, std::int64_t value, int code = 0, unsigned index = 0) {
    channel::reading(gpu(index), id) = {value, code, 0};
  }
  void set(TextId id, const std::string& text, unsigned index = 0) {
    std::strcpy(gpu(index).texts[static_cast<std::size_t>(id)], text.c_str());
  }
  void add_process(unsigned pid, unsigned kinds, std::uint64_t memory_bytes,
                   unsigned instance = channel::kNoInstance) {
    channel::Process& process = gpu().processes[gpu().process_count++];
    process.pid = pid;
    process.kinds = kinds;
    process.memory_bytes = memory_bytes;
    process.gpu_instance = instance;
    process.compute_instance = instance == channel::kNoInstance ? channel::kNoInstance : 0;
    process.sm_percent = 10 + pid;
  }
  /// The handle of a GPU, opened.
  nvmlDevice_t device(unsigned index = 0) {
    nvmlDevice_t handle = nullptr;
    nvmlDeviceGetHandleByIndex_v2(index, &handle);
    return handle;
  }
  const channel::Request& last() const { return requests.back(); }

  std::vector<channel::Request> requests;
  std::vector<std::string> payloads;
  std::vector<int> sockets;  // the driver's ends of event sets
  int answer_code = 0;       // of every answer but those to open_gpu
  std::uint64_t answer_value = 0;

 private:
  static TestDriver*& current() {
    static TestDriver* driver = nullptr;
    return driver;
  }
  static int answer(const channel::Request& request, channel::Reply& reply, const void* payload) {
    TestDriver& self = *current();
    self.requests.push_back(request);
    self.payloads.emplace_back(static_cast<const char*>(payload), payload ? request.payload_bytes : 0);
    reply.values[0] = self.answer_value;
    return request.op == Op::open_gpu ? 0 : self.answer_code;
  }
  static int events() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -1;
    current()->sockets.push_back(pair[1]);
    return pair[0];
  }
  void fill(unsigned index) {
    Gpu& board = gpu(index);
    board.flags = channel::kPresent | channel::kBound | channel::kInitialized;
    board.bus = 1 + index;
    board.device_id = 0x233010de;
    board.subsystem_id = 0x16c110de;
    board.class_code = 0x030200;
    board.numa_node = index / 2;
    board.host_bridge = 1 + index / 2;
    board.board_group = 1 + index;
    for (channel::Reading& reading : board.readings) reading.code = NVML_ERROR_NOT_SUPPORTED;
    set(TextId::name, "NVIDIA H100 80GB HBM3", index);
    set(TextId::uuid, "GPU-0a1b2c3d-0000-1111-2222-33334444555" + std::to_string(index), index);
    set(ReadingId::minor_number, index, 0, index);
  }

  channel::Page* page_ = nullptr;
  Stand stand_;
};

}  // namespace nvstack::virtml
