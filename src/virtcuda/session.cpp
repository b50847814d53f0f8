#include "virtcuda/session.hpp"

#include <cstdlib>

#include "virtcuda/context.hpp"

namespace nvstack::virtcuda {

namespace {

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
channel::Connection* connection = nullptr;
bool watching_forks = false;

constexpr int kLibraryMismatch = 18, kNoPermission = 4, kGpuLost = 15, kResetRequired = 16;

int open_connection(const channel::Page** page) {
  auto* fresh = new channel::Connection;
  const int code = fresh->open(channel::Role::kCuda);
  if (code != 0) {
    delete fresh;
    return code;
  }
  connection = fresh;
  *page = fresh->page();
  return 0;
}

int ask_connection(channel::Op op, unsigned gpu, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return connection ? connection->ask(op, gpu, a, b, c) : channel::kCodeUnknown;
}

void close_connection() {
  delete connection;
  connection = nullptr;
}

constexpr Link kConnectionLink = {open_connection, ask_connection, close_connection};

Session& only() {
  static Session* const the = [] {
    auto* fresh = new Session;  // never destroyed: other libraries' last calls come after ours
    fresh->link = kConnectionLink;
    return fresh;
  }();
  return *the;
}

/// CUDA does not live on in a child: what the parent opened is the parent's.
void after_fork_in_child() {
  lock = PTHREAD_MUTEX_INITIALIZER;
  Session& state = only();
  if (state.initialised) state.forked = true;
}

CUresult attach() {
  Session& state = only();
  if (state.page) return CUDA_SUCCESS;
  const channel::Page* page = nullptr;
  if (const int code = state.link.open(&page); code != 0) return code_of(code);
  state.page = page;
  return CUDA_SUCCESS;
}

}  // namespace

Lock::Lock() {
  pthread_mutex_lock(&lock);
}
Lock::~Lock() {
  pthread_mutex_unlock(&lock);
}

Session& session() {
  return only();
}

void use_link(const Link& link) {
  const Lock held;
  Session& state = only();
  forget_contexts();
  if (state.link.close) state.link.close();
  state = Session();
  state.link = link.open ? link : kConnectionLink;
}

CUresult code_of(int nvml_code) {
  switch (nvml_code) {
    case 0: return CUDA_SUCCESS;
    case kLibraryMismatch: return CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
    case kNoPermission:
    case channel::kCodeDriverNotLoaded: return CUDA_ERROR_NO_DEVICE;
    case kGpuLost:
    case kResetRequired: return CUDA_ERROR_UNKNOWN;
    default: return CUDA_ERROR_UNKNOWN;
  }
}

CUresult initialize() {
  Session& state = only();
  if (state.forked) return CUDA_ERROR_NOT_INITIALIZED;
  if (state.initialised) return CUDA_SUCCESS;
  if (!watching_forks) watching_forks = pthread_atfork(nullptr, nullptr, after_fork_in_child) == 0;
  CUDA_TRY(attach());
  if (state.page->cuda_init_code != 0) return static_cast<CUresult>(state.page->cuda_init_code);
  state.devices =
      visible_devices(*state.page, {std::getenv("CUDA_VISIBLE_DEVICES"), std::getenv("CUDA_DEVICE_ORDER")});
  if (state.devices.empty()) return CUDA_ERROR_NO_DEVICE;
  for (const VisibleDevice& device : state.devices)
    CUDA_TRY(code_of(state.link.ask(channel::Op::open_gpu, device.position, 0, 0, 0)));
  state.initialised = true;
  return CUDA_SUCCESS;
}

CUresult ready() {
  const Session& state = only();
  return state.initialised && !state.forked ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED;
}

CUresult find_device(CUdevice device, const channel::Gpu*& gpu) {
  CUDA_TRY(ready());
  const Session& state = only();
  if (device < 0 || static_cast<std::size_t>(device) >= state.devices.size())
    return CUDA_ERROR_INVALID_DEVICE;
  gpu = &state.page->gpus[state.devices[static_cast<std::size_t>(device)].position];
  return CUDA_SUCCESS;
}

const channel::Page* page_if_any() {
  return attach() == CUDA_SUCCESS ? only().page : nullptr;
}

CUresult ask(channel::Op op, CUdevice device, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const Session& state = only();
  const int code = state.link.ask(op, state.devices[static_cast<std::size_t>(device)].position, a, b, c);
  // Requests of CUDA are answered with a CUresult, those that the driver refuses before with an nvmlReturn_t.
  return code == CUDA_ERROR_OUT_OF_MEMORY ? CUDA_ERROR_OUT_OF_MEMORY : code_of(code);
}

std::int64_t reading_or(const channel::Gpu& gpu, channel::ReadingId id, std::int64_t otherwise) {
  const channel::Reading& reading = channel::reading(gpu, id);
  return reading.code == 0 ? reading.value : otherwise;
}

unsigned capability_of(const channel::Gpu& gpu) {
  return static_cast<unsigned>(10 * reading_or(gpu, channel::ReadingId::compute_major, 0) +
                               reading_or(gpu, channel::ReadingId::compute_minor, 0));
}

const channel::Profile* profile_of(CUdevice device) {
  const Session& state = only();
  const VisibleDevice& visible = state.devices[static_cast<std::size_t>(device)];
  if (!visible.is_mig()) return nullptr;
  const channel::Gpu& gpu = state.page->gpus[visible.position];
  const std::uint32_t wanted = gpu.instances[visible.gpu_instance].profile;
  for (std::uint32_t i = 0; i < gpu.profile_count && i < channel::kProfilesMax; ++i)
    if (gpu.profiles[i].profile == wanted || gpu.profiles[i].id == wanted) return &gpu.profiles[i];
  return nullptr;
}

}  // namespace nvstack::virtcuda
