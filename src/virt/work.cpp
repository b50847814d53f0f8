// Model: what processes do to the GPUs, and the physics that follows.
#include <algorithm>
#include <cstring>

#include "abi/nvml.h"
#include "channel/wall_clock.hpp"
#include "virt/identity.hpp"
#include "virt/model.hpp"
#include "virt/physics.hpp"
#include "virt/samples.hpp"
#include "virt/scenario_start.hpp"

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::Process, channel::ReadingId;

constexpr std::int64_t kStepNs = 100'000'000;

void describe(const Work& work, Process& process) {
  process = {};
  process.pid = work.pid;
  process.kinds = work.kinds;
  process.gpu_instance = work.gpu_instance;
  process.compute_instance = work.compute_instance;
  process.started_ns = work.started_ns;
  work.name.copy(process.name, sizeof process.name - 1);
}

/// The row of one process: what several pieces of work of the same process on the same GPU come to.
Process* row_of(Gpu& gpu, const Work& work) {
  for (std::size_t i = 0; i < gpu.process_count; ++i)
    if (gpu.processes[i].pid == work.pid && gpu.processes[i].gpu_instance == work.gpu_instance)
      return &gpu.processes[i];
  if (gpu.process_count == channel::kProcessesMax) return nullptr;
  Process& fresh = gpu.processes[gpu.process_count++];
  describe(work, fresh);
  return &fresh;
}

void account_start(Gpu& gpu, const Process& process) {
  if (value_or(gpu, ReadingId::accounting_mode, 0) == 0) return;
  for (std::size_t i = 0; i < gpu.accounted_count; ++i)
    if (gpu.accounted[i].pid == process.pid && gpu.accounted[i].running) {
      channel::Accounted& row = gpu.accounted[i];
      row.memory_max_bytes = std::max(row.memory_max_bytes, process.memory_bytes);
      row.gpu_percent = process.sm_percent;
      row.memory_percent = process.memory_percent;
      return;
    }
  if (gpu.accounted_count == channel::kAccountedMax) {  // a ring: the oldest goes
    std::memmove(&gpu.accounted[0], &gpu.accounted[1], sizeof gpu.accounted - sizeof gpu.accounted[0]);
    --gpu.accounted_count;
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  channel::Accounted& row = gpu.accounted[gpu.accounted_count++];
  row = {process.pid,
         process.sm_percent,
         process.memory_percent,
         1,
         process.memory_bytes,
         process.started_ns,
         0,
         static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000};
}

void account_ends(Gpu& gpu, std::int64_t now_ns) {
  for (std::size_t i = 0; i < gpu.accounted_count; ++i) {
    channel::Accounted& row = gpu.accounted[i];
    const bool alive = std::any_of(gpu.processes, gpu.processes + gpu.process_count,
                                   [&](const Process& process) { return process.pid == row.pid; });
    if (!row.running || alive) continue;
    row.running = 0;
    row.ended_ns = now_ns;
  }
}

}  // namespace

void Model::start_recorded() {
  constexpr std::uint64_t kNobody = ~0ull;  // no connection's number: it never ends
  for (std::size_t i = 0; i < scenario_.gpus.size(); ++i) {
    {
      const Writing writing(state_.gpu(i));
      stage_start(state_.gpu(i), scenario_.gpus[i]);
    }
    const std::vector<ScenarioProcess>& recorded = scenario_.gpus[i].processes;
    if (recorded.empty() || open_now(i) != 0) continue;
    for (const ScenarioProcess& process : recorded) {
      Work work;
      work.owner = kNobody, work.gpu = i, work.pid = process.pid, work.name = process.name;
      work.kinds = process.kinds | channel::kRecorded, work.memory_bytes = process.memory_mib << 20;
      work.sm_percent = process.sm_percent, work.started_ns = now();
      work.gpu_instance = process.gpu_instance, work.compute_instance = process.compute_instance;
      works_.push_back(std::move(work));
    }
    publish_work(i);
    touched_[i] = 0;
  }
}

int Model::add_work(Work work) {
  const std::size_t gpu = work.gpu;
  if (const int code = open_now(gpu); code != 0) return code;
  work.started_ns = now();
  work.holds_gpu = true;
  works_.push_back(std::move(work));
  publish_work(gpu);
  return 0;
}

void Model::change_work(std::uint64_t owner, std::size_t gpu, unsigned pid,
                        const std::function<void(Work&)>& change) {
  const auto at = std::find_if(works_.begin(), works_.end(), [&](const Work& work) {
    return work.owner == owner && work.gpu == gpu && work.pid == pid;
  });
  if (at == works_.end()) {
    Work fresh;
    fresh.owner = owner, fresh.gpu = gpu, fresh.pid = pid, fresh.started_ns = now();
    works_.push_back(fresh);
    change(works_.back());
  } else {
    change(*at);
  }
  publish_work(gpu);
}

void Model::end_work(std::uint64_t owner) {
  std::vector<Work> ended;
  for (const Work& work : works_)
    if (work.owner == owner) ended.push_back(work);
  std::erase_if(works_, [&](const Work& work) { return work.owner == owner; });
  for (const Work& work : ended) {
    publish_work(work.gpu);
    if (work.holds_gpu) close(work.gpu);
  }
}

void Model::end_work(std::uint64_t owner, std::size_t gpu) {
  int held = 0;
  std::erase_if(works_, [&](const Work& work) {
    const bool ended = work.owner == owner && work.gpu == gpu;
    held += ended && work.holds_gpu;
    return ended;
  });
  publish_work(gpu);
  for (; held > 0; --held) close(gpu);
}

void Model::publish_work(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  {
    const Writing writing(gpu);
    gpu.process_count = 0;
    std::uint64_t used = 0;
    for (const Work& work : works_) {
      if (work.gpu != index) continue;
      used += work.memory_bytes;
      Process* row = row_of(gpu, work);
      if (!row) continue;
      row->kinds |= work.kinds;
      row->memory_bytes += work.memory_bytes;
      row->sm_percent = std::min(100u, row->sm_percent + work.sm_percent);
      row->memory_percent = std::min(100u, row->memory_percent + work.memory_percent);
      row->encoder_percent = std::min(100u, row->encoder_percent + work.encoder_percent);
      row->decoder_percent = std::min(100u, row->decoder_percent + work.decoder_percent);
      account_start(gpu, *row);
    }
    account_ends(gpu, now());
    const auto board = scenario_.gpus[index].board.readings.find("memory_used_bytes");
    const std::int64_t own = board == scenario_.gpus[index].board.readings.end() ? 0 : board->second.value;
    if (channel::reading(gpu, ReadingId::memory_used_bytes).code == 0)
      set_reading(gpu, ReadingId::memory_used_bytes, own + static_cast<std::int64_t>(used));
  }
  touch(index);
}

bool Model::step(std::int64_t now_ns) {
  if (!moving_) return false;
  if (now_ns - last_step_ns_ < kStepNs) return true;
  const double seconds = std::min(60.0, static_cast<double>(now_ns - last_step_ns_) / 1e9);
  last_step_ns_ = now_ns;
  moving_ = false;
  for (std::size_t i = 0; i < page().gpu_count; ++i) {
    Gpu& gpu = state_.gpu(i);
    if (!(gpu.flags & channel::kInitialized) || (gpu.flags & (channel::kLost | channel::kReplayed))) continue;
    if (!touched_[i]) {
      rest(gpu, now_ns);
      continue;
    }
    Load load;
    load.power_brake = power_brake[i];
    for (const Work& work : works_) {
      if (work.gpu != i) continue;
      load.sm = std::min(100u, load.sm + work.sm_percent);
      load.memory = std::min(100u, load.memory + work.memory_percent);
      load.encoder = std::min(100u, load.encoder + work.encoder_percent);
      load.decoder = std::min(100u, load.decoder + work.decoder_percent);
      load.pcie_mbps += work.pcie_mbps;
      load.nvlink_mbps += work.nvlink_mbps;
      load.compute |= (work.kinds & channel::kCompute) != 0;
    }
    const double noise =
        static_cast<double>(
            mix(scenario_.seed + i, static_cast<std::uint64_t>((now_ns - start_ns_) / kStepNs)) % 2001) /
            1000 -
        1;
    moving_ |= advance(gpu, scenario_.gpus[i].board, load, physical_[i], seconds, noise, now_ns);
    record_samples(gpu, channel::driver_wall_us(page()));
  }
  return moving_;
}

}  // namespace nvstack::virt
