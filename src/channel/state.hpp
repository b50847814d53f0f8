// The state page: what the driver process publishes in shared memory and its libraries read without asking
// it. One writer (the driver), any number of readers; each GPU has a sequence number that is odd while it is
// being written.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nvstack::channel {

/// Where the libraries find the driver process, inside the virtual host.
inline constexpr char kSocketPath[] = "/proc/driver/.nvstack-virt";

enum class Life : std::uint8_t { kFixed, kGpu, kModule, kBoard };

enum class ReadingId : std::uint32_t {
#define READING(id, life) id,
#include "channel/readings.inc"
#undef READING
  kCount
};
enum class TextId : std::uint32_t {
#define TEXT(id) id,
#include "channel/strings.inc"
#undef TEXT
  kCount
};
/// Counters that grow with time even while nobody asks: the value is base + rate_per_s * (now - since).
enum class AccrualId : std::uint32_t {
  energy_mj,
  violation_power_ns,
  violation_thermal_ns,
  violation_sync_boost_ns,
  violation_board_limit_ns,
  violation_low_utilization_ns,
  violation_reliability_ns,
  violation_application_clocks_ns,
  violation_base_clocks_ns,
  reason_hw_thermal_ns,
  reason_hw_brake_ns,
  pcie_tx_bytes,
  pcie_rx_bytes,
  nvlink_tx_kib,
  nvlink_rx_kib,
  kCount
};
inline constexpr std::size_t kReadings = static_cast<std::size_t>(ReadingId::kCount);
inline constexpr std::size_t kTexts = static_cast<std::size_t>(TextId::kCount);
inline constexpr std::size_t kAccruals = static_cast<std::size_t>(AccrualId::kCount);
inline constexpr std::size_t kTextBytes = 96;

/// code is an nvmlReturn_t: 0, or why this board has no such value (3: not supported).
struct Reading {
  std::int64_t value;
  std::int32_t code;
  std::int32_t reserved;
};
struct Accrual {
  double base, rate_per_s;
  std::int64_t since_ns;  // driver time, see Page::now
};

inline constexpr std::size_t kProcessesMax = 256, kAccountedMax = 128, kLinksMax = 36, kPagesMax = 64;
inline constexpr std::size_t kInstancesMax = 8, kComputeInstancesMax = 8, kProfilesMax = 16,
                             kMemoryClocksMax = 8;
inline constexpr std::size_t kCpuWords = 16, kBridgesMax = 4, kSamplesMax = 128, kSampleKinds = 12;
inline constexpr std::size_t kLocations = 8;  // nvmlMemoryLocation_t
inline constexpr std::uint32_t kNoInstance = 0xffffffffu;

/// kRecorded: a scenario's own process; its pid need not exist, and its name is the one here.
enum ProcessKind : std::uint32_t { kCompute = 1, kGraphics = 2, kMps = 4, kRecorded = 8 };
struct Process {
  std::uint32_t pid, kinds, gpu_instance, compute_instance;
  std::uint64_t memory_bytes;
  std::uint32_t sm_percent, memory_percent, encoder_percent, decoder_percent, jpg_percent, ofa_percent;
  std::int64_t started_ns;
  char name[192];
};
/// One ended or running process of accounting mode.
struct Accounted {
  std::uint32_t pid, gpu_percent, memory_percent, running;
  std::uint64_t memory_max_bytes;
  std::int64_t started_ns, ended_ns;  // driver time; wall clock in start_us
  std::uint64_t start_us;
};
enum class LinkPeer : std::uint32_t { kNone, kGpu, kSwitch, kIbmNpu };
struct Link {
  std::uint32_t active, peer_gpu, capability_bits, low_power;
  LinkPeer peer;
  std::uint32_t peer_domain, peer_bus, peer_device, peer_link;
  std::uint32_t peer_device_id;  // device << 16 | vendor
  std::uint64_t errors[8];       // nvmlNvLinkErrorCounter_t, then effective and symbol errors
  std::uint64_t tx_kib, rx_kib;
};
struct RetiredPage {
  std::uint64_t address, time_us;
  std::uint32_t cause, pending;  // nvmlPageRetirementCause_t
};
struct Sample {
  std::int64_t time_us;  // wall clock
  std::int64_t value;
};
struct SampleRing {
  std::uint32_t next, count;
  Sample samples[kSamplesMax];
};
/// A MIG profile of the board; counts as in nvmlGpuInstanceProfileInfo_t.
struct Profile {
  std::uint32_t profile, id, slices, instances_max, multiprocessors, copy_engines, decoders, encoders, jpegs,
      ofas;
  std::uint32_t graphics, media_extensions, placements, placement_size;
  std::uint8_t placement_starts[8];
  std::uint64_t memory_mib;
  char name[32];
};
struct ComputeInstance {
  std::uint32_t used, id, profile, start, slices;
  char uuid[48];
};
struct GpuInstance {
  std::uint32_t used, id, profile, start, size;
  std::uint32_t generation;  // a handle of a destroyed instance carries an older one
  std::uint64_t own_bytes;   // used without any process
  ComputeInstance compute[kComputeInstancesMax];
};
struct ClockRange {
  std::uint32_t memory_mhz, graphics_min_mhz, graphics_max_mhz, graphics_step_tenths;  // step 150: 15 MHz
};

inline constexpr std::size_t kVgpuTypesMax = 32, kVgpusMax = 32;
/// A kind of virtual GPU that the board can be divided into.
struct VgpuType {
  std::uint32_t id, instances_max, instances_per_vm, heads, width, height, frame_limit, framebuffer_mib;
  char name[64], license[128], kind[32];
};
/// A virtual GPU that a virtual machine runs on.
struct Vgpu {
  std::uint32_t id, type;  // id 0: none
  std::uint32_t licensed, frame_limit, encoder_capacity, sm_percent, memory_percent, encoder_percent,
      decoder_percent;
  std::uint64_t memory_used_bytes;
  char uuid[48], vm[48], guest_driver[32];
};
struct VgpuScheduler {
  std::uint32_t policy, adaptive, average_factor, frequency, timeslice_ns;
};

enum GpuFlag : std::uint32_t {
  kPresent = 1,      // on the bus
  kBound = 2,        // to the nvidia driver
  kInitialized = 4,  // opened by somebody, or held by persistence
  kLost = 8,         // fallen off the bus
  kResetRequired = 16,
  kExcluded = 32,
  kReplayed = 64,  // what a recording held of it stands here, the physics rests
  kAsleep = 128,   // between "suspend" and "resume" in /proc/driver/nvidia/suspend: every call waits
};

struct Gpu {
  std::atomic<std::uint32_t> sequence;
  std::uint32_t flags;            // GpuFlag
  std::uint32_t generation;       // counts unbinds: a handle of an older generation is invalid
  std::uint32_t clients;          // open connections
  std::uint32_t initialisations;  // since the machine was staged: two say that it was let go between
  std::uint32_t call_delay_ms;
  std::uint32_t domain, bus, device, device_id, subsystem_id;  // ids: device << 16 | vendor
  std::uint32_t class_code;                                    // 0x030200
  std::uint32_t numa_node;
  std::uint64_t cpu_mask[kCpuWords];
  std::uint32_t socket_id, host_bridge,
      bridges[kBridgesMax];   // upward; 0 ends; equal numbers are the same bridge
  std::uint32_t board_group;  // equal: the same board
  Reading readings[kReadings];
  char texts[kTexts][kTextBytes];
  Accrual accruals[kAccruals];
  std::uint64_t ecc[2][2][kLocations];  // [nvmlMemoryErrorType_t][nvmlEccCounterType_t][location]
  std::uint64_t ecc_sram[2][8];  // [counter] parity, sec-ded, and the sources of nvmlEccSramErrorStatus
  std::uint32_t process_count, accounted_count, page_count, profile_count, memory_clock_count;
  Process processes[kProcessesMax];
  Accounted accounted[kAccountedMax];
  Link links[kLinksMax];
  RetiredPage pages[kPagesMax];
  Profile profiles[kProfilesMax];
  GpuInstance instances[kInstancesMax];
  ClockRange memory_clocks[kMemoryClocksMax];
  SampleRing samples[kSampleKinds];    // nvmlSamplingType_t
  VgpuType vgpu_types[kVgpuTypesMax];  // of a vGPU host; id 0 ends them
  Vgpu vgpus[kVgpusMax];
  VgpuScheduler vgpu_scheduler;
};

/// The whole page: this head, then gpu_count Gpus.
struct Page {
  std::uint32_t layout;  // kLayout
  std::uint32_t gpu_size, gpu_count, gpu_capacity;
  std::atomic<std::uint32_t> change;  // counts every write; a reader may poll it
  std::uint32_t driver_loaded, library_branch, cuda_version, cc_enabled, cc_ready, switches;
  char driver_version[32];   // of the loaded module
  char library_version[32];  // of the installed libraries
  char nvml_version[32], driver_branch[32], hostname[64];
  double speed;                        // driver seconds per second
  std::int64_t base_ns, base_real_ns;  // driver time at CLOCK_MONOTONIC base_real_ns
  std::int32_t init_code;  // what nvmlInit answers although the module is loaded: 0, 17 (blocked), 999 ...
  std::int32_t cuda_init_code;  // what cuInit answers: 0 or an injected CUresult
  Gpu gpus[];
};
inline constexpr std::uint32_t kLayout = 2;

inline const Reading& reading(const Gpu& gpu, ReadingId id) {
  return gpu.readings[static_cast<std::size_t>(id)];
}
inline Reading& reading(Gpu& gpu, ReadingId id) {
  return gpu.readings[static_cast<std::size_t>(id)];
}
inline const char* text(const Gpu& gpu, TextId id) {
  return gpu.texts[static_cast<std::size_t>(id)];
}

/// How many graphics clocks a range holds, and each of them from the highest (step 0) down.
unsigned clock_steps(const ClockRange& range);
unsigned clock_at(const ClockRange& range, unsigned step);

/// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonic_ns();
/// Driver time now: it may run faster than the machine's (`nvstack virt time`).
std::int64_t driver_now_ns(const Page& page);
/// The value of a growing counter at driver time `now_ns`.
double accrued(const Accrual& accrual, std::int64_t now_ns);

/// Keeps what was read before it from moving below what is read after it.
inline void order_reads() {
#if defined(__SANITIZE_THREAD__)
  // That sanitizer knows no fences; the compiler is held back all the same, and x86-64 does not reorder
  // loads.
  __asm__ volatile("" ::: "memory");
#else
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
}

void sleep_ms(unsigned milliseconds);

/// Copies what `take` needs from a GPU while nobody writes it; tries again when somebody did. A writer may be
/// off its processor amid a write, so readers soon sleep between their tries. One that died must not hold
/// them for ever: after half a second what is there is taken.
template <typename Take>
void read_consistent(const Gpu& gpu, const Take& take) {
  constexpr std::uint32_t kSpins = 2'000, kTries = kSpins + 500;
  for (std::uint32_t tries = 0;; ++tries) {
    if (tries > kSpins) sleep_ms(1);
    const std::uint32_t before = gpu.sequence.load(std::memory_order_acquire);
    if ((before & 1u) && tries < kTries) continue;
    take();
    if (tries >= kTries) return;
    order_reads();
    if (gpu.sequence.load(std::memory_order_relaxed) == before) return;
  }
}

}  // namespace nvstack::channel
