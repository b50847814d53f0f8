// Goal: what nvidia-smi prints in each of its forms becomes the same scenario, several of them complete each
// other, and a model made of it shows the values; foreign bytes are refused, not believed.
#include "virt/import.hpp"

#include "virt/import_values.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

constexpr const char* kXml = R"(<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
  <driver_version>580.95.05</driver_version>
  <gpu id="00000000:41:00.0">
    <product_name>NVIDIA H100 80GB HBM3 &amp; more</product_name>
    <product_architecture>Hopper</product_architecture>
    <persistence_mode>Enabled</persistence_mode>
    <mig_mode><current_mig>N/A</current_mig><pending_mig>N/A</pending_mig></mig_mode>
    <uuid>GPU-11111111-2222-3333-4444-555555555555</uuid>
    <pci><pci_device_id>233010DE</pci_device_id><pci_sub_system_id>16C110DE</pci_sub_system_id></pci>
    <!-- <fan_speed>99 %</fan_speed> -->
    <fan_speed>N/A</fan_speed>
    <performance_state>P2</performance_state>
    <clocks_throttle_reasons><clocks_throttle_reason_sw_power_cap>Active</clocks_throttle_reason_sw_power_cap>
      <clocks_throttle_reason_gpu_idle>Not Active</clocks_throttle_reason_gpu_idle></clocks_throttle_reasons>
    <fb_memory_usage><total>81559 MiB</total><used>1024 MiB</used></fb_memory_usage>
    <gpu_power_readings><power_draw>120.50 W</power_draw></gpu_power_readings>
    <supported_clocks><supported_mem_clock><value>2619 MHz</value><supported_graphics_clock>1980 MHz</supported_graphics_clock>
      <supported_graphics_clock>345 MHz</supported_graphics_clock></supported_mem_clock></supported_clocks>
    <empty/>
  </gpu>
</nvidia_smi_log>
)";

constexpr const char* kQuery = R"(
==============NVSMI LOG==============

Driver Version                                         : 580.95.05 [Deprecated; use KMD Version instead]

Attached GPUs                                          : 1
GPU 00000000:41:00.0
    Product Name                                       : NVIDIA H100 80GB HBM3
    MIG Mode
        Current                                        : Disabled
        Pending                                        : Enabled
    Clocks Event Reasons
        HW Slowdown                                    : Active
            HW Thermal Slowdown                        : Active
        Sync Boost                                     : Not Active
    Temperature
        GPU Current Temp                               : 66 C
        GPU Shutdown T.Limit Temp                      : -8 C
    Applications Clocks
        Graphics                                       : Requested functionality has been deprecated
)";

constexpr const char* kCsv =
    "index, uuid, pci.bus_id, driver_version, temperature.gpu, power.limit [W], memory.total [MiB], "
    "clocks_event_reasons.active\n"
    "0, GPU-11111111-2222-3333-4444-555555555555, 00000000:41:00.0, 580.95.05, 67, 650.00 W, 81559 MiB, "
    "0x0000000000000004\n";

ImportedMachine imported(const char* text) {
  auto machine = import_text(text, "x");
  REQUIRE_MESSAGE(machine.has_value(), (machine ? "" : machine.error().text()));
  return *machine;
}
std::int64_t number(const ImportedMachine& machine, const std::string& name) {
  return machine.gpus.at(0).readings.at(name).value;
}

}  // namespace

TEST_CASE("XML") {
  const ImportedMachine machine = imported(kXml);
  CHECK(machine.driver_version == "580.95.05");
  REQUIRE(machine.gpus.size() == 1);
  const ImportedGpu& gpu = machine.gpus[0];
  CHECK(gpu.bdf == "0000:41:00.0");
  CHECK(gpu.device_id == 0x2330);
  CHECK(gpu.subsystem_id == 0x16c1);
  CHECK(gpu.subsystem_vendor == 0x10de);
  CHECK(gpu.texts.at("name") == "NVIDIA H100 80GB HBM3 & more");
  CHECK(number(machine, "performance_state") == 2);
  CHECK(number(machine, "memory_total_bytes") == 81559ll << 20);
  CHECK(number(machine, "power_average_mw") == 120'500);
  CHECK(number(machine, "clocks_event_reasons") == 4);
  CHECK(gpu.readings.at("fan_percent").code == 3);
  CHECK(gpu.readings.at("mig_mode").code == 3);
  REQUIRE(gpu.clocks.size() == 1);
  CHECK(gpu.clocks[0].graphics_min_mhz == 345);
  CHECK(gpu.clocks[0].graphics_max_mhz == 1980);
  CHECK(machine.unknown == 0);
}

TEST_CASE("the text of -q, nested by indentation") {
  const ImportedMachine machine = imported(kQuery);
  CHECK(machine.driver_version == "580.95.05");
  CHECK(machine.gpus[0].bdf == "0000:41:00.0");
  CHECK(number(machine, "mig_mode") == 0);
  CHECK(number(machine, "mig_mode_pending") == 1);
  CHECK(number(machine, "clocks_event_reasons") == 0x48);
  CHECK(number(machine, "temperature_c") == 66);
  CHECK(number(machine, "tlimit_shutdown_c") == -8);
  CHECK(machine.gpus[0].readings.at("clock_graphics_application_mhz").code == 26);
}

TEST_CASE("CSV with its head") {
  const ImportedMachine machine = imported(kCsv);
  CHECK(machine.driver_version == "580.95.05");
  CHECK(number(machine, "temperature_c") == 67);
  CHECK(number(machine, "power_limit_mw") == 650'000);
  CHECK(number(machine, "clocks_event_reasons") == 4);
  CHECK(
      contains(import_text("index, name\n0\n", "f.csv").error().message, "a line has 1 values for 2 fields"));
}

TEST_CASE("what one lacks another gives; the first that knows a number wins") {
  ImportedMachine machine = imported(kXml);
  merge_import(machine, imported(kQuery));
  merge_import(machine, imported(kCsv));
  REQUIRE(machine.gpus.size() == 1);
  CHECK(number(machine, "mig_mode") == 0);        // XML said N/A
  CHECK(number(machine, "temperature_c") == 66);  // -q before CSV
  CHECK(number(machine, "power_limit_mw") == 650'000);
  CHECK(machine.gpus[0].texts.at("name") == "NVIDIA H100 80GB HBM3 & more");
  ImportedMachine other = imported(kXml);
  other.gpus[0].bdf = "0000:42:00.0";
  merge_import(machine, other);
  CHECK(machine.gpus.size() == 2);
}

TEST_CASE("the scenario shows those values when it is staged") {
  ImportedMachine machine = imported(kXml);
  merge_import(machine, imported(kCsv));
  const std::string toml = render_import(machine, "mine", load_known_boards(BuiltinLibrary()));
  auto model = make_model(toml);
  CHECK(model->scenario().gpus[0].board.id == "h100");
  CHECK((gpu_of(*model).flags & channel::kInitialized) != 0);  // persistence mode was on
  pass(*model, 1);
  CHECK(value_of(*model, ReadingId::temperature_c) == 67);
  CHECK(value_of(*model, ReadingId::power_average_mw) == 120'500);
  CHECK(value_of(*model, ReadingId::performance_state) == 2);
  CHECK(value_of(*model, ReadingId::clocks_event_reasons) == 4);
  CHECK(std::string(channel::text(gpu_of(*model), channel::TextId::uuid)) ==
        "GPU-11111111-2222-3333-4444-555555555555");
  CHECK(model->scenario().gpus[0].bdf == "0000:41:00.0");
}

TEST_CASE("boards that are not known, values that contradict, drivers that cannot be staged") {
  ImportedMachine machine;
  machine.driver_version = "585.57.01";
  ImportedGpu gpu;
  gpu.device_id = 0x1b06, gpu.vendor_id = 0x10de;
  gpu.readings = {{"brand", {5, 0}},
                  {"architecture", {4, 0}},
                  {"power_limit_mw", {400'000, 0}},
                  {"power_limit_max_mw", {300'000, 0}},
                  {"memory_total_bytes", {11ll << 30, 0}},
                  {"fan_percent", {120, 0}}};
  gpu.texts["name"] = "NVIDIA \"odd\" \\ board";
  machine.gpus.push_back(gpu);
  const std::string toml = render_import(machine, "odd \" name", load_known_boards(BuiltinLibrary()));
  const auto scenario = scenario_of(toml);
  REQUIRE_MESSAGE(scenario.has_value(), (scenario ? "" : scenario.error().text()));
  CHECK(scenario->driver.version.starts_with("580."));
  CHECK(scenario->driver.flavor == "proprietary");
  CHECK(scenario->gpus[0].board.id == "geforce");
  CHECK(scenario->gpus[0].board.device_id == 0x1b06);
  CHECK(scenario->gpus[0].board.texts.at("name") == "NVIDIA \"odd\" \\ board");
}

TEST_CASE("values as nvidia-smi shows them") {
  CHECK(parse_shown("69.85 W", "power_average_mw", 1000)->value == 69'850);
  CHECK(parse_shown("16x", "pcie_width", 1)->value == 16);
  CHECK(parse_shown("P8", "performance_state", 1)->value == 8);
  CHECK(parse_shown("-8 C", "", 1)->value == -8);
  CHECK(parse_shown("0x1FF", "", 1)->value == 0x1ff);
  CHECK(parse_shown("[N/A]", "", 1)->code == 3);
  CHECK(parse_shown("None", "recovery_action", 1)->value == 0);
  CHECK_FALSE(parse_shown("None", "fan_percent", 1).has_value());
  for (const char* text : {"", "soon", "-", "1.2.3", "99999999999999999999999", "0xzz", "--5"})
    CHECK_FALSE_MESSAGE(parse_shown(text, "", 1000).has_value(), text);
  CHECK(shown_address("00000000:0C:00.0") == "0000:0c:00.0");
  CHECK(shown_address("nonsense").empty());
}

TEST_CASE("what is none of them is refused with what would be") {
  for (const std::string& text :
       {std::string(""), std::string("hello\nworld\n"),
        std::string("<?xml?><nvidia_smi_log></nvidia_smi_log>"), std::string("NVSMI LOG\nGPU 0\n"),
        std::string("name\n"), std::string("<?xml?><a"), std::string("\0\xff,name\n\x01", 9)}) {
    const auto machine = import_text(text, "x.txt");
    REQUIRE_FALSE_MESSAGE(machine.has_value(), text);
    CHECK(contains(machine.error().message, "x.txt"));
  }
  std::string deep = "<?xml?>";
  for (int i = 0; i < 40; ++i) deep += "<a>";
  CHECK(contains(import_text(deep, "x").error().message, "too deep"));
  std::string many = "<?xml?><nvidia_smi_log>";
  for (int i = 0; i < 4097; ++i) many += "<gpu id=\"0000:01:00.0\"></gpu>";
  CHECK(contains(import_text(many, "x").error().message, "4096"));
  std::string unclear = kXml;
  unclear = replace_all(unclear, "<persistence_mode>Enabled", "<persistence_mode>Perhaps");
  CHECK(import_text(unclear, "x")->unknown == 1);
  CHECK(contains(import_text(unclear, "x")->first_unknown, "Perhaps"));
}
