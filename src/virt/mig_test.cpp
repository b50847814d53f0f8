#include "channel/mig.hpp"

#include <doctest.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "abi/nvml.h"
#include "virt/setters.hpp"

namespace nvstack::virt {

namespace {

using channel::Op, channel::ReadingId;

/// A board of eight memory and seven compute slices, as A100 and H100 are.
struct MigBoard {
  std::vector<std::uint64_t> memory =
      std::vector<std::uint64_t>((sizeof(channel::Page) + sizeof(channel::Gpu)) / 8 + 1);
  channel::Page& page = *reinterpret_cast<channel::Page*>(memory.data());
  channel::Gpu& gpu = page.gpus[0];
  channel::Reply reply{};

  explicit MigBoard(int architecture = NVML_DEVICE_ARCH_HOPPER, int mode = 1) {
    page.gpu_count = 1;
    for (channel::Reading& reading : gpu.readings) reading.code = NVML_ERROR_NOT_SUPPORTED;
    set(ReadingId::architecture, architecture);
    set(ReadingId::mig_mode, mode);
    set(ReadingId::mig_mode_pending, mode);
    std::strcpy(gpu.texts[static_cast<std::size_t>(channel::TextId::uuid)],
                "GPU-01234567-89ab-cdef-0123-456789abcdef");
    gpu.clients = 1;
    add({4, 0, 7, 1, 132, 8, 7, 0, 7, 1, 0, 0, 1, 8, {0}, 80'896, "7g.80gb"});
    add({3, 5, 4, 1, 64, 4, 4, 0, 4, 0, 0, 0, 1, 4, {0}, 40'448, "4g.40gb"});
    add({2, 9, 3, 2, 60, 3, 3, 0, 3, 0, 0, 0, 2, 4, {0, 4}, 40'448, "3g.40gb"});
    add({1, 14, 2, 3, 32, 2, 2, 0, 2, 0, 0, 0, 3, 2, {0, 2, 4}, 20'096, "2g.20gb"});
    add({0, 19, 1, 7, 16, 1, 1, 0, 1, 0, 0, 0, 7, 1, {0, 1, 2, 3, 4, 5, 6}, 9'984, "1g.10gb"});
  }
  void add(const channel::Profile& profile) { gpu.profiles[gpu.profile_count++] = profile; }
  void set(ReadingId id, std::int64_t value) { channel::reading(gpu, id) = {value, 0, 0}; }
  std::int64_t get(ReadingId id) const { return channel::reading(gpu, id).value; }
  int change(Op op, std::uint64_t a = 0, std::uint64_t b = ~0ull, std::uint64_t c = ~0ull) {
    reply = {};
    return apply_setter(page, gpu, {op, 0, 0, 0, {a, b, c}}, reply);
  }
  std::uint64_t made() const { return reply.values[0]; }
  unsigned remaining(unsigned id) const {
    for (unsigned i = 0; i < gpu.profile_count; ++i)
      if (gpu.profiles[i].id == id) return channel::remaining_instances(gpu, gpu.profiles[i]);
    return ~0u;
  }
};

}  // namespace

TEST_CASE("the mode: at once since Hopper, after a reset before, never under somebody's feet") {
  MigBoard hopper(NVML_DEVICE_ARCH_HOPPER, 0);
  hopper.gpu.clients = 3;
  CHECK(hopper.change(Op::set_mig_mode, 1) == 0);
  CHECK(hopper.made() == NVML_SUCCESS);
  CHECK(hopper.get(ReadingId::mig_mode) == 1);
  MigBoard ampere(NVML_DEVICE_ARCH_AMPERE, 0);
  ampere.gpu.clients = 2;
  CHECK(ampere.change(Op::set_mig_mode, 1) == 0);
  CHECK(ampere.made() == NVML_ERROR_IN_USE);
  CHECK(ampere.get(ReadingId::mig_mode) == 0);
  CHECK(ampere.get(ReadingId::mig_mode_pending) == 1);
  ampere.gpu.clients = 1;
  CHECK(ampere.change(Op::set_mig_mode, 1) == 0);
  CHECK(ampere.get(ReadingId::mig_mode) == 1);
  CHECK(ampere.change(Op::set_mig_mode, 2) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(ampere.change(Op::create_gpu_instance, 19) == 0);
  CHECK(ampere.change(Op::set_mig_mode, 0) == NVML_ERROR_IN_USE);
}

TEST_CASE("without MIG enabled nothing can be created") {
  MigBoard board(NVML_DEVICE_ARCH_HOPPER, 0);
  CHECK(board.change(Op::create_gpu_instance, 19) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("instances are numbered by share and place, as an H100 with 3g, 2g and two 1g numbers them") {
  MigBoard board;
  CHECK(board.change(Op::create_gpu_instance, 9) == 0);
  CHECK(board.made() == 2);
  CHECK(board.gpu.instances[0].start == 4);
  CHECK(board.change(Op::create_gpu_instance, 14) == 0);
  CHECK(board.made() == 3);
  CHECK(board.change(Op::create_gpu_instance, 19) == 0);
  CHECK(board.made() == 9);
  CHECK(board.change(Op::create_gpu_instance, 19) == 0);
  CHECK(board.made() == 10);
  CHECK(board.change(Op::create_gpu_instance, 19) == NVML_ERROR_INSUFFICIENT_RESOURCES);
}

TEST_CASE("a wanted placement must be the profile's, and free") {
  MigBoard board;
  CHECK(board.change(Op::create_gpu_instance, 14, 2) == 0);
  CHECK(board.made() == 4);
  CHECK(board.change(Op::create_gpu_instance, 14, 3) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::create_gpu_instance, 14, 2) == NVML_ERROR_INSUFFICIENT_RESOURCES);
  CHECK(board.change(Op::create_gpu_instance, 77) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::create_gpu_instance, 0) == NVML_ERROR_INSUFFICIENT_RESOURCES);
}

TEST_CASE("what is left counts memory, compute slices and the profile's own limit") {
  MigBoard board;
  CHECK(board.remaining(19) == 7);
  CHECK(board.remaining(9) == 2);
  CHECK(board.change(Op::create_gpu_instance, 5) == 0);  // 4g: four of seven slices
  CHECK(board.remaining(9) == 1);
  CHECK(board.remaining(5) == 0);
  CHECK(board.remaining(14) == 1);
  CHECK(board.remaining(19) == 3);
  CHECK(board.remaining(0) == 0);
}

TEST_CASE("every order of creating and destroying leaves the board as it was") {
  MigBoard board;
  std::uint32_t seed = 1;
  for (int round = 0; round < 2000; ++round) {
    seed = seed * 1664525 + 1013904223;
    const unsigned profile = board.gpu.profiles[(seed >> 16) % board.gpu.profile_count].id;
    if (board.change(Op::create_gpu_instance, profile) != 0) {
      const channel::GpuInstance& victim = board.gpu.instances[(seed >> 8) % channel::kInstancesMax];
      if (victim.used) CHECK(board.change(Op::destroy_gpu_instance, victim.id) == 0);
    }
    std::set<unsigned> ids, slices;
    unsigned used = 0;
    for (const channel::GpuInstance& instance : board.gpu.instances) {
      if (!instance.used) continue;
      ids.insert(instance.id);
      used += instance.size;
      for (unsigned i = 0; i < instance.size; ++i) slices.insert(instance.start + i);
    }
    REQUIRE(slices.size() == used);  // no slice is held twice
    REQUIRE(used <= 8);
  }
  for (const channel::GpuInstance& instance : board.gpu.instances)
    if (instance.used) CHECK(board.change(Op::destroy_gpu_instance, instance.id) == 0);
  CHECK(board.remaining(19) == 7);
}

TEST_CASE("compute instances fill their GPU instance, and their UUIDs come back") {
  MigBoard board;
  CHECK(board.change(Op::create_compute_instance, 2, 0) == NVML_ERROR_NOT_FOUND);
  CHECK(board.change(Op::create_gpu_instance, 9) == 0);
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE) == 0);
  const std::string uuid = board.gpu.instances[0].compute[0].uuid;
  CHECK(uuid.size() == 40);
  CHECK(uuid.starts_with("MIG-"));
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE) ==
        NVML_ERROR_INSUFFICIENT_RESOURCES);
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE) == 0);
  CHECK(board.made() == 1);
  CHECK(std::string(board.gpu.instances[0].compute[1].uuid) != uuid);
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::destroy_gpu_instance, 2) == NVML_ERROR_IN_USE);
  board.gpu.process_count = 1;
  board.gpu.processes[0].gpu_instance = 2;
  board.gpu.processes[0].compute_instance = 0;
  CHECK(board.change(Op::destroy_compute_instance, 2, 0) == NVML_ERROR_IN_USE);
  CHECK(board.change(Op::destroy_compute_instance, 2, 1) == 0);
  board.gpu.process_count = 0;
  CHECK(board.change(Op::destroy_compute_instance, 2, 0) == 0);
  CHECK(board.change(Op::destroy_compute_instance, 2, 0) == NVML_ERROR_NOT_FOUND);
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE) == 0);
  CHECK(std::string(board.gpu.instances[0].compute[0].uuid) == uuid);
  CHECK(board.change(Op::destroy_compute_instance, 2, 0) == 0);
  const std::uint32_t generation = board.gpu.instances[0].generation;
  CHECK(board.change(Op::destroy_gpu_instance, 2) == 0);
  CHECK(board.change(Op::destroy_gpu_instance, 2) == NVML_ERROR_NOT_FOUND);
  CHECK(board.change(Op::create_gpu_instance, 9) == 0);
  CHECK(board.gpu.instances[0].generation == generation + 1);
}

TEST_CASE("where a compute instance is wanted") {
  MigBoard board;
  CHECK(board.change(Op::create_gpu_instance, 9) == 0);
  CHECK(board.change(Op::create_compute_instance, 2, 0, 2) == 0);
  CHECK(board.gpu.instances[0].compute[0].start == 2);
  CHECK(board.change(Op::create_compute_instance, 2, 0, 3) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::create_compute_instance, 2, 0, 2) == NVML_ERROR_INSUFFICIENT_RESOURCES);
  CHECK(board.change(Op::create_compute_instance, 2, NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, 1) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virt
