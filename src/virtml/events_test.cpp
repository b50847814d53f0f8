#include <doctest.h>

#include <thread>

#include "virtml/event_sets.hpp"
#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

/// The driver's end of a set: takes a request for events and answers it; sends events.
struct DriverEnd {
  int socket;
  channel::Request request{};
  std::vector<std::uint32_t> positions;

  void answer(int code = 0) {
    unsigned char bytes[8192];
    const ssize_t size = ::recv(socket, bytes, sizeof bytes, 0);
    REQUIRE(size >= static_cast<ssize_t>(sizeof request));
    std::memcpy(&request, bytes, sizeof request);
    positions.resize(request.payload_bytes / 4);
    std::memcpy(positions.data(), bytes + sizeof request, request.payload_bytes);
    const channel::Reply reply{code, 0, {}};
    REQUIRE(::send(socket, &reply, sizeof reply, 0) == static_cast<ssize_t>(sizeof reply));
  }
  void tell(std::uint64_t type, unsigned gpu, std::uint64_t data) {
    const channel::Event event{type, data, gpu, 0xffffffff, 0xffffffff, 0};
    REQUIRE(::send(socket, &event, sizeof event, 0) == static_cast<ssize_t>(sizeof event));
  }
};

nvmlReturn_t register_with(DriverEnd& end, nvmlDevice_t device, unsigned long long types,
                           nvmlEventSet_t set) {
  std::thread driver([&] { end.answer(); });
  const nvmlReturn_t code = nvmlDeviceRegisterEvents(device, types, set);
  driver.join();
  return code;
}

}  // namespace

TEST_CASE("what a board can tell of") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned long long types = 0;
  CHECK(nvmlDeviceGetSupportedEventTypes(device, &types) == NVML_SUCCESS);
  CHECK((types & nvmlEventTypeXidCriticalError) != 0);
  CHECK((types & nvmlEventTypeDoubleBitEccError) == 0);
  driver.set(ReadingId::ecc_mode, 1);
  CHECK(nvmlDeviceGetSupportedEventTypes(device, &types) == NVML_SUCCESS);
  CHECK((types & nvmlEventTypeDoubleBitEccError) != 0);
}

TEST_CASE("a set asks for the masks of all its GPUs and gives what each was registered for") {
  TestDriver driver(2);
  nvmlEventSet_t set = nullptr;
  CHECK(nvmlEventSetCreate(&set) == NVML_SUCCESS);
  REQUIRE(driver.sockets.size() == 1);
  DriverEnd end{driver.sockets[0], {}, {}};
  CHECK(register_with(end, driver.device(0), nvmlEventTypeXidCriticalError, set) == NVML_SUCCESS);
  CHECK(register_with(end, driver.device(1), nvmlEventTypePState, set) == NVML_SUCCESS);
  CHECK(end.request.op == Op::wait_events);
  CHECK(end.request.args[0] == (nvmlEventTypeXidCriticalError | nvmlEventTypePState));
  CHECK(end.positions == std::vector<std::uint32_t>{0, 1});

  end.tell(nvmlEventTypePState, 0, 0);  // GPU 0 was not registered for it
  end.tell(nvmlEventTypeXidCriticalError, 0, 79);
  nvmlEventData_t data;
  CHECK(nvmlEventSetWait_v2(set, &data, 1000) == NVML_SUCCESS);
  CHECK(data.device == driver.device(0));
  CHECK(data.eventData == 79);
  CHECK(data.gpuInstanceId == 0xffffffff);
  CHECK(nvmlEventSetWait_v2(set, &data, 0) == NVML_ERROR_TIMEOUT);
  CHECK(nvmlEventSetWait_v2(set, &data, 20) == NVML_ERROR_TIMEOUT);

  std::memset(&data, 0x44, sizeof data);
  end.tell(nvmlEventTypePState, 1, 8);
  CHECK(nvmlEventSetWait(set, &data, 1000) == NVML_SUCCESS);
  CHECK(data.device == driver.device(1));
  CHECK(data.gpuInstanceId == 0x44444444);  // the first version ends before it
  CHECK(nvmlEventSetFree(set) == NVML_SUCCESS);
  CHECK(nvmlEventSetFree(set) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlEventSetWait_v2(set, &data, 0) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("events that come before the reply to a registration are kept") {
  TestDriver driver;
  nvmlEventSet_t set = nullptr;
  CHECK(nvmlEventSetCreate(&set) == NVML_SUCCESS);
  DriverEnd end{driver.sockets[0], {}, {}};
  CHECK(register_with(end, driver.device(), nvmlEventTypeXidCriticalError, set) == NVML_SUCCESS);
  end.tell(nvmlEventTypeXidCriticalError, 0, 13);
  CHECK(register_with(end, driver.device(), nvmlEventTypeClock, set) == NVML_SUCCESS);
  nvmlEventData_t data;
  CHECK(nvmlEventSetWait_v2(set, &data, 0) == NVML_SUCCESS);
  CHECK(data.eventData == 13);
  CHECK(nvmlEventSetFree(set) == NVML_SUCCESS);
}

TEST_CASE("registering is refused for unknown types, unsupported types and foreign sets") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlEventSet_t set = nullptr;
  CHECK(nvmlEventSetCreate(nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlEventSetCreate(&set) == NVML_SUCCESS);
  CHECK(nvmlDeviceRegisterEvents(device, 1ull << 40, set) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceRegisterEvents(device, nvmlEventTypeSingleBitEccError, set) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceRegisterEvents(device, nvmlEventTypeXidCriticalError,
                                 reinterpret_cast<nvmlEventSet_t>(&driver)) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceRegisterEvents(nullptr, nvmlEventTypeXidCriticalError, set) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceRegisterEvents(device, 0, set) == NVML_SUCCESS);
  CHECK(nvmlEventSetFree(set) == NVML_SUCCESS);
}

TEST_CASE("freeing a set ends the wait of another thread, and a dead driver too") {
  TestDriver driver;
  nvmlEventSet_t set = nullptr;
  CHECK(nvmlEventSetCreate(&set) == NVML_SUCCESS);
  nvmlReturn_t code = NVML_SUCCESS;
  std::thread waiter([&] {
    nvmlEventData_t data;
    code = nvmlEventSetWait_v2(set, &data, 600'000);
  });
  CHECK(nvmlEventSetFree(set) == NVML_SUCCESS);
  waiter.join();
  CHECK((code == NVML_ERROR_UNKNOWN || code == NVML_ERROR_INVALID_ARGUMENT));
  CHECK(nvmlEventSetCreate(&set) == NVML_SUCCESS);
  ::close(driver.sockets.back());
  driver.sockets.pop_back();
  nvmlEventData_t data;
  CHECK(nvmlEventSetWait_v2(set, &data, 1000) == NVML_ERROR_UNKNOWN);
  CHECK(nvmlEventSetFree(set) == NVML_SUCCESS);
}

TEST_CASE("a GPU taken from the driver and given back is told as two events of the machine") {
  TestDriver driver(3);
  nvmlSystemEventSetCreateRequest_t create{};
  CHECK(nvmlSystemEventSetCreate(&create) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  CHECK(nvmlSystemEventSetCreate(nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  create.version = nvmlSystemEventSetCreateRequest_v1;
  CHECK(nvmlSystemEventSetCreate(&create) == NVML_SUCCESS);
  nvmlSystemRegisterEventRequest_t wanted{nvmlSystemRegisterEventRequest_v1, 4, create.set};
  CHECK(nvmlSystemRegisterEvents(&wanted) == NVML_ERROR_INVALID_ARGUMENT);
  wanted.eventTypes = nvmlSystemEventTypeGpuDriverUnbind | nvmlSystemEventTypeGpuDriverBind;
  CHECK(nvmlSystemRegisterEvents(&wanted) == NVML_SUCCESS);
  nvmlSystemEventData_v1_t data[4];
  nvmlSystemEventSetWaitRequest_t wait{nvmlSystemEventSetWaitRequest_v1, 0, create.set, data, 4, 9};
  CHECK(nvmlSystemEventSetWait(&wait) == NVML_ERROR_TIMEOUT);
  driver.gpu(1).flags = channel::kPresent;
  CHECK(nvmlSystemEventSetWait(&wait) == NVML_SUCCESS);
  CHECK(wait.numEvent == 1);
  CHECK(data[0].eventType == nvmlSystemEventTypeGpuDriverUnbind);
  CHECK(data[0].gpuId == 2u << 8);
  driver.gpu(1).flags |= channel::kBound;
  ++driver.gpu(0).generation;  // both at once
  CHECK(nvmlSystemEventSetWait(&wait) == NVML_SUCCESS);
  CHECK(wait.numEvent == 3);
  CHECK(data[1].eventType == nvmlSystemEventTypeGpuDriverBind);
  wait.dataSize = 0;
  CHECK(nvmlSystemEventSetWait(&wait) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlSystemEventSetFreeRequest_t done{nvmlSystemEventSetFreeRequest_v1, create.set};
  CHECK(nvmlSystemEventSetFree(&done) == NVML_SUCCESS);
  CHECK(nvmlSystemEventSetFree(&done) == NVML_ERROR_INVALID_ARGUMENT);
  wait.dataSize = 4;
  CHECK(nvmlSystemEventSetWait(&wait) == NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virtml
