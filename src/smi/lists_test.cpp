#include "smi/lists.hpp"

#include <doctest.h>

#include "base/json.hpp"
#include "smi/test_boards.hpp"

using namespace nvstack;
using namespace nvstack::smi::test;

TEST_CASE("compute processes, in the driver's order") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  CHECK(run_on(made, {"--query-compute-apps=gpu_bus_id,pid,name,used_memory", "--format=csv"}).out ==
        "gpu_bus_id, pid, process_name, used_gpu_memory [MiB]\n"
        "00000000:1B:00.0, 11328, /root/tools/memhog, 1542 MiB\n"
        "00000000:1B:00.0, 11327, /opt/conda/envs/training/bin/python3.11 train.py, 15690 MiB\n"
        "00000000:1B:00.0, 900, /usr/lib/xorg/Xorg, 4 MiB\n");
  CHECK(run_on(made, {"--query-compute-apps=pid", "--format=csv,noheader", "-i", "1"}).out.empty());
}

TEST_CASE("boards without page retirement still give two rows") {
  FakeDriver made = make_driver({gaming_board()});
  made.absent.clear();
  CHECK(run_on(made, {"--query-retired-pages=gpu_serial,retired_pages.cause", "--format=csv"}).out ==
        "gpu_serial, retired_pages.cause\n[N/A], Single Bit ECC\n[N/A], Double Bit ECC\n");
}

TEST_CASE("remapped rows, accounted processes and clocks") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"--query-remapped-rows=gpu_name,remapped_rows.correctable,remapped_rows.pending",
                      "--format=csv"})
            .out ==
        "gpu_name, remapped_rows.correctable, remapped_rows.pending\nNVIDIA H100 80GB HBM3, 2, No\n");
  CHECK(run_on(made, {"--query-accounted-apps=pid,gpu_util,mem_util,max_memory_usage,time", "--format=csv"})
            .out == "pid, gpu_utilization [%], mem_utilization [%], max_memory_usage [MiB], time [ms]\n");
  CHECK(line_of(run_on(made, {"--query-supported-clocks=mem,gr", "--format=csv"}).out, 0) ==
        "memory [MHz], graphics [MHz]");
}

TEST_CASE("the help of a list names its columns and aliases") {
  FakeDriver made = make_driver({});
  const std::string text = run_on(made, {"--help-query-compute-apps"}).out;
  CHECK(line_of(text, 0) == "List of valid properties to query for the switch \"--query-compute-apps\":");
  CHECK(text.find("\n\"process_name\" or \"name\"\n") != std::string::npos);
  CHECK(text.find("\n\"used_gpu_memory\" or \"used_memory\"\n") != std::string::npos);
}

TEST_CASE("GPUs and their parts, one a line") {
  FakeDriver made = make_driver({mig_board()});
  CHECK(run_on(made, {"-L"}).out ==
        "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11112222-3333-4444-5555-666677778888)\n"
        "  MIG 3g.40gb     Device  0: (UUID: MIG-00000000-1111-2222-3333-444444444444)\n"
        "  MIG 1g.10gb     Device  1: (UUID: MIG-00000000-1111-2222-3333-444444444444)\n");
}

TEST_CASE("every view as JSON") {
  FakeDriver made = make_driver({mig_board(), gaming_board()});
  for (const auto& words : {std::vector<std::string>{"--json"},
                            {"-q", "--json"},
                            {"-L", "--json"},
                            {"--query-gpu=name,power.draw", "--json"}}) {
    const auto json = parse_json(run_on(made, words).out);
    REQUIRE(json);
    REQUIRE((*json)["gpus"].items());
    CHECK((*json)["gpus"].items()->size() == 2);
  }
  const auto fields = parse_json(run_on(made, {"--query-gpu=power.draw,serial", "--json", "-i", "1"}).out);
  const Json& gpu = (*(*fields)["gpus"].items())[0];
  CHECK(gpu["power.draw"]["value"].number() == 38.89);
  CHECK(gpu["power.draw"].text("unit") == "W");
  CHECK(gpu["serial"].text("status") == "not_supported");
  const auto log = parse_json(run_on(made, {"-q", "--json", "-i", "0"}).out);
  const Json& first = (*(*log)["gpus"].items())[0];
  CHECK(first["mig_devices"].items()->size() == 2);
  CHECK(first["clocks_event_reasons"]["clocks_event_reason_hw_thermal_slowdown"].text("value") == "Active");
  CHECK((*first["processes"].items())[0]["pid"]["value"].number() == 21180);
  const auto list = parse_json(run_on(made, {"--query-compute-apps=pid", "--json"}).out);
  CHECK((*list)["rows"].items()->size() == 1);
}

TEST_CASE("the document type names every element of the log") {
  FakeDriver made = make_driver({data_center_board()});
  const std::string dtd = run_on(made, {"--dtd", "--compat=580"}).out;
  for (const char* element :
       {"nvidia_smi_log", "gpu", "fb_memory_usage", "mig_device", "process_info", "gpu_temp"}) {
    CAPTURE(element);
    CHECK(dtd.find("<!ELEMENT " + std::string(element) + " (") != std::string::npos);
  }
  CHECK(dtd.find("gpu_reset_status") == std::string::npos);
  CHECK(run_on(made, {"--dtd", "--compat=535"}).out.find("<!ELEMENT gpu_reset_status (") !=
        std::string::npos);
  CHECK(run_on(made, {"-q", "-x", "--dtd"}).out.find("<!DOCTYPE nvidia_smi_log [\n<!ELEMENT ") !=
        std::string::npos);
}
