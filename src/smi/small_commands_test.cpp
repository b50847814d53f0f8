// The subcommands that show a few values of each GPU, and sessions: their lines, and the same as JSON.
#include <doctest.h>

#include "base/json.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::smi::test;

namespace {

Json json_on(FakeDriver& made, std::vector<std::string> words) {
  words.push_back("--json");
  const Ran ran = run_on(made, words);
  CHECK(ran.code == 0);
  auto json = parse_json(ran.out);
  REQUIRE(json);
  return *json;
}

}  // namespace

TEST_CASE("clocks, one line a value, of the GPUs that were asked for") {
  FakeDriver made = make_driver({gaming_board(), data_center_board()});
  const Ran ran = run_on(made, {"clocks", "--id=1"});
  CHECK(ran.code == 0);
  CHECK(line_of(ran.out, 0).starts_with("GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-"));
  CHECK(line_of(ran.out, 1).starts_with("\tGraphics: "));
  CHECK(line_of(ran.out, 1).ends_with(" MHz"));
  CHECK(ran.out.find("GPU 0") == std::string::npos);
  CHECK(run_on(made, {"clocks", "-i", "0,1"}).out.find("GPU 0") == 0);
  CHECK(run_on(made, {"clocks", "-i", "7"}).code == 6);
}

TEST_CASE("the lines of a small subcommand as JSON") {
  FakeDriver made = make_driver({gaming_board(), data_center_board()});
  made.boards[0].answers["handle"] = "15";
  for (const char* name :
       {"clocks", "base-clocks", "c2c", "pci", "power-smoothing", "power-profiles", "gpm"}) {
    CAPTURE(name);
    const Json json = json_on(made, {name});
    REQUIRE(json["gpus"].items());
    const Json::Array& gpus = *json["gpus"].items();
    REQUIRE(gpus.size() == 2);
    CHECK(gpus[0].text("status") == "lost");
    CHECK(gpus[1]["name"].text("value") == "NVIDIA H100 80GB HBM3");
    CHECK(gpus[1].members()->size() > 3);
  }
  const Json clocks = json_on(made, {"clocks"});
  CHECK((*clocks["gpus"].items())[1]["graphics"].text("unit") == "MHz");
  const Json replay = json_on(made, {"pci"});
  CHECK((*replay["gpus"].items())[1]["replay_counter"].text("status") == "not_supported");
}

TEST_CASE("sessions, drain, vGPUs and confidential computing where there are none") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(line_of(run_on(made, {"encodersessions"}).out, 2) ==
        "    0        -          -      -    -      -        -        -");
  CHECK(line_of(run_on(made, {"fbcsessions", "-i", "0"}).out, 2) ==
        "    0        -          -        -      -      -    -      -        -        -");
  CHECK(run_on(made, {"encodersessions", "-i", "5"}).code == 6);
  CHECK(json_on(made, {"encodersessions"})["sessions"].items()->empty());
  CHECK(run_on(made, {"vgpu"}).out == "No supported devices in vGPU mode\n");
  CHECK(run_on(made, {"vgpu"}).code == 6);
  FakeDriver two = make_driver({data_center_board(), gaming_board()});
  CHECK(run_on(two, {"drain", "-q"}).code == 2);  // of which GPU?
  CHECK(run_on(made, {"conf-compute", "-f"}).out.starts_with("CC status: "));
  CHECK(json_on(made, {"conf-compute"})["cc_feature"].text("status") == "not_supported");
}

TEST_CASE("what has no public interface says so") {
  FakeDriver made = make_driver({data_center_board()});
  for (const char* name :
       {"daemon", "replay", "compute-policy", "boost-slider", "event-log", "rusd", "prm"}) {
    CAPTURE(name);
    CHECK(run_on(made, {name}).code == 3);
  }
}

TEST_CASE("dmon and pmon as JSON: one document a line") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"dmon", "-s", "pe", "-c", "2", "--json"}, 2);
  CHECK(ran.out.find("\n  ") == std::string::npos);
  const auto first = parse_json(line_of(ran.out, 0));
  REQUIRE(first);
  REQUIRE(parse_json(line_of(ran.out, 1)));
  const Json& gpu = (*(*first)["gpus"].items())[1];
  CHECK(gpu["gtemp"]["value"].integer());
  CHECK(gpu["gtemp"].text("unit") == "C");
  CHECK(gpu["mtemp"].text("status") == "not_supported");
  const auto processes = parse_json(run_on(made, {"pmon", "-s", "um", "-c", "1", "--json"}).out);
  REQUIRE(processes);
  CHECK((*processes)["processes"].items());
}

TEST_CASE("NVLinks and topology as JSON") {
  FakeDriver made = make_driver({data_center_board()});
  for (int link = 0; link < 18; ++link)
    made.boards[0].answers["link." + std::to_string(link)] = link < 17 ? "1" : "0";
  const Json json = json_on(made, {"nvlink", "-s"});
  const Json::Array& links = *(*json["gpus"].items())[0]["links"].items();
  REQUIRE(links.size() == 18);
  CHECK(links[17]["active"].boolean());
  CHECK_FALSE(*links[17]["active"].boolean());
  CHECK(json_on(made, {"nvlink", "-l", "3"})["gpus"].items()->size() == 1);
  CHECK(run_on(made, {"topo", "-p", "--json"}).code == 2);
  CHECK(json_on(made, {"topo", "-m"})["devices"].items());
}
