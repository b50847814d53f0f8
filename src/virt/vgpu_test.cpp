// Goal: a vGPU host's GPUs are divided as the real ones' are: what fits, what is refused, what a vGPU takes,
// and who may change the way they share.
#include "virt/vgpu.hpp"

#include <doctest.h>

#include "abi/nvml.h"
#include "virt/control.hpp"
#include "virt/setters.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

std::unique_ptr<Model> make_host(unsigned count = 1) {
  return make_model(machine_of("l40s", count) +
                    "[gpu.readings]\nvirtualization_mode = 3\nhost_vgpu_mode = 1\nvgpu_heterogeneous = 0\n");
}

std::string create(Model& model, const std::string& type, std::size_t gpu = 0) {
  const auto made = create_vgpu(model, gpu, {type});
  return made ? std::string(trim(*made)) : "refused: " + made.error().message;
}

std::int32_t change(Model& model, channel::Op op, std::vector<std::uint64_t> words, std::size_t gpu = 0) {
  channel::Request request{};
  request.op = op, request.gpu = static_cast<std::uint32_t>(gpu);
  std::copy(words.begin(), words.end(), request.args);
  channel::Reply reply{};
  return apply_setter(model.page(), gpu_of(model, gpu), request, reply);
}

}  // namespace

TEST_CASE("a board's types are those of a vGPU host alone") {
  auto host = make_host();
  CHECK(gpu_of(*host).vgpu_types[0].id == 1145);
  CHECK(std::string(gpu_of(*host).vgpu_types[0].name) == "NVIDIA L40S-1B");
  auto other = make_model(machine_of("l40s"));
  CHECK(gpu_of(*other).vgpu_types[0].id == 0);
  CHECK(contains(create(*other, "1153"), "makes no virtual GPUs"));
}

TEST_CASE("types of one size share a GPU until it is full") {
  auto model = make_host(2);
  const std::string first = create(*model, "1153");
  CHECK(first == "3251634177");
  CHECK(create(*model, "L40S-12A") == "3251634178");
  CHECK(contains(create(*model, "L40S-24Q"), "no room for a NVIDIA L40S-24Q"));
  CHECK(create(*model, "NVIDIA L40S-12Q") == "3251634179");
  CHECK(create(*model, "1153") == "3251634180");
  CHECK(contains(create(*model, "1153"), "no room"));
  CHECK(create(*model, "L40S-24Q", 1) == "3251634181");
  CHECK(contains(create(*model, "L40S-13Q"), "no vGPU type"));
  REQUIRE(destroy_vgpu(*model, {first}).has_value());
  CHECK(create(*model, "1153") == first);
}

TEST_CASE("what a vGPU takes of its GPU, and gives back") {
  auto model = make_host();
  const std::string id = create(*model, "L40S-8Q");
  CHECK(gpu_of(*model).clients == 1);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) >= std::int64_t{8} << 30);
  CHECK_FALSE(model->unload_module("nvidia").has_value());
  REQUIRE(set_vgpu(*model, {id, "sm", "40"}).has_value());
  REQUIRE(set_vgpu(*model, {id, "used", "1048576"}).has_value());
  REQUIRE(set_vgpu(*model, {id, "driver", "570.195.03"}).has_value());
  CHECK(gpu_of(*model).vgpus[0].sm_percent == 40);
  CHECK(gpu_of(*model).vgpus[0].memory_used_bytes == 1048576);
  CHECK(std::string(gpu_of(*model).vgpus[0].guest_driver) == "570.195.03");
  for (const std::vector<std::string>& words : {std::vector<std::string>{id, "sm", "101"},
                                                {id, "sm", "x"},
                                                {id, "heat", "1"},
                                                {"7", "sm", "1"},
                                                {id}})
    CHECK_FALSE(set_vgpu(*model, words).has_value());
  REQUIRE(destroy_vgpu(*model, {"all"}).has_value());
  CHECK(gpu_of(*model).clients == 0);
  CHECK(gpu_of(*model).vgpus[0].id == 0);
  CHECK_FALSE(destroy_vgpu(*model, {id}).has_value());
  CHECK_FALSE(destroy_vgpu(*model, {}).has_value());
}

TEST_CASE("sizes may be mixed where the mode says so; it changes while nothing runs") {
  auto model = make_host();
  CHECK(change(*model, channel::Op::set_vgpu_heterogeneous, {1}) == 0);
  CHECK(create(*model, "L40S-24Q") == "3251634177");
  CHECK(create(*model, "L40S-12Q") == "3251634178");
  CHECK(contains(create(*model, "L40S-16Q"), "no room"));
  CHECK(create(*model, "L40S-12A") == "3251634179");
  CHECK(change(*model, channel::Op::set_vgpu_heterogeneous, {0}) == NVML_ERROR_IN_USE);
  CHECK(change(*model, channel::Op::set_vgpu_heterogeneous, {2}) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("the scheduler within its bounds") {
  auto model = make_host();
  const auto set = [&](std::uint64_t policy, std::uint64_t adaptive, std::uint64_t factor,
                       std::uint64_t rate) {
    return change(*model, channel::Op::set_vgpu_scheduler, {policy, adaptive, factor, rate});
  };
  CHECK(set(2, 2, 0, 0) == 0);
  CHECK(gpu_of(*model).vgpu_scheduler.frequency == 480);
  CHECK(gpu_of(*model).vgpu_scheduler.average_factor == 33);
  CHECK(set(3, 1, 0, 5'000'000) == 0);
  CHECK(gpu_of(*model).vgpu_scheduler.timeslice_ns == 5'000'000);
  CHECK(set(1, 0, 0, 0) == 0);
  CHECK(set(0, 0, 0, 0) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(set(4, 0, 0, 0) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(set(1, 2, 0, 0) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(set(2, 2, 61, 0) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(set(2, 2, 1, 62) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(set(2, 1, 0, 1000) == NVML_ERROR_INVALID_ARGUMENT);
  const std::string id = create(*model, "1153");
  CHECK(set(2, 1, 0, 0) == NVML_ERROR_IN_USE);
  CHECK(change(*model, channel::Op::set_vgpu_encoder, {*parse_uint(id), 40}) == 0);
  CHECK(gpu_of(*model).vgpus[0].encoder_capacity == 40);
  CHECK(change(*model, channel::Op::set_vgpu_encoder, {*parse_uint(id), 101}) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(change(*model, channel::Op::set_vgpu_encoder, {7, 1}) == NVML_ERROR_NOT_FOUND);
  auto other = make_model(machine_of("h100"));
  CHECK(change(*other, channel::Op::set_vgpu_scheduler, {2, 1, 0, 0}) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("the words of nvstack virt vgpu") {
  auto model = make_host(2);
  const ControlCaller caller{};
  CHECK(control(*model, caller, {"vgpu", "create", "all", "L40S-4Q"}).value() == "3251634177\n3251634178\n");
  CHECK(gpu_of(*model, 1).vgpus[0].id == 3251634178);
  CHECK(control(*model, caller, {"vgpu", "set", "3251634178", "licensed", "1"}).has_value());
  CHECK(control(*model, caller, {"vgpu", "destroy", "all"}).has_value());
  CHECK_FALSE(control(*model, caller, {"vgpu"}).has_value());
  CHECK_FALSE(control(*model, caller, {"vgpu", "create", "0"}).has_value());
  CHECK_FALSE(control(*model, caller, {"vgpu", "create", "9", "L40S-4Q"}).has_value());
}
