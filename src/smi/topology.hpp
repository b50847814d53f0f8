// How the GPUs and network cards of a machine are connected: the matrix of topo -m as a value, and its text.
#pragma once

#include <string>
#include <vector>

#include "smi/session.hpp"

namespace nvstack::smi {

/// A PCI device by its path below /sys/devices: "pci0000:17/0000:17:01.0/.../0000:1b:00.0", and its NUMA
/// node.
struct PciPlace {
  std::string path;
  int node = -1;
};
struct NetworkCard {
  std::string name;  // mlx5_0
  PciPlace place;
};

/// PIX, PXB, PHB, NODE or SYS, from the bridges between two places.
std::string path_between(const PciPlace& a, const PciPlace& b);
/// The PCI network cards with a verbs device, in the order of their names.
std::vector<NetworkCard> read_network_cards();
PciPlace read_place(Board& board);
/// NV# when NVLinks connect the two, else the PCIe path; with `links` false always the path.
std::string connection(Board& a, Board& b, bool links);
/// "0-55,112-167" of a bit mask.
std::string ranges_of(const std::vector<unsigned long>& mask);

struct TopologyMatrix {
  std::vector<std::string> names;               // GPU0 ... NIC0 ...
  std::vector<std::vector<std::string>> cells;  // one row a name
  struct Affinity {
    std::string cpus, nodes, gpu_node;
  };
  std::vector<Affinity> affinities;  // of the GPUs
  std::vector<std::string> cards;    // names of NIC0 ...
};

TopologyMatrix read_topology(std::vector<Target>& targets, bool links);
Json topology_json(const TopologyMatrix& matrix);
std::string render_topology(const TopologyMatrix& matrix, bool links, const Compat& compat);

}  // namespace nvstack::smi
