// The vGPUs of a vGPU host as values: its types, and those that run.
#pragma once

#include <string>
#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

struct VgpuTypeRow {
  unsigned id = 0;
  std::string name, kind, license;
  unsigned instances_max = 0, instances_per_vm = 0, heads = 0, width = 0, height = 0, frame_limit = 0;
  unsigned long long framebuffer_bytes = 0;
};
/// Streams of one kind that run, and how they run on average.
struct VgpuStreams {
  unsigned sessions = 0, fps = 0, latency_us = 0;
};
struct VgpuRow {
  unsigned id = 0;
  std::string vm, uuid, guest_driver, license, bus_id;
  std::string mdev, accounting = "N/A", ecc = "N/A", frame_limit = "N/A";  // mdev: "" where there is none
  VgpuStreams encoder, capture;
  VgpuTypeRow type;
  unsigned long long used_bytes = 0;
  unsigned sm_percent = 0, memory_percent = 0, encoder_percent = 0, decoder_percent = 0;
};
enum class VgpuList { kSupported, kCreatable };

/// The code of the listing, and what is on it. NOT_SUPPORTED: no vGPU host's GPU.
Answer<std::vector<VgpuTypeRow>> read_vgpu_types(Board& board, VgpuList list);
Answer<std::vector<VgpuRow>> read_vgpus(Board& board);

}  // namespace nvstack::smi
