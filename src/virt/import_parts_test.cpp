// Goal: what was going on in an imported GPU goes on in the staged one: processes, MIG instances with their
// numbers, counters, and memory whose sums round as they were shown.
#include "virt/import_values.hpp"
#include "virt/scenario_start.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

constexpr const char* kHead = R"(
==============NVSMI LOG==============
Driver Version                            : 590.48.01
GPU 00000000:41:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    Product Architecture                  : Hopper
    GPU PDI                               : 0xd52bae2e458244e2
)";
constexpr const char* kParts = R"(
    MIG Mode
        Current                           : Enabled
        Pending                           : Enabled
    MIG Device
        Index                             : 0
        GPU Instance ID                   : 2
        Compute Instance ID               : 0
        Device Attributes
            Shared
                Multiprocessor count      : 60
        Shared FB Memory Usage
            Total                         : 40448 MiB
            Used                          : 1050 MiB
            Free                          : 39399 MiB
    MIG Device
        Index                             : 1
        GPU Instance ID                   : 9
        Compute Instance ID               : 0
        Device Attributes
            Shared
                Multiprocessor count      : 16
        Shared FB Memory Usage
            Total                         : 9984 MiB
            Used                          : 9 MiB
            Free                          : 9975 MiB
    PCI
        Device Id                         : 0x233010DE
    FB Memory Usage
        Total                             : 81559 MiB
        Reserved                          : 479 MiB
        Used                              : 1060 MiB
        Free                              : 80021 MiB
    Clocks Event Reasons Counters
        SW Power Capping                  : 15814 us
    Processes
        GPU instance ID                   : 2
        Compute instance ID               : 0
        Process ID                        : 21180
            Type                          : C
            Name                          : ./burn "it"
            Used GPU Memory               : 1000 MiB
        GPU instance ID                   : N/A
        Compute instance ID               : N/A
        Process ID                        : 675
            Type                          : G
            Name                          : /usr/lib/xorg/Xorg
            Used GPU Memory               : 1 MiB
)";

std::unique_ptr<Model> staged(const std::string& text) {
  const auto machine = import_text(text, "test");
  REQUIRE(machine);
  const auto scenario = scenario_of(render_import(*machine, "test", load_known_boards(BuiltinLibrary())));
  REQUIRE_MESSAGE(scenario.has_value(), (scenario ? "" : scenario.error().text()));
  auto model = Model::create(*scenario);
  REQUIRE(model);
  return std::move(*model);
}

}  // namespace

TEST_CASE("processes of the recorded machine hold the GPU, and change no value of the file") {
  const auto model = staged(std::string(kHead) + kParts);
  const channel::Gpu& gpu = gpu_of(*model);
  REQUIRE(gpu.process_count == 2);
  CHECK(gpu.processes[0].pid == 21180);
  CHECK(gpu.processes[0].gpu_instance == 2);
  CHECK(gpu.processes[0].kinds == (channel::kCompute | channel::kRecorded));
  CHECK(std::string(gpu.processes[0].name) == "./burn \"it\"");
  CHECK(gpu.processes[0].memory_bytes == (1000u << 20));
  CHECK(gpu.processes[1].kinds == (channel::kGraphics | channel::kRecorded));
  CHECK(gpu.processes[1].gpu_instance == channel::kNoInstance);
  CHECK((gpu.flags & channel::kInitialized) != 0);
  CHECK(gpu.clients == 1);
  CHECK(static_cast<std::uint64_t>(value_of(*model, channel::ReadingId::pdi)) == 0xd52bae2e458244e2u);
}

TEST_CASE("memory sums round as they were shown: up from 550 on") {
  const auto model = staged(std::string(kHead) + kParts);
  const auto up = [](std::int64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; };
  const std::int64_t total = value_of(*model, channel::ReadingId::memory_total_bytes);
  const std::int64_t reserved = value_of(*model, channel::ReadingId::memory_reserved_bytes);
  const std::int64_t used = value_of(*model, channel::ReadingId::memory_used_bytes);
  CHECK(up(total) == 81'559);
  CHECK(up(reserved) == 479);
  CHECK(up(used) == 1060);
  CHECK(up(total - reserved - used) == 80'021);
}

TEST_CASE("MIG instances come back with their numbers, at the places that have them") {
  const auto model = staged(std::string(kHead) + kParts);
  const channel::Gpu& gpu = gpu_of(*model);
  REQUIRE(gpu.instances[0].used == 1);
  CHECK(gpu.instances[0].id == 2);
  CHECK(gpu.instances[0].start == 4);
  CHECK(gpu.instances[0].compute[0].used == 1);
  CHECK(gpu.instances[0].compute[0].slices == 3);
  CHECK(gpu.instances[0].own_bytes == (50u << 20) - (1u << 19));  // half a MiB: 1050 + 39399 is one too many
  REQUIRE(gpu.instances[1].used == 1);
  CHECK(gpu.instances[1].id == 9);
  CHECK(gpu.instances[1].start == 2);
  CHECK(gpu.instances[1].own_bytes == (9u << 20));
  CHECK(gpu.instances[2].used == 0);
}

TEST_CASE("counters go on where they were") {
  const auto model = staged(std::string(kHead) + kParts);
  const auto& capped =
      gpu_of(*model).accruals[static_cast<std::size_t>(channel::AccrualId::violation_power_ns)];
  CHECK(channel::accrued(capped, model->now()) == 15'814'000);
}

TEST_CASE("parts that make no sense are left out, or named") {
  const auto model = staged(std::string(kHead) +
                            "    Processes\n        Process ID  : 0\n            Name : nobody\n"
                            "        Process ID  : 7\n            Type : Q\n            Name : odd\n"
                            "    MIG Device\n        Index : 0\n        GPU Instance ID : 3\n");
  CHECK(gpu_of(*model).process_count == 1);
  CHECK(gpu_of(*model).instances[0].used == 0);
  const auto refused = [](const std::string& rows) {
    const auto scenario = scenario_of(
        "[driver]\nversion = \"580.95.05\"\nmodules = [\"nvidia\"]\n[[gpu]]\nboard = \"h100\"\n" + rows);
    return scenario ? std::string() : scenario.error().text();
  };
  CHECK(contains(refused("[[gpu.process]]\npid = 1\ntype = \"X\"\n"), "type must be C, G, C+G or M+C"));
  CHECK(contains(refused("[[gpu.process]]\nname = \"a\"\n"), "pid must be above 0"));
  CHECK(contains(refused("[[gpu.instance]]\nprofile = \"9g\"\n"), "none of this board's"));
  CHECK(contains(refused("[gpu.counters]\nenergy = 1\n"), "unknown key \"energy\""));
}

TEST_CASE("what an older driver showed rounds down, and names the part under the GPU") {
  ImportedGpu gpu;
  gpu.readings = {{"memory_total_bytes", {100ll << 20, 0}},
                  {"memory_reserved_bytes", {10ll << 20, 0}},
                  {"memory_used_bytes", {20ll << 20, 0}}};
  gpu.free_mib = 69, gpu.texts["gpu_part_number"] = "900-1";
  settle_by_branch(gpu, 515);
  const std::int64_t used = gpu.readings["memory_used_bytes"].value,
                     reserved = gpu.readings["memory_reserved_bytes"].value;
  CHECK((used >> 20) == 20);
  CHECK((reserved >> 20) == 10);
  CHECK((((100ll << 20) - used - reserved) >> 20) == 69);
  CHECK(gpu.texts["board_part_number"] == "900-1");
  gpu.free_mib = 40;  // no rounding explains it: left alone
  gpu.readings["memory_used_bytes"].value = 20 << 20;
  settle_by_branch(gpu, 580);
  CHECK(gpu.readings["memory_used_bytes"].value == (20 << 20));
}
