// nvidia-smi topo.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/options.hpp"
#include "smi/topology.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr WordRow kRows[] = {
    {"-m", "--matrix", false},
    {"-mp", "--matrix_pci", false},
    {"-i", "--id", true},
    {"-c", "--cpu", true},
    {"-n", "--nearest_gpus", true},
    {"-p", "--gpu_path", false},
    {"-p2p", "--p2pstatus", true},
    {"-nvme", "--nvme", false},
    {"-cpu", "", false},
    {"-gpu", "", false},
    {"-nic", "", false},
    {"-all", "", false},
};

std::string p2p_word(Board& a, Board& b, nvmlGpuP2PCapsIndex_t index) {
  nvmlGpuP2PStatus_t status = NVML_P2P_STATUS_UNKNOWN;
  const auto code = NVML_CALL(a.nvml(), nvmlDeviceGetP2PStatus, a.device, b.device, index, &status);
  if (code != NVML_SUCCESS) return code == NVML_ERROR_NOT_SUPPORTED ? "NS" : "U";
  constexpr std::array kWords = {"OK", "CNS", "GNS", "TNS", "DR", "NS", "U"};
  const auto at = static_cast<std::size_t>(status);
  return at < kWords.size() ? kWords[at] : "U";
}

std::string render_p2p(std::vector<Target>& targets, nvmlGpuP2PCapsIndex_t index) {
  std::string text = " ";
  for (const Target& target : targets) text += "\tGPU" + std::to_string(target.index);
  text += "\t\n";
  for (Target& a : targets) {
    text += " GPU" + std::to_string(a.index);
    for (Target& b : targets)
      text += "\t" + (a.index == b.index   ? std::string("X")
                      : a.board && b.board ? p2p_word(*a.board, *b.board, index)
                                           : std::string("U"));
    text += "\t\n";
  }
  return text +
         "\nLegend:\n\n  X    = Self\n  OK   = Status Ok\n  CNS  = Chipset not supported\n  GNS  = GPU not "
         "supported\n"
         "  TNS  = Topology not supported\n  NS   = Not supported\n  DR   = Disabled by regkey\n  U    = "
         "Unknown\n";
}

int show_p2p(CommandContext& context, std::vector<Target>& targets, const std::string& word) {
  constexpr std::array<std::string_view, 5> kWords = {"r", "w", "n", "a", "p"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (word != kWords[i]) continue;
    context.out(render_p2p(targets, static_cast<nvmlGpuP2PCapsIndex_t>(i)));
    return 0;
  }
  return context.refuse("Invalid p2p capability \"" + printable(word, 40) + "\": one of r, w, n, a, p.",
                        kInvalidExitCode);
}

int show_nearest(CommandContext& context, std::vector<Target>& targets, const std::string& word) {
  const auto level = parse_uint(word);
  if (!level || *level > 5) return context.refuse("Invalid level; 0 to 5.", kInvalidExitCode);
  constexpr std::array kLevels = {NVML_TOPOLOGY_INTERNAL,   NVML_TOPOLOGY_SINGLE, NVML_TOPOLOGY_MULTIPLE,
                                  NVML_TOPOLOGY_HOSTBRIDGE, NVML_TOPOLOGY_NODE,   NVML_TOPOLOGY_SYSTEM};
  for (Target& target : targets) {
    if (!target.board) continue;
    std::array<nvmlDevice_t, 256> found{};
    unsigned count = found.size();
    const auto code = NVML_CALL(context.system.nvml, nvmlDeviceGetTopologyNearestGpus, target.board->device,
                                kLevels[*level], &count, found.data());
    if (code != NVML_SUCCESS)
      return context.refuse("Unable to find the nearest GPUs: " + std::string(code_words(code)), code);
    std::string line =
        "The nearest GPUs to GPU" + std::to_string(target.index) + " at level " + word + " are:";
    for (unsigned i = 0; i < std::min<unsigned>(count, found.size()); ++i) {
      const auto index = Board(context.system, 0, found[i]).number("nvmlDeviceGetIndex");
      line += index.ok() ? " GPU" + std::to_string(index.value) : " ?";
    }
    context.out(line + "\n");
  }
  return 0;
}

int show_near_cpu(CommandContext& context, const std::string& word) {
  const auto cpu = parse_uint(word);
  if (!cpu || *cpu > 65535) return context.refuse("Invalid CPU number.", kInvalidExitCode);
  std::array<nvmlDevice_t, 256> found{};
  unsigned count = found.size();
  const auto code = NVML_CALL(context.system.nvml, nvmlSystemGetTopologyGpuSet, static_cast<unsigned>(*cpu),
                              &count, found.data());
  if (code != NVML_SUCCESS)
    return context.refuse("Unable to find the GPUs of CPU " + word + ": " + code_words(code), code);
  std::string line = "The GPUs that have an affinity with CPU " + word + " are:";
  for (unsigned i = 0; i < std::min<unsigned>(count, found.size()); ++i) {
    const auto index = Board(context.system, 0, found[i]).number("nvmlDeviceGetIndex");
    line += index.ok() ? " GPU" + std::to_string(index.value) : " ?";
  }
  context.out(line + "\n");
  return 0;
}

int show_path(CommandContext& context, std::vector<Target>& targets) {
  if (targets.size() != 2 || !targets[0].board || !targets[1].board)
    return context.refuse("Option -p needs two GPUs: -i A,B.", kInvalidExitCode);
  const std::string path = connection(*targets[0].board, *targets[1].board, false);
  context.out("GPU" + std::to_string(targets[0].index) + " and GPU" + std::to_string(targets[1].index) +
              " are connected by: " + path + "\n");
  return 0;
}

}  // namespace

int run_topo(CommandContext& context) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-i"));
  if (targets.empty()) return context.refuse("No devices were found", NVML_ERROR_NOT_FOUND);
  if (context.json && (words->has("-p2p") || words->has("-n") || words->has("-c") || words->has("-p")))
    return context.refuse("Option --json goes with -m and -mp.", kInvalidExitCode);
  if (words->has("-p2p")) return show_p2p(context, targets, words->value("-p2p"));
  if (words->has("-n")) return show_nearest(context, targets, words->value("-n"));
  if (words->has("-c")) return show_near_cpu(context, words->value("-c"));
  if (words->has("-p")) return show_path(context, targets);
  const bool links = !words->has("-mp");
  if (context.json) {
    context.out(topology_json(read_topology(targets, links)).dump(2) + "\n");
    return 0;
  }
  if (links && !words->has("-m") && !words->has("-all") && !words->has("-gpu") && !words->has("-nic"))
    return context.refuse("Invalid combination of input arguments. Please run 'nvidia-smi topo -h' for help.",
                          kInvalidExitCode);
  context.out(render_topology(read_topology(targets, links), links, context.system.compat));
  return 0;
}

}  // namespace nvstack::smi
