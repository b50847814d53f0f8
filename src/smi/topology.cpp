#include "smi/topology.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr std::size_t kCardsMax = 256;
constexpr unsigned kLinksMax = 36;

std::string path_of_level(unsigned level) {
  if (level <= NVML_TOPOLOGY_SINGLE) return "PIX";
  if (level <= NVML_TOPOLOGY_MULTIPLE) return "PXB";
  if (level <= NVML_TOPOLOGY_HOSTBRIDGE) return "PHB";
  return level <= NVML_TOPOLOGY_NODE ? "NODE" : "SYS";
}

PciPlace place_at(const std::string& link) {
  std::array<char, PATH_MAX> real{};
  PciPlace place;
  if (!::realpath(link.c_str(), real.data())) return place;
  const std::string path = real.data();
  const auto root = path.find("/pci");
  if (root != std::string::npos) place.path = path.substr(root + 1);
  std::ifstream node(path + "/numa_node");
  if (!(node >> place.node)) place.node = -1;
  return place;
}

/// mlx5_2 before mlx5_10.
bool natural_less(const std::string& a, const std::string& b) {
  const auto digits = [](const std::string& text) { return text.find_last_not_of("0123456789") + 1; };
  const std::string front_a = a.substr(0, digits(a)), front_b = b.substr(0, digits(b));
  if (front_a != front_b) return front_a < front_b;
  return parse_uint(a.substr(digits(a))).value_or(0) < parse_uint(b.substr(digits(b))).value_or(0);
}

/// How many active links go to the other GPU, or to a switch.
unsigned link_count(Board& a, Board& b) {
  unsigned direct = 0, switched = 0;
  for (unsigned link = 0; link < kLinksMax; ++link) {
    nvmlEnableState_t active = NVML_FEATURE_DISABLED;
    const auto code = NVML_CALL(a.nvml(), nvmlDeviceGetNvLinkState, a.device, link, &active);
    if (code == NVML_ERROR_INVALID_ARGUMENT || code == NVML_ERROR_NOT_SUPPORTED) break;
    if (code != NVML_SUCCESS || active != NVML_FEATURE_ENABLED) continue;
    nvmlIntNvLinkDeviceType_t type = NVML_NVLINK_DEVICE_TYPE_GPU;
    NVML_CALL(a.nvml(), nvmlDeviceGetNvLinkRemoteDeviceType, a.device, link, &type);
    if (type == NVML_NVLINK_DEVICE_TYPE_SWITCH) {
      ++switched;
      continue;
    }
    nvmlPciInfo_t remote{};
    if (NVML_CALL(a.nvml(), nvmlDeviceGetNvLinkRemotePciInfo_v2, a.device, link, &remote) != NVML_SUCCESS)
      continue;
    const auto& pci = b.pci();
    direct += pci.ok() && remote.domain == pci.value.domain && remote.bus == pci.value.bus &&
              remote.device == pci.value.device;
  }
  return direct != 0 ? direct : switched;
}

std::string mask_text(Board& board, const char* scoped, const char* plain) {
  constexpr unsigned kWordsMax = 64;  // 4096 processors or nodes
  std::vector<unsigned long> mask(kWordsMax);
  auto code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned, unsigned long*, nvmlAffinityScope_t)>(
      scoped, board.device, kWordsMax, mask.data(), nvmlAffinityScope_t{0});
  if (code == NVML_ERROR_FUNCTION_NOT_FOUND && plain)
    code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned, unsigned long*)>(plain, board.device,
                                                                                   kWordsMax, mask.data());
  return code == NVML_SUCCESS ? ranges_of(mask) : "N/A";
}

TopologyMatrix::Affinity read_affinity(Board& board) {
  const auto node = board.number("nvmlDeviceGetNumaNodeId");
  return {mask_text(board, "nvmlDeviceGetCpuAffinityWithinScope", "nvmlDeviceGetCpuAffinity"),
          mask_text(board, "nvmlDeviceGetMemoryAffinity", nullptr),
          node.ok() ? std::to_string(node.value) : "N/A"};
}

}  // namespace

std::string path_between(const PciPlace& a, const PciPlace& b) {
  const auto left = split(a.path, '/'), right = split(b.path, '/');
  if (a.path.empty() || b.path.empty()) return "SYS";
  if (left[0] != right[0]) return a.node == b.node && a.node >= 0 ? "NODE" : "SYS";
  std::size_t common = 1;
  while (common < left.size() && common < right.size() && left[common] == right[common]) ++common;
  if (common == 1) return "PHB";
  // Behind one switch each side has its own downstream port; a further bridge is another switch.
  const auto bridges = [&](std::size_t parts) { return parts > common + 1 ? parts - 1 - common : 0; };
  const std::size_t more = std::max(bridges(left.size()), bridges(right.size()));
  return more <= 1 ? "PIX" : "PXB";
}

std::vector<NetworkCard> read_network_cards() {
  std::vector<NetworkCard> cards;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/infiniband", error)) {
    const PciPlace place = place_at(entry.path().string() + "/device");
    if (!place.path.empty() && cards.size() < kCardsMax)
      cards.push_back({printable(entry.path().filename().string(), 64), place});
  }
  std::sort(cards.begin(), cards.end(),
            [](const NetworkCard& a, const NetworkCard& b) { return natural_less(a.name, b.name); });
  return cards;
}

PciPlace read_place(Board& board) {
  const auto& pci = board.pci();
  if (!pci.ok()) return {};
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/sys/bus/pci/devices/%04x:%02x:%02x.0", pci.value.domain,
                pci.value.bus, pci.value.device);
  return place_at(path.data());
}

std::string connection(Board& a, Board& b, bool links) {
  if (!a.device || !b.device) return "N/A";  // one of them gives no answer
  if (links)
    if (const unsigned count = link_count(a, b); count != 0) return "NV" + std::to_string(count);
  nvmlGpuTopologyLevel_t level = NVML_TOPOLOGY_SYSTEM;
  const auto code = NVML_CALL(a.nvml(), nvmlDeviceGetTopologyCommonAncestor, a.device, b.device, &level);
  return code == NVML_SUCCESS ? path_of_level(static_cast<unsigned>(level))
                              : path_between(read_place(a), read_place(b));
}

std::string ranges_of(const std::vector<unsigned long>& mask) {
  constexpr std::size_t kBits = sizeof(unsigned long) * CHAR_BIT;
  const auto is_set = [&](std::size_t bit) {
    return bit < mask.size() * kBits && (mask[bit / kBits] >> bit % kBits & 1ul) != 0;
  };
  std::string text;
  for (std::size_t bit = 0; bit < mask.size() * kBits; ++bit) {
    if (!is_set(bit)) continue;
    std::size_t last = bit;
    while (is_set(last + 1)) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(bit) + (last == bit ? "" : "-" + std::to_string(last));
    bit = last;
  }
  return text;
}

TopologyMatrix read_topology(std::vector<Target>& targets, bool links) {
  TopologyMatrix matrix;
  std::vector<PciPlace> places;
  std::vector<Board*> boards;
  for (Target& target : targets) {
    if (!target.board) continue;
    boards.push_back(&*target.board);
    matrix.names.push_back("GPU" + std::to_string(target.index));
    matrix.affinities.push_back(read_affinity(*target.board));
  }
  const auto cards = read_network_cards();
  if (!cards.empty())
    for (Board* board : boards) places.push_back(read_place(*board));
  for (std::size_t i = 0; i < cards.size(); ++i) {
    matrix.names.push_back("NIC" + std::to_string(i));
    matrix.cards.push_back(cards[i].name);
    places.push_back(cards[i].place);
  }
  const std::size_t count = matrix.names.size();
  matrix.cells.assign(count, std::vector<std::string>(count, " X "));
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = i + 1; k < count; ++k)
      matrix.cells[i][k] = matrix.cells[k][i] =
          k < boards.size() ? connection(*boards[i], *boards[k], links) : path_between(places[i], places[k]);
  return matrix;
}

Json topology_json(const TopologyMatrix& matrix) {
  Json devices = Json::array();
  for (std::size_t i = 0; i < matrix.names.size(); ++i) {
    Json device;
    device.set("name", matrix.names[i]);
    if (i < matrix.affinities.size()) {
      const auto& affinity = matrix.affinities[i];
      device.set("cpu_affinity", affinity.cpus).set("numa_affinity", affinity.nodes);
      device.set("gpu_numa_id", affinity.gpu_node);
    } else {
      device.set("card", matrix.cards[i - matrix.affinities.size()]);
    }
    Json connections = Json::object();
    for (std::size_t k = 0; k < matrix.names.size(); ++k)
      if (k != i) connections.set(matrix.names[k], matrix.cells[i][k]);
    devices.add(device.set("connections", std::move(connections)));
  }
  Json json;
  return json.set("devices", std::move(devices));
}

std::string render_topology(const TopologyMatrix& matrix, bool links, const Compat& compat) {
  const bool gpu_node = compat.branch >= 530, card_names = compat.branch < 520;
  const std::size_t gpus = matrix.affinities.size();
  const auto name = [&](std::size_t i) {
    return i >= gpus && card_names ? matrix.cards[i - gpus] : matrix.names[i];
  };
  std::string text = "\t\x1b[4m";
  for (std::size_t i = 0; i < matrix.names.size(); ++i) text += name(i) + "\t";
  text += std::string("CPU Affinity\tNUMA Affinity") + (gpu_node ? "\tGPU NUMA ID" : "") + "\x1b[0m\n";
  for (std::size_t i = 0; i < matrix.names.size(); ++i) {
    text += name(i);
    for (const std::string& cell : matrix.cells[i]) text += "\t" + cell;
    if (i < gpus)
      text += "\t" + matrix.affinities[i].cpus + "\t" + matrix.affinities[i].nodes +
              (gpu_node ? "\t\t" + matrix.affinities[i].gpu_node : "") + "\n";
    else
      text += gpu_node ? "\t\t\t\t\n" : "\t\t\n";
  }
  text +=
      "\nLegend:\n\n  X    = Self\n"
      "  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., "
      "QPI/UPI)\n"
      "  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a "
      "NUMA node\n"
      "  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)\n"
      "  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)\n"
      "  PIX  = Connection traversing at most a single PCIe bridge\n";
  if (links) text += "  NV#  = Connection traversing a bonded set of # NVLinks\n";
  if (matrix.cards.empty() || card_names) return text;
  text += "\nNIC Legend:\n\n";
  for (std::size_t i = 0; i < matrix.cards.size(); ++i)
    text += "  NIC" + std::to_string(i) + ": " + matrix.cards[i] + "\n";
  return text + "\n";
}

}  // namespace nvstack::smi
