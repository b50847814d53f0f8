// Goal: the words of `nvstack virt` do what they say to the GPUs they name, and what is wrong with them is
// said.
#include "virt/control.hpp"

#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

constexpr ControlCaller kCaller{1, 100, 0};

std::string refusal(Model& model, const std::vector<std::string>& words) {
  const auto text = control(model, kCaller, words);
  return text ? "" : text.error().text() + " | " + text.error().hint;
}
void ask(Model& model, const std::vector<std::string>& words) {
  CHECK(refusal(model, words) == "");
}

}  // namespace

TEST_CASE("GPUs are named by number, address, UUID or all") {
  auto model = make_model(machine_of("h100", 3));
  const auto& staged = model->scenario().gpus;
  ask(*model, {"set", "1", "power_limit_mw", "300000"});
  ask(*model, {"set", staged[2].bdf, "power_limit_mw", "200000"});
  CHECK(value_of(*model, ReadingId::power_limit_mw, 0) == 700'000);
  CHECK(value_of(*model, ReadingId::power_limit_mw, 1) == 300'000);
  CHECK(value_of(*model, ReadingId::power_limit_mw, 2) == 200'000);
  ask(*model, {"set", staged[0].uuid, "vbios", "1.2.3"});
  CHECK(std::string(channel::text(gpu_of(*model), channel::TextId::vbios)) == "1.2.3");
  ask(*model, {"set", "all", "mig_mode", "N/A"});
  CHECK(channel::reading(gpu_of(*model, 1), ReadingId::mig_mode).code == 3);
  ask(*model, {"set", "0", "persistence_mode", "1"});
  CHECK((gpu_of(*model).flags & channel::kInitialized) != 0);
  CHECK(contains(refusal(*model, {"set", "3", "mig_mode", "0"}), "no GPU \"3\""));
  CHECK(contains(refusal(*model, {"set", "0", "mig_moed", "0"}), "no value named"));
  CHECK(contains(refusal(*model, {"set", "0", "mig_mode", "x"}), "whole number"));
  CHECK(contains(refusal(*model, {"set", "0", "name", std::string(96, 'x')}), "at most 95"));
  CHECK(contains(refusal(*model, {"set", "0"}), "set needs"));
}

TEST_CASE("load is work of the caller's connection") {
  auto model = make_model(machine_of("h100", 2));
  ask(*model, {"load", "all", "4242", "train", "sm=90", "memory=200", "bytes=1073741824", "pcie=10",
               "nvlink=20", "encoder=1", "decoder=2", "kind=3"});
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(gpu_of(*model, i).process_count == 1);
    const channel::Process& process = gpu_of(*model, i).processes[0];
    CHECK(process.pid == 4242);
    CHECK(process.sm_percent == 90);
    CHECK(process.memory_percent == 100);
    CHECK(process.kinds == 3);
    CHECK(process.memory_bytes == 1073741824);
  }
  model->end_work(kCaller.connection);
  CHECK(gpu_of(*model).process_count == 0);
  CHECK(
      contains(refusal(*model, {"load", "0", "1", "x", "bytes=999999999999999"}), "not so much free memory"));
  CHECK(contains(refusal(*model, {"load", "0", "1", "x", "sm"}), "not KEY=NUMBER"));
  CHECK(contains(refusal(*model, {"load", "0", "1", "x", "speed=1"}), "no load named"));
  CHECK(contains(refusal(*model, {"load", "0", "pid", "x"}), "PID must be"));
  CHECK(contains(refusal(*model, {"load", "0"}), "load needs"));
  CHECK(model->works().empty());
  CHECK(model->bind(0, ""));
  CHECK(contains(refusal(*model, {"load", "0", "1", "x"}), "cannot be opened"));
}

TEST_CASE("modules, resets, time, faults, the log") {
  auto model = make_model(machine_of("h100"));
  ask(*model, {"module", "load", "nvidia-peermem"});
  CHECK(model->is_loaded("nvidia_peermem"));
  ask(*model, {"module", "unload", "nvidia-peermem"});
  CHECK(contains(refusal(*model, {"module", "reload", "nvidia"}), "load or unload"));
  CHECK(contains(refusal(*model, {"module", "unload", "nvidia"}), "in use by"));
  ask(*model, {"fault", "module-file", "0", "not-indexed"});
  ask(*model, {"module", "index"});
  CHECK(model->module_files == ModuleFiles::kGood);
  ask(*model, {"fault", "module-file", "0", "damaged"});
  ask(*model, {"module", "index"});
  CHECK(model->module_files == ModuleFiles::kDamaged);
  ask(*model, {"module", "build"});
  CHECK(model->module_files == ModuleFiles::kGood);
  CHECK(contains(refusal(*model, {"fault", "module-file", "0", "lost"}),
                 "module-file needs one of good, missing, damaged"));
  ask(*model, {"reset", "0"});
  CHECK(model->open(0).code == 0);
  CHECK(model->open(0).code == 0);
  CHECK(contains(refusal(*model, {"reset", "0"}), "in use"));
  ask(*model, {"time", "60"});
  CHECK(model->page().speed == doctest::Approx(60));
  for (const char* speed : {"-1", "x", "1e9", "nan", ""})
    CHECK_MESSAGE(contains(refusal(*model, {"time", speed}), "how many seconds"), speed);
  ask(*model, {"fault", "xid", "0", "31"});
  CHECK(contains(*control(*model, kCaller, {"log"}), ": 31, pid="));
  CHECK(contains(refusal(*model, {"fault"}), "which fault?"));
  CHECK(contains(refusal(*model, {"fault", "lsot", "0"}), "did you mean lost?"));
  CHECK(contains(refusal(*model, {"fault", "lost", "5"}), "no GPU \"5\""));
  CHECK(contains(refusal(*model, {}), "no such request"));
  CHECK(contains(refusal(*model, {"sing"}), "no such request"));
}

TEST_CASE("a fault of the machine works without a GPU, and happens once") {
  auto model = make_model("");
  ask(*model, {"fault", "nodes-gone", "0"});
  CHECK_FALSE(model->nodes_present);
  auto two = make_model(machine_of("h100", 2));
  ask(*two, {"fault", "nvml", "all", "17"});
  CHECK(two->page().init_code == 17);
}

TEST_CASE("the payload's words") {
  CHECK(split_payload(std::string("a\0bc\0", 5)) == std::vector<std::string>{"a", "bc"});
  CHECK(split_payload(std::string("a\0\0", 3)) == std::vector<std::string>{"a", ""});
  CHECK(split_payload("").empty());
  CHECK(split_payload("no end") == std::vector<std::string>{"no end"});
}
