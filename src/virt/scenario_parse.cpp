// A scenario's TOML: the driver, the nodes, the GPUs with their own values, and how NVLink joins them.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <set>

#include "base/text.hpp"
#include "base/toml.hpp"
#include "virt/board_values.hpp"
#include "virt/identity.hpp"
#include "virt/keys.hpp"
#include "virt/scenario_start.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kGpusMax = 4096;

Status read_driver(Keys keys, ScenarioDriver& driver) {
  keys.text("version", driver.version);
  driver.library_version = driver.version;
  keys.text("library_version", driver.library_version);
  keys.text("flavor", driver.flavor);
  keys.text("compiler", driver.compiler);
  keys.text("build", driver.build);
  keys.texts("modules", driver.modules);
  keys.flag("firmware", driver.firmware);
  if (driver.flavor != "open" && driver.flavor != "proprietary")
    keys.problem("flavor", "must be open or proprietary");
  if (!driver.version.empty() && !branch_versions(driver.version))
    keys.problem("version", "is of no branch that can be staged (" + branch_names() + ")");
  for (const std::string& version : {driver.version, driver.library_version})
    if (version.size() > 31 || version.find_first_not_of("0123456789.") != std::string::npos)
      keys.problem("version", "must be as in 580.95.05");
  if (driver.version.empty() && !driver.modules.empty()) keys.problem("modules", "need a version");
  const auto known = module_names();
  for (std::string& name : driver.modules) {
    name = replace_all(std::move(name), "-", "_");
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = nearest_word(name, known);
    keys.problem("modules", "name an unknown module \"" + printable(name, 40) + "\"" +
                                (near ? "; did you mean " + *near + "?" : ": they are " + join(known, ", ")));
  }
  const Json& parameters = keys.table("parameters");
  if (parameters.members())
    for (const auto& [name, value] : *parameters.members())
      driver.parameters[name] = value.string() ? *value.string() : value.dump();
  return keys.finish();
}

Status read_nodes(const std::vector<Json>& rows, const std::string& where, Scenario& scenario) {
  for (const Json& row : rows) {
    Keys keys(row, where + " [[node]]");
    ScenarioNode node;
    keys.whole("id", node.id, 1023);
    keys.text("cpus", node.cpus);
    keys.whole64("memory_mib", node.memory_mib, 1ull << 30);
    unsigned package = 0;
    keys.whole("package", package, 1023);
    if (keys.has("package")) node.package = static_cast<int>(package);
    if (std::any_of(scenario.nodes.begin(), scenario.nodes.end(),
                    [&](const ScenarioNode& other) { return other.id == node.id; }))
      keys.problem("id", "is given twice");
    if (!parse_cpu_list(node.cpus)) keys.problem("cpus", "must be as in \"0-15,64-79\", below 1024");
    TRY(keys.finish());
    scenario.nodes.push_back(node);
  }
  return {};
}

/// Boards by name, each read once however many [[gpu]] rows name it.
class Boards {
 public:
  explicit Boards(const ScenarioLibrary& library) : library_(library) {}
  Result<Board> load(const std::string& id) {
    const auto known = loaded_.find(id);
    if (known != loaded_.end()) return known->second;
    return loaded_.emplace(id, TRY(load_board(id, library_))).first->second;
  }

 private:
  const ScenarioLibrary& library_;
  std::map<std::string, Board> loaded_;
};

/// What the rows of one [[gpu]] share; `count` of them are made.
Status read_gpu(const Json& row, const std::string& where, Boards& boards, Scenario& scenario) {
  Keys keys(row, where + " [[gpu]] " + std::to_string(scenario.gpus.size()));
  ScenarioGpu gpu;
  std::string board;
  unsigned count = 1;
  keys.text("board", board);
  keys.whole("count", count, 1'000'000);
  if (count == 0) keys.problem("count", "must be at least 1");
  keys.text("bdf", gpu.bdf);
  gpu.driver = "nvidia";
  keys.text("driver", gpu.driver);
  keys.texts("bridges", gpu.bridges);
  keys.whole("node", gpu.numa_node, 1023);
  keys.whole("iommu_group", gpu.iommu_group, 100'000);
  keys.text("uuid", gpu.uuid);
  keys.text("serial", gpu.serial);
  if (!gpu.bdf.empty() && !parse_bdf(gpu.bdf)) keys.problem("bdf", "must be as in \"0000:01:00.0\"");
  for (const ScenarioGpu& other : scenario.gpus)
    if (!gpu.bdf.empty() && other.bdf == gpu.bdf) keys.problem("bdf", gpu.bdf + " is another GPU's too");
  for (const std::string* text : {&gpu.uuid, &gpu.serial})
    if (text->size() >= channel::kTextBytes)
      keys.problem(text == &gpu.uuid ? "uuid" : "serial", "is longer than 95 bytes");
  static const std::set<std::string> kDrivers = {"nvidia", "nouveau", "vfio-pci", ""};
  if (!kDrivers.contains(gpu.driver)) keys.problem("driver", "must be nvidia, nouveau, vfio-pci or empty");
  if (!scenario.nodes.empty() &&
      std::none_of(scenario.nodes.begin(), scenario.nodes.end(),
                   [&](const ScenarioNode& node) { return node.id == gpu.numa_node; }))
    keys.problem("node", "is none of the [[node]] rows");
  for (const std::string& bridge : gpu.bridges)
    if (!parse_bdf(bridge)) keys.problem("bridges", "must be addresses as in \"0000:00:01.0\"");
  if (scenario.gpus.size() + count > kGpusMax)
    keys.problem("count", "makes " + std::to_string(scenario.gpus.size() + count) +
                              " GPUs; a scenario has at most 4096");
  const auto &processes = keys.tables("process"), &instances = keys.tables("instance");
  const Json& counters = keys.table("counters");
  const Json& readings = keys.table("readings");
  const Json& texts = keys.table("texts");
  const Json& pci = keys.table("pci");
  const auto& clocks = keys.tables("clocks");
  TRY(keys.finish());
  if (board.empty())
    return fail(ErrorCode::kMalformed, keys.where() + ": board is missing", "as in board = \"h100\"");
  gpu.board = TRY_AS("reading " + keys.where(), boards.load(board));
  TRY(read_own_board(pci, clocks, keys.where(), gpu.board));
  TRY(read_values(readings, keys.where() + " [readings]", gpu.board));
  TRY(read_texts(texts, keys.where() + " [texts]", gpu.board));
  TRY(check_board(gpu.board, keys.where()));
  TRY(read_start(processes, instances, counters, keys.where(), gpu));
  for (unsigned i = 0; i < count; ++i) {
    scenario.gpus.push_back(gpu);
    if (i > 0)
      scenario.gpus.back().bdf.clear(), scenario.gpus.back().uuid.clear(),
          scenario.gpus.back().serial.clear();
  }
  return {};
}

/// Machines of the same seed differ all the same: the scenario's name tells them apart.
std::uint64_t seed_of(const std::string& where, const Scenario& scenario) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  const std::string name = scenario.name.empty() ? where.substr(where.rfind('/') + 1) : scenario.name;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash ^ scenario.seed;
}

/// Addresses, UUIDs, serial numbers and IOMMU groups that the file left out: the same ones for the same seed.
void complete_gpus(const std::string& where, Scenario& scenario) {
  std::set<std::string> used;
  for (const ScenarioGpu& gpu : scenario.gpus) used.insert(gpu.bdf);
  unsigned next = 0;
  for (std::size_t i = 0; i < scenario.gpus.size(); ++i) {
    ScenarioGpu& gpu = scenario.gpus[i];
    while (gpu.bdf.empty() || (used.contains(gpu.bdf) && gpu.bdf.empty())) {
      char bdf[16];
      std::snprintf(bdf, sizeof bdf, "%04x:%02x:00.0", next / 0x70, 0x10 + next % 0x70);
      ++next;
      if (used.insert(bdf).second) gpu.bdf = bdf;
    }
    if (gpu.uuid.empty()) gpu.uuid = make_uuid("GPU-", seed_of(where, scenario), i);
    if (gpu.serial.empty() && gpu.board.texts.contains("serial"))
      gpu.serial = make_serial(gpu.board.texts["serial"], i);
    if (gpu.iommu_group == 0) gpu.iommu_group = 20 + static_cast<unsigned>(i);
  }
}

Status read_pairs(const std::vector<Json>& rows, const std::string& where, Scenario& scenario,
                  std::vector<unsigned>& next_link) {
  for (const Json& row : rows) {
    Keys keys(row, where + " [[nvlink]]");
    std::vector<unsigned> gpus;
    unsigned links = 1;
    keys.wholes("gpus", gpus, kGpusMax);
    keys.whole("links", links, channel::kLinksMax);
    if (gpus.size() != 2 || gpus[0] == gpus[1] || std::max(gpus[0], gpus[1]) >= scenario.gpus.size())
      keys.problem("gpus", "must name two different GPUs of this scenario");
    TRY(keys.finish());
    for (unsigned i = 0; i < links; ++i) {
      const unsigned a = next_link[gpus[0]]++, b = next_link[gpus[1]]++;
      if (std::max(a, b) >= channel::kLinksMax)
        return fail(ErrorCode::kMalformed, keys.where() + ": a GPU has at most 36 links", "");
      scenario.nvlinks.push_back({gpus[0], a, static_cast<int>(gpus[1]), b, ""});
      scenario.nvlinks.push_back({gpus[1], b, static_cast<int>(gpus[0]), a, ""});
    }
  }
  return {};
}

/// [nvswitch]: every link of every GPU goes to a switch, spread evenly.
Status read_switches(const Json& row, const std::string& where, Scenario& scenario) {
  if (!row.members() || row.members()->empty()) return {};
  Keys keys(row, where + " [nvswitch]");
  unsigned count = 4, links = 18, device = 0x22a3;
  std::string first = "0000:05:00.0";
  bool on_pci = true;
  keys.whole("count", count, 64);
  keys.whole("links", links, channel::kLinksMax);
  keys.hexadecimal("device", device);
  keys.text("bdf", first);
  keys.flag("on_pci", on_pci);
  const auto address = parse_bdf(first);
  if (!address || count == 0) keys.problem("bdf", "must be as in \"0000:05:00.0\", and count above 0");
  TRY(keys.finish());
  std::vector<std::string> bdfs;
  for (unsigned i = 0; i < count; ++i) {
    bdfs.push_back(render_bdf({address->domain, address->bus + i, address->device, 0}));
    if (on_pci) scenario.switches.push_back({bdfs.back(), device, 0});
  }
  for (unsigned gpu = 0; gpu < scenario.gpus.size(); ++gpu)
    for (unsigned link = 0; link < links; ++link)
      scenario.nvlinks.push_back({gpu, link, -1, gpu * links / count + link, bdfs[link % count]});
  return {};
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view toml, const std::string& where,
                                const ScenarioLibrary& library) {
  const Json table = TRY(parse_toml(toml, where));
  Keys keys(table, where);
  Scenario scenario;
  std::string source;
  keys.text("name", scenario.name);
  keys.text("summary", scenario.summary);
  keys.text("source", source);
  keys.text("platform", scenario.platform);
  keys.flag("persistence", scenario.persistence);
  keys.whole("init_ms", scenario.init_ms, 600'000);
  keys.whole64("seed", scenario.seed, INT64_MAX);
  static const std::set<std::string> kPlatforms = {"native", "passthrough-guest", "vgpu-guest", "wsl"};
  if (!kPlatforms.contains(scenario.platform))
    keys.problem("platform", "must be native, passthrough-guest, vgpu-guest or wsl");
  const Json &driver = keys.table("driver"), &fabric = keys.table("nvswitch");
  const auto &nodes = keys.tables("node"), &gpus = keys.tables("gpu"), &links = keys.tables("nvlink");
  TRY(keys.finish());
  TRY(read_driver(Keys(driver, where + " [driver]"), scenario.driver));
  TRY(read_nodes(nodes, where, scenario));
  Boards boards(library);
  for (const Json& row : gpus) TRY(read_gpu(row, where, boards, scenario));
  complete_gpus(where, scenario);
  std::vector<unsigned> next_link(scenario.gpus.size(), 0);
  TRY(read_pairs(links, where, scenario, next_link));
  TRY(read_switches(fabric, where, scenario));
  return scenario;
}

}  // namespace nvstack::virt
