// Goal: a process sees the GPUs that its environment names, as the driver reads it.
#include "virtcuda/visible.hpp"

#include <doctest.h>

#include <string>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

/// The positions seen, as "0 2".
std::string seen(const channel::Page& page, const char* devices, const char* order = nullptr) {
  std::string text;
  for (const VisibleDevice& device : visible_devices(page, {devices, order})) {
    text += (text.empty() ? "" : " ") + std::to_string(device.position);
    if (device.is_mig())
      text += "/" + std::to_string(device.gpu_instance) + "/" + std::to_string(device.compute_instance);
  }
  return text;
}

TEST_CASE("CUDA_VISIBLE_DEVICES by number") {
  const Stage stage(4);
  const channel::Page& page = *stage.page;
  CHECK(seen(page, nullptr) == "0 1 2 3");
  CHECK(seen(page, "") == "");
  CHECK(seen(page, "-1") == "");
  CHECK(seen(page, "2") == "2");
  CHECK(seen(page, "3,1") == "3 1");
  CHECK(seen(page, " 1 , 2 ") == "1 2");
  CHECK(seen(page, "0,-1,2") == "0");
  CHECK(seen(page, "0,9,2") == "0");
  CHECK(seen(page, "1,1") == "");
  CHECK(seen(page, "none") == "");
  CHECK(seen(page, "0x1") == "");
  CHECK(seen(page, "99999999999999999999") == "");
}

TEST_CASE("CUDA_VISIBLE_DEVICES by UUID, whole or its beginning when that is unique") {
  const Stage stage(4);
  const channel::Page& page = *stage.page;
  CHECK(seen(page, "GPU-abc00002-1111-2222-3333-444444444444") == "2");
  CHECK(seen(page, "GPU-abc00003,GPU-abc00000") == "3 0");
  CHECK(seen(page, "GPU-abc0000") == "");
  CHECK(seen(page, "GPU-ffff") == "");
  CHECK(seen(page, "GPU-abc00001,0") == "1 0");
}

TEST_CASE("order: the fastest first, or by PCI address") {
  Stage stage(3);
  Stage::set(stage.page->gpus[2], channel::ReadingId::cores, 20'000);
  stage.page->gpus[0].bus = 9;
  CHECK(seen(*stage.page, nullptr) == "2 1 0");
  CHECK(seen(*stage.page, nullptr, "FASTEST_FIRST") == "2 1 0");
  CHECK(seen(*stage.page, nullptr, "PCI_BUS_ID") == "1 2 0");
  CHECK(seen(*stage.page, "0", "PCI_BUS_ID") == "1");
  CHECK(seen(*stage.page, "0") == "2");
}

TEST_CASE("GPUs that no program can use are not seen") {
  Stage stage(5);
  stage.page->gpus[0].flags = channel::kPresent;
  stage.page->gpus[1].flags |= channel::kLost;
  stage.page->gpus[2].flags |= channel::kExcluded;
  stage.page->gpus[3].flags = channel::kBound;
  CHECK(seen(*stage.page, nullptr) == "4");
}

TEST_CASE("a GPU in MIG mode is its compute instance, one to a process") {
  Stage stage(2);
  for (unsigned i = 0; i < 2; ++i) {
    channel::Gpu& gpu = stage.page->gpus[i];
    Stage::set(gpu, channel::ReadingId::mig_mode, 1);
    gpu.instances[1].used = 1;
    gpu.instances[1].compute[0].used = 1;
    std::snprintf(gpu.instances[1].compute[0].uuid, 48, "MIG-0000000%u-aaaa", i);
  }
  CHECK(seen(*stage.page, nullptr) == "0/1/0");
  CHECK(seen(*stage.page, "MIG-00000001") == "1/1/0");
  CHECK(seen(*stage.page, "MIG-00000001,MIG-00000000") == "1/1/0");
  CHECK(seen(*stage.page, "0") == "");
  Stage::set(stage.page->gpus[1], channel::ReadingId::mig_mode, 0);
  CHECK(seen(*stage.page, nullptr) == "1");
}

}  // namespace
