// The subcommands that show a few values of each GPU: clocks, base-clocks, c2c, pci, power-smoothing,
// power-profiles, gpm.
#include <array>

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/json_view.hpp"
#include "smi/options.hpp"
#include "smi/read.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr WordRow kRows[] = {{"-i", "--id", true},
                             {"-s", "", false},
                             {"-l", "--list", false},
                             {"-gErrCnt", "", false},
                             {"-gCnt", "", false},
                             {"-g", "--get-stream-state", false},
                             {"-set", "--set-stream-state", true},
                             {"-q", "--query", false}};

struct Line {
  const char* title;
  Read read;
  Ask ask;
};

int show_lines_json(CommandContext& context, std::vector<Target>& targets, std::span<const Line> lines) {
  Json gpus = Json::array();
  for (Target& target : targets) {
    Json gpu = json_of_gpu(target);
    for (const Line& line : lines)
      if (target.board) gpu.set(json_key(line.title), value_json(line.read(*target.board, line.ask)));
    gpus.add(std::move(gpu));
  }
  Json json;
  context.out(json.set("gpus", std::move(gpus)).dump(2) + "\n");
  return 0;
}

/// "GPU 0: NAME (UUID: ...)" and one line a value below it.
int show_lines(CommandContext& context, std::span<const Line> lines) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-i"));
  if (targets.empty()) return context.refuse("No devices were found", NVML_ERROR_NOT_FOUND);
  if (context.json) return show_lines_json(context, targets, lines);
  for (Target& target : targets) {
    if (!target.board) continue;
    Board& board = *target.board;
    std::string text = "GPU " + std::to_string(target.index) + ": " +
                       log_text(read_text(board, {.function = "nvmlDeviceGetName"})) +
                       " (UUID: " + log_text(read_text(board, {.function = "nvmlDeviceGetUUID"})) + ")\n";
    for (const Line& line : lines)
      text += "\t" + std::string(line.title) + ": " + log_text(line.read(board, line.ask)) + "\n";
    context.out(text);
  }
  return 0;
}

Value read_gpm_streaming(Board& board, const Ask&) {
  const auto state = board.number("nvmlGpmQueryIfStreamingEnabled");
  return state.ok() ? enabled(state.value != 0) : missing(state.code);
}

}  // namespace

int run_clocks(CommandContext& context) {
  constexpr std::array kLines = {
      Line{"Graphics", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_GRAPHICS}},
      Line{"SM", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_SM}},
      Line{"Memory", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_MEM}},
      Line{"Video", read_clock, {.function = "nvmlDeviceGetClockInfo", .part = NVML_CLOCK_VIDEO}}};
  return show_lines(context, kLines);
}
int run_base_clocks(CommandContext& context) {
  constexpr std::array kLines = {
      Line{"Max Customer Boost", read_clock, {.function = "nvmlDeviceGetMaxCustomerBoostClock", .part = 0}},
      Line{"Max Graphics",
           read_clock,
           {.function = "nvmlDeviceGetMaxClockInfo", .part = NVML_CLOCK_GRAPHICS}}};
  return show_lines(context, kLines);
}
int run_c2c(CommandContext& context) {
  constexpr std::array kLines = {Line{"C2C Mode", read_c2c_mode, {}},
                                 Line{"Links", read_field, {.part = NVML_FI_DEV_C2C_LINK_COUNT}}};
  return show_lines(context, kLines);
}
int run_pci(CommandContext& context) {
  constexpr std::array kLines = {
      Line{"REPLAY_COUNTER", read_field, {.part = NVML_FI_DEV_PCIE_REPLAY_COUNTER}},
      Line{"REPLAY_ROLLOVER_COUNTER", read_field, {.part = NVML_FI_DEV_PCIE_REPLAY_ROLLOVER_COUNTER}},
      Line{"L0_TO_RECOVERY_COUNTER", read_field, {.part = NVML_FI_DEV_PCIE_L0_TO_RECOVERY_COUNTER}},
      Line{"CORRECTABLE_ERRORS", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_CORRECTABLE_ERRORS}},
      Line{"NAKS_RECEIVED", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_NAKS_RECEIVED}},
      Line{"RECEIVER_ERROR", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_RECEIVER_ERROR}},
      Line{"BAD_TLP", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_BAD_TLP}},
      Line{"NAKS_SENT", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_NAKS_SENT}},
      Line{"BAD_DLLP", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_BAD_DLLP}},
      Line{"NON_FATAL_ERROR", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_NON_FATAL_ERROR}},
      Line{"FATAL_ERROR", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_FATAL_ERROR}},
      Line{"UNSUPPORTED_REQ", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_UNSUPPORTED_REQ}},
      Line{"LCRC_ERROR", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_LCRC_ERROR}},
      Line{"LANE_ERROR", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_LANE_ERROR}},
      Line{"TX_BYTES", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_TX_BYTES}},
      Line{"RX_BYTES", read_field, {.part = NVML_FI_DEV_PCIE_COUNT_RX_BYTES}}};
  return show_lines(context, kLines);
}
int run_power_smoothing(CommandContext& context) {
  constexpr std::array kLines = {
      Line{"Enabled", read_field_yes_no, {.part = NVML_FI_PWR_SMOOTHING_ENABLED}},
      Line{"Privilege Level", read_field, {.part = NVML_FI_PWR_SMOOTHING_PRIV_LVL}},
      Line{"Active Preset Profile", read_field, {.part = NVML_FI_PWR_SMOOTHING_ACTIVE_PRESET_PROFILE}},
      Line{"Preset Profiles", read_field, {.part = NVML_FI_PWR_SMOOTHING_MAX_NUM_PRESET_PROFILES}}};
  return show_lines(context, kLines);
}
int run_power_profiles(CommandContext& context) {
  constexpr std::array kLines = {Line{"Requested Profiles", read_power_profiles, {.part = 0}},
                                 Line{"Enforced Profiles", read_power_profiles, {.part = 1}}};
  return show_lines(context, kLines);
}
int run_gpm(CommandContext& context) {
  constexpr std::array kLines = {Line{"GPM streaming", read_gpm_streaming, {}}};
  return show_lines(context, kLines);
}

}  // namespace nvstack::smi
