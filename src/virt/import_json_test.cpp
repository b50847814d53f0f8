// Goal: -q --json and recordings of nvstack become the same scenario as the other forms.
#include "virt/import.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

constexpr const char* kGpus = R"("driver_version":"580.95.05","gpus":[{"id":"00000000:41:00.0","index":0,
"product_name":{"value":"NVIDIA H100 80GB HBM3","unit":null,"status":"ok","nvml":0},
"uuid":{"value":"GPU-11111111-2222-3333-4444-555555555555","unit":null,"status":"ok","nvml":0},
"pci":{"pci_device_id":{"value":"0x233010DE","unit":null,"status":"ok","nvml":0}},
"fan_speed":{"value":null,"unit":"%","status":"not_supported","nvml":3},
"serial":{"value":null,"unit":null,"status":"no_permission","nvml":4},
"temperature":{"gpu_temp":{"value":61,"unit":"C","status":"ok","nvml":0}},
"gpu_power_readings":{"average_power_draw":{"value":431.25,"unit":"W","status":"ok","nvml":0}},
"clocks_throttle_reasons":{"clocks_throttle_reason_sw_power_cap":{"value":"Active","unit":null,"status":"ok","nvml":0}},
"supported_clocks":[{"value":{"value":2619,"unit":"MHz","status":"ok","nvml":0},"supported_graphics_clocks":[
 {"value":1980,"unit":"MHz","status":"ok","nvml":0},{"value":345,"unit":"MHz","status":"ok","nvml":0}]}],
"mig_devices":[{"index":{"value":0,"unit":null,"status":"ok","nvml":0},"gpu_instance_id":{"value":9,"unit":null,"status":"ok","nvml":0}}],
"processes":[{"pid":{"value":1,"unit":null,"status":"ok","nvml":0}}]}]})";

void check(const std::string& text) {
  const auto machine = import_text(text, "t");
  REQUIRE_MESSAGE(machine, (machine ? "" : machine.error().text()));
  CHECK(machine->driver_version == "580.95.05");
  REQUIRE(machine->gpus.size() == 1);
  const ImportedGpu& gpu = machine->gpus[0];
  CHECK(gpu.bdf == "0000:41:00.0");
  CHECK(gpu.uuid == "GPU-11111111-2222-3333-4444-555555555555");
  CHECK(gpu.device_id == 0x2330u);
  CHECK(gpu.serial.empty());
  CHECK(gpu.readings.at("temperature_c").value == 61);
  CHECK(gpu.readings.at("power_average_mw").value == 431'250);
  CHECK(gpu.readings.at("clocks_event_reasons").value == 4);
  CHECK(gpu.readings.at("fan_percent").code == 3);
  REQUIRE(gpu.processes.size() == 1);
  CHECK(gpu.processes[0].pid == 1);
  REQUIRE(gpu.mig_devices.size() == 1);
  CHECK(gpu.mig_devices[0].gpu_instance == 9u);
  REQUIRE(gpu.clocks.size() == 1);
  CHECK(gpu.clocks[0].graphics_min_mhz == 345);
  CHECK(gpu.clocks[0].graphics_max_mhz == 1980);
  CHECK(scenario_of(render_import(*machine, "x", load_known_boards(BuiltinLibrary()))));
}

}  // namespace

TEST_CASE("-q --json") {
  check(std::string("{\n") + kGpus);
}

TEST_CASE("a recording's first moment, whatever follows it") {
  std::string head = std::string("{\"format\":\"nvstack-recording\",\"version\":1,") + kGpus;
  std::erase(head, '\n');
  check(head + "\n{\"ms\":5,\"gpus\":{}}\n{\"ms\":9,\"gp");
}

TEST_CASE("steps of the clocks are known by their mean") {
  std::string clocks;
  for (const char* mhz : {"150", "142", "135"})
    clocks += std::string(clocks.empty() ? "" : ",") + "{\"value\":" + mhz + ",\"nvml\":0}";
  const auto machine = import_text(
      "{\"gpus\":[{\"id\":\"00000000:41:00.0\",\"supported_clocks\":[{\"value\":{\"value\":877,\"nvml\":0},"
      "\"supported_graphics_clocks\":[" +
          clocks + "]}]}]}",
      "t");
  REQUIRE(machine);
  REQUIRE(machine->gpus[0].clocks.size() == 1);
  CHECK(machine->gpus[0].clocks[0].graphics_step_mhz == doctest::Approx(7.5));
  CHECK(contains(render_import(*machine, "x", load_known_boards(BuiltinLibrary())),
                 "graphics_step_mhz = 7.5\n"));
}

TEST_CASE("documents without a GPU are refused") {
  for (const char* wrong :
       {"{", "{}", "{\"gpus\":[]}", "{\"gpus\":[{\"id\":\"x\"}]}", "{\"gpus\":{\"id\":1}}"}) {
    CAPTURE(wrong);
    CHECK_FALSE(import_text(wrong, "t"));
  }
}
