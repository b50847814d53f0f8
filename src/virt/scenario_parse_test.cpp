// Goal: every scenario and board that the program carries can be staged; a file of one's own is understood or
// refused with its place, its key and the nearest name.
#include <doctest.h>

#include <map>
#include <set>

#include "virt/board_values.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

std::string refusal(const std::string& toml) {
  const auto scenario = scenario_of(toml);
  return scenario ? "" : scenario.error().text() + " | " + scenario.error().hint;
}

}  // namespace

TEST_CASE("every scenario and board of the program") {
  const BuiltinLibrary library;
  CHECK(library.scenarios().size() >= 18);
  std::set<std::string> names;
  for (const ScenarioName& row : library.scenarios()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.summary.size() > 10);
    const auto scenario = load_scenario(row.name);
    REQUIRE_MESSAGE(scenario.has_value(), (scenario ? "" : scenario.error().text()));
    CHECK(scenario->name == row.name);
    std::set<std::string> addresses, uuids;
    for (const ScenarioGpu& gpu : scenario->gpus) {
      CHECK(addresses.insert(gpu.bdf).second);
      CHECK(uuids.insert(gpu.uuid).second);
      CHECK(gpu.board.device_id != 0);
      CHECK(gpu.board.texts.contains("name"));
      CHECK(gpu.board.readings.at("memory_total_bytes").value > (1ll << 30));
    }
  }
  for (const char* name :
       {"rtx4090x4", "a6000x4", "h100x8", "h200x8", "b200x8", "gb200", "a100x8-mig", "l40s", "t4", "v100x8",
        "gtx1080", "pascal-blackwell", "laptop", "vgpu-guest", "wsl", "no-gpu", "gpus64", "gpus1000"})
    CHECK_MESSAGE(names.contains(name), name);
  for (const std::string& board : BuiltinLibrary::boards())
    CHECK_MESSAGE(load_board(board, library).has_value(), board);
}

TEST_CASE("a scenario's values are those of its file") {
  const auto a6000 = load_scenario("a6000x4");
  REQUIRE(a6000.has_value());
  REQUIRE(a6000->gpus.size() == 4);
  CHECK(a6000->gpus[0].numa_node == 3);
  CHECK(a6000->gpus[2].numa_node == 1);
  CHECK(a6000->nvlinks.size() == 16);  // two pairs, four links, both ends
  CHECK(load_scenario("gpus1000")->gpus.size() == 1000);
  CHECK(load_scenario("no-gpu")->gpus.empty());
  CHECK(load_scenario("h100x8")->switches.size() == 4);
  const auto ours = scenario_of(
      "seed = 5\ninit_ms = 1500\n[[node]]\nid = 2\ncpus = \"0-3\"\npackage = 1\n"
      "[driver]\nversion = \"580.95.05\"\nlibrary_version = \"580.126.09\"\nmodules = [\"nvidia-uvm\"]\n"
      "parameters = { DeviceFileMode = 416, RegistryDwords = \"a=1\" }\n"
      "[[gpu]]\nboard = \"h100\"\nnode = 2\nuuid = \"GPU-x\"\nreadings = { temperature_c = 50, fan_percent = "
      "\"N/A\" }\n"
      "[[gpu]]\nboard = \"t4\"\ncount = 2\nnode = 2\ndriver = \"vfio-pci\"\n");
  REQUIRE_MESSAGE(ours.has_value(), (ours ? "" : ours.error().text()));
  CHECK(ours->init_ms == 1500);
  CHECK(ours->nodes[0].package == 1);
  CHECK(ours->driver.library_version == "580.126.09");
  CHECK(ours->driver.modules[0] == "nvidia_uvm");
  CHECK(ours->driver.parameters.at("DeviceFileMode") == "416");
  REQUIRE(ours->gpus.size() == 3);
  CHECK(ours->gpus[0].board.readings.at("temperature_c").value == 50);
  CHECK(ours->gpus[0].board.readings.at("fan_percent").code == 3);
  CHECK(ours->gpus[0].uuid == "GPU-x");
  CHECK(ours->gpus[2].driver == "vfio-pci");
  CHECK(ours->gpus[1].bdf != ours->gpus[2].bdf);
}

TEST_CASE("the same seed makes the same machine") {
  const auto a = scenario_of(machine_of("h100", 4, "seed = 9\n")),
             b = scenario_of(machine_of("h100", 4, "seed = 9\n"));
  const auto c = scenario_of(machine_of("h100", 4, "seed = 10\n"));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(a->gpus[i].uuid == b->gpus[i].uuid);
    CHECK(a->gpus[i].uuid != c->gpus[i].uuid);
  }
}

TEST_CASE("unknown keys and names come with the nearest known ones") {
  CHECK(contains(refusal("sumary = \"x\"\n"), "unknown key \"sumary\" | did you mean summary?"));
  CHECK(contains(refusal("[driver]\nflavour = \"open\"\n"), "did you mean flavor?"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h10\"\n"), "did you mean h100?"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nreadings = { temprature_c = 1 }\n"),
                 "did you mean temperature_c?"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\ntexts = { nam = \"x\" }\n"), "did you mean name?"));
  CHECK(contains(refusal("[driver]\nversion = \"580.95.05\"\nmodules = [\"nvidia_uvn\"]\n"),
                 "did you mean nvidia_uvm?"));
  CHECK(contains(refusal("[nvswitch]\ncuont = 2\n"), "did you mean count?"));
}

TEST_CASE("impossible values are refused with their place") {
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\ncount = 10000\n"),
                 "makes 10000 GPUs; a scenario has at most 4096"));
  CHECK(
      contains(refusal("[[gpu]]\nboard = \"h100\"\ncount = 4096\n[[gpu]]\nboard = \"h100\"\n"), "4097 GPUs"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\ncount = 0\n"), "at least 1"));
  CHECK(contains(refusal("[[gpu]]\n"), "board is missing"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nbdf = \"01:00\"\n"), "bdf must be as in"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nbdf = \"0000:01:00.0\"\n[[gpu]]\nboard = \"h100\"\nbdf "
                         "= \"0000:01:00.0\"\n"),
                 "another GPU's too"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nbridges = [\"x\"]\n"), "bridges must be addresses"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\ndriver = \"amdgpu\"\n"),
                 "driver must be nvidia, nouveau"));
  CHECK(contains(refusal("[[node]]\nid = 0\n[[gpu]]\nboard = \"h100\"\nnode = 1\n"),
                 "none of the [[node]] rows"));
  CHECK(contains(refusal("[[node]]\nid = 0\n[[node]]\nid = 0\n"), "given twice"));
  CHECK(contains(refusal("[[node]]\ncpus = \"0-9999\"\n"), "below 1024"));
  CHECK(contains(refusal("platform = \"toaster\"\n"), "platform must be native"));
  CHECK(contains(refusal("[driver]\nversion = \"999.1\"\n"), "no branch that can be staged"));
  CHECK(contains(refusal("[driver]\nversion = \"580.x\"\n"), "must be as in 580.95.05"));
  CHECK(contains(refusal("[driver]\nflavor = \"closed\"\n"), "open or proprietary"));
  CHECK(contains(refusal("[driver]\nmodules = [\"nvidia\"]\n"), "need a version"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nreadings = { power_limit_mw = 900000 }\n"),
                 "power_limit_mw (900000) is above power_limit_max_mw"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nreadings = { memory_total_bytes = -1 }\n"),
                 "memory_total_bytes is negative"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nreadings = { utilization_gpu = 101 }\n"),
                 "above 100 percent"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\nreadings = { utilization_gpu = \"lots\" }\n"),
                 "whole number, true, false"));
  CHECK(contains(refusal("[[gpu]]\nboard = \"h100\"\ntexts = { name = \"" + std::string(96, 'x') + "\" }\n"),
                 "at most 95 bytes"));
  CHECK(contains(refusal(machine_of("h100", 2) + "[[nvlink]]\ngpus = [0, 2]\n"), "two different GPUs"));
  CHECK(contains(
      refusal(machine_of("h100", 2) + "[[nvlink]]\ngpus = [0, 1]\nlinks = 36\n[[nvlink]]\ngpus = [0, 1]\n"),
      "at most 36 links"));
  CHECK(contains(refusal(machine_of("h100", 2) + "[nvswitch]\ncount = 0\n"), "count above 0"));
}

TEST_CASE("hostile bytes are refused, not believed") {
  for (const std::string& text :
       {std::string("\0\0", 2), std::string("[[gpu]"), std::string(100'000, '['), std::string("a = \xff\xfe"),
        std::string("[[gpu]]\nboard = \"../../etc/passwd\"\n"), std::string("gpu = 1\n"),
        std::string("[gpu]\nboard = \"h100\"\n"), std::string("driver = []\n")})
    CHECK_FALSE(scenario_of(text).has_value());
  CHECK(scenario_of("").has_value());
}

TEST_CASE("names and files") {
  CHECK(contains(load_scenario("h100x9").error().hint, "h100x8"));
  CHECK(load_scenario("no/such/file.toml").error().code == ErrorCode::kNotFound);
  CHECK(load_scenario("/").error().code != ErrorCode::kUsage);
}

TEST_CASE("branches and what they bring") {
  CHECK(branch_versions("580.95.05")->cuda == 13000);
  CHECK(branch_versions("470.256.02")->branch == 470);
  for (const char* version : {"", "581.1", "x", "580x", ".580"})
    CHECK_FALSE_MESSAGE(branch_versions(version).has_value(), version);
}

TEST_CASE("a board is read once, however many rows name it") {
  class Counting : public BuiltinLibrary {
   public:
    Result<std::string> board_text(const std::string& id) const override {
      ++asked[id];
      return BuiltinLibrary::board_text(id);
    }
    mutable std::map<std::string, int> asked;
  };
  const Counting library;
  std::string toml = "[driver]\nversion = \"580.95.05\"\n";
  for (int i = 0; i < 5; ++i)
    toml +=
        "[[gpu]]\nboard = \"h100\"\n[gpu.readings]\npower_limit_mw = " + std::to_string(300'000 + i) + "\n";
  const auto scenario = parse_scenario(toml, "test.toml", library);
  REQUIRE_MESSAGE(scenario.has_value(), (scenario ? "" : scenario.error().text()));
  CHECK(library.asked.at("h100") == 1);
  // What one row changes is its own.
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(scenario->gpus[i].board.readings.at("power_limit_mw").value == 300'000 + static_cast<int>(i));
}

TEST_CASE("the nodes of the EPYC boxes lie in one package") {
  for (const char* name : {"rtx4090x4", "a6000x4"}) {
    const auto scenario = load_scenario(name);
    REQUIRE(scenario.has_value());
    REQUIRE(scenario->nodes.size() == 4);
    for (const ScenarioNode& node : scenario->nodes) CHECK(node.package == 0);
  }
  CHECK(load_scenario("h100x8")->nodes[1].package == -1);  // a socket of its own
}
