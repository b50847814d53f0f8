#include "persist/gpu_set.hpp"

#include <algorithm>

namespace nvstack::persist {

namespace {

constexpr std::chrono::milliseconds kRetryFirst{1000};
constexpr std::chrono::milliseconds kRetryLast{60'000};

bool is_mode_order(const Order& order) {
  return order.kind == Order::Kind::kSetMode || order.kind == Order::Kind::kSetModeOnly;
}

}  // namespace

Gpu* GpuSet::find_mutable(const GpuAddress& address) {
  for (Gpu& gpu : gpus_)
    if (gpu.address == address) return &gpu;
  return nullptr;
}

const Gpu* GpuSet::find(const GpuAddress& address) const {
  return const_cast<GpuSet*>(this)->find_mutable(address);
}

void GpuSet::queue_own(Gpu& gpu, Order::Kind kind, int value) {
  gpu.waiting.push_back({{kind, value}, {}, false});
}

void GpuSet::add(const GpuAddress& address, std::string uuid, int wanted) {
  if (Gpu* known = find_mutable(address)) {
    known->present = true;  // re-bound before we had let go
    known->wanted = wanted;
    if (wanted == NVPD_MODE_ENABLED) queue_own(*known, Order::Kind::kSetMode, wanted);
    return;
  }
  Gpu gpu;
  gpu.address = address, gpu.uuid = std::move(uuid), gpu.wanted = wanted;
  gpu.tried = wanted != NVPD_MODE_ENABLED;
  if (!gpu.tried) queue_own(gpu, Order::Kind::kSetMode, wanted);
  gpus_.push_back(std::move(gpu));
  std::sort(gpus_.begin(), gpus_.end(), [](const Gpu& a, const Gpu& b) { return a.address < b.address; });
}

void GpuSet::remove(const GpuAddress& address) {
  Gpu* gpu = find_mutable(address);
  if (!gpu) return;
  gpu->present = false, gpu->wanted = NVPD_MODE_DISABLED, gpu->retry_at.reset();
  if (gpu->busy || gpu->mode == NVPD_MODE_ENABLED || gpu->numa == NVPD_NUMA_ONLINE || !gpu->waiting.empty())
    return queue_own(*gpu, Order::Kind::kLetGo, 0);
  std::erase_if(gpus_, [&](const Gpu& other) { return other.address == address; });
}

void GpuSet::set_uuid(const GpuAddress& address, std::string uuid) {
  if (Gpu* gpu = find_mutable(address); gpu && gpu->uuid.empty()) gpu->uuid = std::move(uuid);
}

std::optional<int> GpuSet::request(const GpuAddress& address, const Order& order, Ticket ticket) {
  Gpu* gpu = find_mutable(address);
  if (!gpu || !gpu->present) return NVPD_ERR_DEVICE_NOT_FOUND;
  if (gpu->waiting.size() >= kWaitingMax || ending_) return NVPD_ERR_INSUFFICIENT_RESOURCES;
  gpu->waiting.push_back({order, ticket, is_mode_order(order)});
  return {};
}

void GpuSet::want(const GpuAddress& address, int mode) {
  Gpu* gpu = find_mutable(address);
  if (!gpu || !gpu->present || ending_ || gpu->wanted == mode) return;
  gpu->wanted = mode;
  if (!gpu->lease) queue_own(*gpu, Order::Kind::kSetMode, mode);
}

std::optional<int> GpuSet::release(const GpuAddress& address, Lease lease, Ticket ticket) {
  Gpu* gpu = find_mutable(address);
  if (!gpu || !gpu->present) return NVPD_ERR_DEVICE_NOT_FOUND;
  if (gpu->waiting.size() >= kWaitingMax || ending_) return NVPD_ERR_INSUFFICIENT_RESOURCES;
  gpu->lease = lease;
  gpu->retry_at.reset();
  gpu->waiting.push_back({{Order::Kind::kLetGo, 0}, ticket, false});
  return {};
}

void GpuSet::take_back(const GpuAddress& address) {
  Gpu* gpu = find_mutable(address);
  if (!gpu || !gpu->lease) return;
  gpu->lease.reset();
  if (gpu->wanted == NVPD_MODE_ENABLED && !ending_) queue_own(*gpu, Order::Kind::kSetMode, gpu->wanted);
}

void GpuSet::forget(std::uint64_t connection) {
  for (Gpu& gpu : gpus_) {
    for (Gpu::Waiting& waiting : gpu.waiting)
      if (waiting.ticket.connection == connection) waiting.ticket = {};
    if (gpu.lease && gpu.lease->connection == connection) take_back(gpu.address);
  }
}

void GpuSet::let_all_go() {
  ending_ = true;
  for (Gpu& gpu : gpus_) {
    gpu.retry_at.reset(), gpu.lease.reset();
    gpu.wanted = gpu.mode;
    while (gpu.waiting.size() > (gpu.busy ? 1u : 0u)) gpu.waiting.pop_back();
    if (gpu.busy || gpu.mode == NVPD_MODE_ENABLED || gpu.numa == NVPD_NUMA_ONLINE)
      queue_own(gpu, Order::Kind::kLetGo, 0);
  }
}

std::vector<Start> GpuSet::take_starts(Clock::time_point now) {
  std::vector<Start> starts;
  for (Gpu& gpu : gpus_) {
    if (gpu.busy || gpu.waiting.empty()) continue;
    gpu.busy = true, gpu.busy_since = now;
    starts.push_back({gpu.address, gpu.waiting.front().order});
  }
  return starts;
}

/// What follows from where it stands now: another try later, or nothing.
void GpuSet::settle(Gpu& gpu, Clock::time_point now) {
  gpu.retry_at.reset();
  const bool falls_short = gpu.wanted == NVPD_MODE_ENABLED && gpu.mode != NVPD_MODE_ENABLED;
  if (!falls_short || gpu.lease || !gpu.waiting.empty() || ending_ || retry_ == Retry::kOff) return;
  gpu.retry_pause = std::clamp(gpu.retry_pause * 2, kRetryFirst, kRetryLast);
  gpu.retry_at = now + gpu.retry_pause;
}

Answer GpuSet::finish(const GpuAddress& address, const Outcome& outcome, Clock::time_point now,
                      std::int64_t now_s) {
  Gpu* gpu = find_mutable(address);
  if (!gpu || gpu->waiting.empty()) return {};
  const Gpu::Waiting done = gpu->waiting.front();
  gpu->waiting.pop_front();
  gpu->busy = false, gpu->busy_since.reset(), gpu->tried = true;
  if (outcome.mode != gpu->mode) {
    gpu->held_since.reset();
    if (outcome.mode == NVPD_MODE_ENABLED) gpu->held_since = now_s;
  }
  gpu->mode = outcome.mode, gpu->numa = outcome.numa, gpu->uvm = outcome.uvm;
  if (outcome.open_took.count() > 0) gpu->open_took = outcome.open_took;
  if (outcome.status != NVPD_SUCCESS) ++gpu->failures, gpu->last_error = outcome.error;
  if (outcome.mode == NVPD_MODE_ENABLED) gpu->failures = 0, gpu->last_error.clear(), gpu->retry_pause = {};
  if (done.changes_intent && outcome.status == NVPD_SUCCESS && !ending_) {
    gpu->wanted = done.order.value;
    gpu->lease.reset();  // an explicit word ends a lease
  }
  settle(*gpu, now);
  if (!gpu->present && gpu->waiting.empty())
    std::erase_if(gpus_, [&](const Gpu& other) { return other.address == address; });
  return {done.ticket, outcome.status};
}

std::optional<Clock::time_point> GpuSet::next_deadline() const {
  std::optional<Clock::time_point> next;
  const auto consider = [&](const std::optional<Clock::time_point>& time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const Gpu& gpu : gpus_) {
    consider(gpu.retry_at);
    if (gpu.lease) consider(gpu.lease->until);
  }
  return next;
}

void GpuSet::tick(Clock::time_point now) {
  for (Gpu& gpu : gpus_) {
    if (gpu.lease && gpu.lease->until && *gpu.lease->until <= now) take_back(gpu.address);
    if (!gpu.retry_at || *gpu.retry_at > now) continue;
    gpu.retry_at.reset();
    queue_own(gpu, Order::Kind::kSetMode, gpu.wanted);
  }
}

std::size_t GpuSet::held() const {
  return static_cast<std::size_t>(std::count_if(
      gpus_.begin(), gpus_.end(), [](const Gpu& gpu) { return gpu.mode == NVPD_MODE_ENABLED; }));
}

bool GpuSet::all_tried() const {
  return std::all_of(gpus_.begin(), gpus_.end(), [](const Gpu& gpu) { return gpu.tried; });
}

bool GpuSet::any_busy() const {
  return std::any_of(gpus_.begin(), gpus_.end(),
                     [](const Gpu& gpu) { return gpu.busy || !gpu.waiting.empty(); });
}

}  // namespace nvstack::persist
