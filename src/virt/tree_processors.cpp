// /sys/devices/system/node and cpu, laid out after the machine's NUMA nodes. A machine without nodes keeps
// the real ones.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kNodes = "/sys/devices/system/node";
constexpr const char* kCpus = "/sys/devices/system/cpu";
constexpr unsigned kCpusMax = 4096;

struct Processor {
  unsigned core = 0, node = 0, package = 0;
  std::vector<unsigned> siblings;  // threads of its core
};

struct Processors {
  std::map<unsigned, Processor> by_number;
  std::map<unsigned, std::vector<unsigned>> packages;
  unsigned width = 0;
};

/// A set of processors in both ways that sysfs writes it.
struct SetText {
  SetText(const std::vector<unsigned>& cpus, unsigned width)
      : mask(cpu_mask(cpus, width) + "\n"), list(cpu_list(cpus) + "\n") {}
  std::string mask, list;
};

/// "0-15,64-79": the second half are the second threads of the first half's cores, as firmware numbers them.
void add_node(Processors& all, const ScenarioNode& node) {
  const auto cpus = cpu_numbers(node.cpus);
  const auto parts = split(node.cpus, ',');
  const bool threads = parts.size() == 2 && cpu_numbers(parts[0]).size() == cpu_numbers(parts[1]).size();
  const std::size_t cores = threads ? cpus.size() / 2 : cpus.size();
  const unsigned package = node.package < 0 ? node.id : static_cast<unsigned>(node.package);
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    const std::size_t first = i % std::max<std::size_t>(cores, 1);
    Processor& processor = all.by_number[cpus[i]];
    processor = {cpus[first], node.id, package, {cpus[first]}};
    if (threads) processor.siblings.push_back(cpus[first + cores]);
    all.packages[package].push_back(cpus[i]);
    all.width = std::max(all.width, cpus[i] + 1);
  }
}

void replace(Tree& tree, const std::string& folder) {
  Node node;
  node.kind = NodeKind::kDirectory;
  node.mode = 0755;
  node.replaces = true;
  put(tree, folder, node);
}

void put_processor(Tree& tree, unsigned number, const Processor& processor, const SetText& threads,
                   const SetText& package) {
  const std::string folder = std::string(kCpus) + "/cpu" + std::to_string(number);
  const auto put_set = [&](const char* name, const SetText& set) {
    put_file(tree, folder + "/topology/" + name, set.mask);
    put_file(tree, folder + "/topology/" + name + "_list", set.list);
  };
  put_file(tree, folder + "/topology/physical_package_id", std::to_string(processor.package) + "\n");
  put_file(tree, folder + "/topology/core_id", std::to_string(processor.core) + "\n");
  put_set("thread_siblings", threads);
  put_set("core_siblings", package);
  put_link(tree, folder + "/node" + std::to_string(processor.node),
           "../../node/node" + std::to_string(processor.node));
}

std::string distances(const ScenarioNode& node, const std::vector<ScenarioNode>& nodes) {
  constexpr unsigned kLocal = 10, kSamePackage = 12, kOtherPackage = 32;
  std::string text;
  for (const ScenarioNode& other : nodes) {
    const bool together = node.package >= 0 && node.package == other.package;
    const unsigned distance = other.id == node.id ? kLocal : together ? kSamePackage : kOtherPackage;
    text += (text.empty() ? "" : " ") + std::to_string(distance);
  }
  return text + "\n";
}

void put_node(Tree& tree, const ScenarioNode& node, const Machine& machine, unsigned width) {
  const std::string folder = std::string(kNodes) + "/node" + std::to_string(node.id);
  const auto cpus = cpu_numbers(node.cpus);
  const std::uint64_t kib = node.memory_mib * 1024;
  put_file(tree, folder + "/cpulist", cpu_list(cpus) + "\n");
  put_file(tree, folder + "/cpumap", cpu_mask(cpus, width) + "\n");
  put_file(tree, folder + "/distance", distances(node, machine.nodes));
  put_file(tree, folder + "/meminfo",
           fmt::format("Node {0} MemTotal:       {1:8} kB\nNode {0} MemFree:        {2:8} kB\n"
                       "Node {0} MemUsed:        {3:8} kB\n",
                       node.id, kib, kib - kib / 10, kib / 10));
}

}  // namespace

std::vector<unsigned> cpu_numbers(std::string_view list) {
  std::vector<unsigned> cpus;
  for (const std::string_view part : split(trim(list), ',')) {
    const auto ends = cut(part, "-");
    const auto first = parse_uint(ends ? ends->first : part), last = parse_uint(ends ? ends->second : part);
    if (!first || !last || *last >= kCpusMax) continue;
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<unsigned>(cpu));
  }
  return cpus;
}

std::string cpu_list(const std::vector<unsigned>& cpus) {
  std::vector<unsigned> sorted = cpus;
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    while (end + 1 < sorted.size() && sorted[end + 1] == sorted[end] + 1) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(sorted[i]);
    if (end != i) text += "-" + std::to_string(sorted[end]);
    i = end + 1;
  }
  return text;
}

std::string cpu_mask(const std::vector<unsigned>& cpus, unsigned width) {
  constexpr unsigned kGroup = 32;
  const unsigned groups = std::max(1u, (width + kGroup - 1) / kGroup);
  std::vector<std::uint32_t> words(groups, 0);
  for (const unsigned cpu : cpus)
    if (cpu < groups * kGroup) words[cpu / kGroup] |= 1u << (cpu % kGroup);
  const unsigned first_bits = width % kGroup == 0 ? kGroup : width % kGroup;
  std::string text = fmt::format("{:0{}x}", words.back(), (first_bits + 3) / 4);
  for (unsigned i = groups - 1; i-- > 0;) text += fmt::format(",{:08x}", words[i]);
  return text;
}

void put_processors(Tree& tree, const Machine& machine) {
  if (machine.nodes.empty()) return;
  Processors all;
  for (const ScenarioNode& node : machine.nodes) add_node(all, node);
  std::vector<unsigned> cpus, nodes, with_cpus;
  for (const auto& [number, processor] : all.by_number) cpus.push_back(number);
  for (const ScenarioNode& node : machine.nodes) {
    nodes.push_back(node.id);
    if (!cpu_numbers(node.cpus).empty()) with_cpus.push_back(node.id);
  }
  replace(tree, kNodes);
  replace(tree, kCpus);
  for (const char* name : {"online", "possible", "has_memory", "has_normal_memory"})
    put_file(tree, std::string(kNodes) + "/" + name, cpu_list(nodes) + "\n");
  put_file(tree, std::string(kNodes) + "/has_cpu", cpu_list(with_cpus) + "\n");
  for (const ScenarioNode& node : machine.nodes) put_node(tree, node, machine, all.width);
  for (const char* name : {"online", "possible", "present"})
    put_file(tree, std::string(kCpus) + "/" + name, cpu_list(cpus) + "\n");
  put_file(tree, std::string(kCpus) + "/offline", "\n");
  put_file(tree, std::string(kCpus) + "/isolated", "\n");
  put_file(tree, std::string(kCpus) + "/kernel_max", "8191\n");
  std::map<unsigned, SetText> packages;
  for (const auto& [number, members] : all.packages) packages.try_emplace(number, members, all.width);
  for (const auto& [number, processor] : all.by_number)
    put_processor(tree, number, processor, {processor.siblings, all.width}, packages.at(processor.package));
}

}  // namespace nvstack::virt
