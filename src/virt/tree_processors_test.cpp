// Goal: NUMA nodes and CPUs of the machine are described without contradiction, lists and masks in the
// kernel's form.
#include <doctest.h>

#include "virt/test_host.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack::virt;

namespace {

std::string text_of(const Tree& tree, const std::string& path) {
  const auto at = tree.find("/sys/devices/system/" + path);
  return at == tree.end() ? "no " + path : at->second.content;
}

}  // namespace

TEST_CASE("lists to numbers and back") {
  CHECK(cpu_numbers("0-2,5") == std::vector<unsigned>{0, 1, 2, 5});
  CHECK(cpu_numbers("") == std::vector<unsigned>{});
  CHECK(cpu_numbers("3-1,x,4,5000,1-5000") == std::vector<unsigned>{4});
  CHECK(cpu_list({0, 1, 2, 5}) == "0-2,5");
  CHECK(cpu_list({9, 7, 8}) == "7-9");
  CHECK(cpu_list({}) == "");
}

TEST_CASE("masks in groups of 32, as wide as the machine") {
  CHECK(cpu_mask({0, 1}, 2) == "3");
  CHECK(cpu_mask({48, 49, 127}, 128) == "80000000,00000000,00030000,00000000");
  CHECK(cpu_mask({32}, 36) == "1,00000000");
  CHECK(cpu_mask({}, 32) == "00000000");
  CHECK(cpu_mask({900}, 32) == "00000000");
  CHECK(cpu_mask({}, 0) == "00000000");
}

TEST_CASE("an EPYC of four nodes: two threads a core, one package") {
  Machine machine = make_machine();
  machine.nodes = {{0, "0-15,64-79", 64 << 10, 0},
                   {1, "16-31,80-95", 64 << 10, 0},
                   {2, "32-47,96-111", 64 << 10, 0},
                   {3, "48-63,112-127", 64 << 10, 0}};
  Tree tree;
  put_processors(tree, machine);
  CHECK(text_of(tree, "node/online") == "0-3\n");
  CHECK(text_of(tree, "node/node3/cpulist") == "48-63,112-127\n");
  CHECK(text_of(tree, "node/node3/cpumap") == "ffff0000,00000000,ffff0000,00000000\n");
  CHECK(text_of(tree, "node/node0/distance") == "10 12 12 12\n");
  CHECK(text_of(tree, "node/node0/meminfo").starts_with("Node 0 MemTotal:       67108864 kB\n"));
  CHECK(text_of(tree, "cpu/online") == "0-127\n");
  CHECK(text_of(tree, "cpu/cpu48/topology/thread_siblings_list") == "48,112\n");
  CHECK(text_of(tree, "cpu/cpu112/topology/thread_siblings_list") == "48,112\n");
  CHECK(text_of(tree, "cpu/cpu112/topology/core_id") == "48\n");
  CHECK(text_of(tree, "cpu/cpu112/topology/core_siblings_list") == "0-127\n");
  CHECK(text_of(tree, "cpu/cpu112/node3") == "../../node/node3");
}

TEST_CASE("nodes without a package are one each, far from another; one thread a core") {
  Machine machine = make_machine();
  machine.nodes = {{0, "0-3", 1024}, {1, "4-7", 1024}, {2, "", 2048}};
  Tree tree;
  put_processors(tree, machine);
  CHECK(text_of(tree, "cpu/cpu5/topology/physical_package_id") == "1\n");
  CHECK(text_of(tree, "cpu/cpu5/topology/thread_siblings_list") == "5\n");
  CHECK(text_of(tree, "cpu/cpu5/topology/core_siblings") == "f0\n");
  CHECK(text_of(tree, "node/node1/distance") == "32 10 32\n");
  CHECK(text_of(tree, "node/has_cpu") == "0-1\n");
  CHECK(text_of(tree, "node/online") == "0-2\n");
}

TEST_CASE("a machine without nodes keeps the real ones") {
  Machine machine = make_machine();
  machine.nodes.clear();
  Tree tree;
  put_processors(tree, machine);
  CHECK(tree.empty());
  CHECK(!render_sys(machine).contains("/sys/devices/pci0000:c0/0000:c0:01.1/0000:c1:00.0/local_cpus"));
}
