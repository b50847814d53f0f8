// A machine for tests of the live view: some H100s at work and processes of every kind on them.
#pragma once

#include "live/snapshot.hpp"

namespace nvstack::live::test {

inline Gpu make_gpu(unsigned index) {
  Gpu gpu;
  gpu.index = index;
  gpu.identity = {"NVIDIA H100 80GB HBM3", "GPU-" + std::to_string(index), "00000000:1B:00.0", 5, 16};
  gpu.health = Health::kAnswering;
  Reading& r = gpu.reading;
  r.utilization_percent = 90, r.memory_used_bytes = 70.0 * (1ull << 30),
  r.memory_total_bytes = 80.0 * (1ull << 30);
  r.power_watts = 612, r.power_limit_watts = 700, r.temperature_c = 67, r.sm_mhz = 1980, r.memory_mhz = 2619;
  r.performance_state = 0, r.energy_joules = 15000, r.reasons = 4;
  r.pcie_receive_rate = 1.2e9, r.pcie_send_rate = 3.4e9, r.nvlink_receive_rate = 2e11,
  r.nvlink_send_rate = 1.9e11;
  gpu.energy_start_joules = 2700;
  for (int i = 0; i < 12; ++i) gpu.charts.utilization.push(i * 8);
  for (int i = 0; i < 12; ++i)
    gpu.charts.memory.push(88), gpu.charts.power.push(87), gpu.charts.temperature.push(67);
  return gpu;
}

inline Process make_process(unsigned pid, std::size_t gpu, const std::string& user,
                            const std::string& command, const std::string& cgroup) {
  Process process;
  process.pid = pid, process.parent = 1, process.gpu = gpu;
  process.type = "C", process.user = user, process.command = command;
  process.gpu_memory_bytes = double(pid) * (1ull << 20), process.sm_percent = 90 - double(gpu);
  process.cpu_percent = 101, process.memory_bytes = 3.5 * (1ull << 30), process.seconds = 754,
  process.start_ticks = 5000 + pid;
  process.inner_pids = {pid, 7};
  process.place = parse_cgroup(cgroup);
  return process;
}

inline Snapshot make_snapshot(std::size_t gpus) {
  Snapshot snapshot;
  snapshot.driver = "580.95.05", snapshot.cuda = "13.0", snapshot.clock = "12:34:56";
  for (unsigned i = 0; i < gpus; ++i) snapshot.gpus.push_back(make_gpu(i));
  const std::string id(64, 'a');
  snapshot.processes = {
      make_process(4100, 0, "ann", "python3 train.py --layers 80",
                   "0::/system.slice/docker-" + id + ".scope"),
      make_process(4200, 0, "bob", "vllm serve",
                   "0::/kubepods/pod1b2c3d4e-5f60-4718-9a0b-1c2d3e4f5a6b/crio-" + id),
      make_process(4300, 1, "ann", "gmx mdrun", "0::/system.slice/slurmstepd.scope/job_77/step_0"),
      make_process(4301, 1, "ann", "gmx worker", "0::/system.slice/slurmstepd.scope/job_77/step_0"),
  };
  snapshot.processes[3].parent = 4300;
  snapshot.events = {{"12:34:01", Weight::kNote, "GPU 0: P8 -> P0"},
                     {"12:34:50", Weight::kError, "GPU 1: Xid 79"}};
  return snapshot;
}

}  // namespace nvstack::live::test
