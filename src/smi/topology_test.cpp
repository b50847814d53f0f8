#include "smi/topology.hpp"

#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi;
using namespace nvstack::smi::test;

TEST_CASE("the path between two PCI places") {
  const PciPlace gpu{"pci0000:17/0000:17:01.0/0000:18:00.0/0000:19:00.0/0000:1b:00.0", 0};
  CHECK(path_between(gpu, {"pci0000:17/0000:17:01.0/0000:18:00.0/0000:19:01.0/0000:1c:00.0", 0}) == "PIX");
  CHECK(path_between(
            gpu, {"pci0000:17/0000:17:01.0/0000:18:00.0/0000:19:02.0/0000:1d:00.0/0000:1e:00.0/0000:1f:00.0",
                  0}) == "PXB");
  CHECK(path_between(gpu, {"pci0000:17/0000:17:02.0/0000:20:00.0", 0}) == "PHB");
  CHECK(path_between(gpu, {"pci0000:3f/0000:3f:01.0/0000:40:00.0", 0}) == "NODE");
  CHECK(path_between(gpu, {"pci0000:99/0000:99:01.0/0000:9a:00.0", 1}) == "SYS");
  CHECK(path_between(gpu, {"pci0000:99/0000:99:01.0/0000:9a:00.0", -1}) == "SYS");
  CHECK(path_between(gpu, {}) == "SYS");
}

TEST_CASE("masks as ranges") {
  CHECK(ranges_of({0b1011}) == "0-1,3");
  CHECK(ranges_of({1ul << 63, 0b1}) == "63-64");
  CHECK(ranges_of({0}) == "");
}

TEST_CASE("the matrix of GPUs and network cards, byte for byte") {
  TopologyMatrix matrix;
  matrix.names = {"GPU0", "GPU1", "NIC0"};
  matrix.cells = {{" X ", "NV18", "PIX"}, {"NV18", " X ", "SYS"}, {"PIX", "SYS", " X "}};
  matrix.affinities = {{"0-55,112-167", "0", "N/A"}, {"56-111", "1", "N/A"}};
  matrix.cards = {"mlx5_0"};
  const std::string text = render_topology(matrix, true, {580});
  CHECK(line_of(text, 0) == "\t\x1b[4mGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\x1b[0m");
  CHECK(line_of(text, 1) == "GPU0\t X \tNV18\tPIX\t0-55,112-167\t0\t\tN/A");
  CHECK(line_of(text, 3) == "NIC0\tPIX\tSYS\t X \t\t\t\t");
  CHECK(line_of(text, 13) == "  NV#  = Connection traversing a bonded set of # NVLinks");
  CHECK(text.ends_with("\n\nNIC Legend:\n\n  NIC0: mlx5_0\n\n"));
  // Cards had their own names before 520, and there was no GPU NUMA ID.
  const std::string old = render_topology(matrix, true, {470});
  CHECK(line_of(old, 0) == "\t\x1b[4mGPU0\tGPU1\tmlx5_0\tCPU Affinity\tNUMA Affinity\x1b[0m");
  CHECK(old.find("NIC Legend") == std::string::npos);
}

TEST_CASE("topo -m counts NVLinks, topo -mp shows the PCIe path") {
  FakeDriver made = make_driver({data_center_board(), data_center_board()});
  const std::string linked = run_on(made, {"topo", "-m"}).out;
  CHECK(line_of(linked, 1).starts_with("GPU0\t X \tNV18\t"));
  const std::string plain = run_on(made, {"topo", "-mp"}).out;
  CHECK(line_of(plain, 1).starts_with("GPU0\t X \tNODE\t"));
  CHECK(plain.find("NV#") == std::string::npos);
  CHECK(run_on(made, {"topo"}).code == 2);
  CHECK(run_on(made, {"topo", "-p", "-i", "0,1"}).out == "GPU0 and GPU1 are connected by: NODE\n");
  CHECK(run_on(made, {"topo", "-p2p", "z"}).code == 2);
  CHECK(line_of(run_on(made, {"topo", "-p2p", "r"}).out, 0) == " \tGPU0\tGPU1\t");
}

TEST_CASE("nvlink -s shows the speed of each link, or why there is none") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const std::string text = run_on(made, {"nvlink", "-s"}).out;
  CHECK(line_of(text, 0) == "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11112222-3333-4444-5555-666677778888)");
  CHECK(line_of(text, 1) == "\t Link 0: 26.562 GB/s");
  CHECK(line_of(text, 18) == "\t Link 17: 26.562 GB/s");
  CHECK(line_of(text, 20) == "NVML: Unable to retrieve Nvlink information as all links are inActive");
  made.boards[0].answers["link.3"] = "0";
  CHECK(run_on(made, {"nvlink", "-s", "-i", "0", "-l", "3"}).out.ends_with("\t Link 3: <inactive>\n"));
  made.boards[1].answers.erase("link.0");
  CHECK(run_on(made, {"nvlink", "-s", "-i", "1"}).out.ends_with("Device does not have or support Nvlink\n"));
  made = make_driver({mig_board()});
  CHECK(run_on(made, {"nvlink", "-s"})
            .out.ends_with("Nvlink queries are not supported for Devices in MIG mode\n"));
  CHECK(run_on(made, {"nvlink"}).code == 2);
}

TEST_CASE("the matrix as JSON") {
  FakeDriver made = make_driver({data_center_board(), data_center_board()});
  const auto json = nvstack::parse_json(run_on(made, {"topo", "--json"}).out);
  REQUIRE(json);
  const auto& first = (*(*json)["devices"].items())[0];
  CHECK(first.text("name") == "GPU0");
  CHECK(first.text("cpu_affinity") == "0-19");
  CHECK(first["connections"].text("GPU1") == "NV18");
}
