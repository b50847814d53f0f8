// The subcommands about the whole machine: drain, conf-compute.
#include <array>

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/json_view.hpp"
#include "smi/options.hpp"
#include "smi/read.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

int run_drain(CommandContext& context) {
  constexpr WordRow kRows[] = {
      {"-p", "--pciid", true}, {"-m", "--modify", true}, {"-q", "--query", false}, {"-r", "--remove", false}};
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-p"));
  if (targets.size() != 1 || !targets[0].board)
    return context.refuse("Option -p must name one GPU by its bus id.", kInvalidExitCode);
  nvmlPciInfo_t pci = targets[0].board->pci().value;
  const std::string bus = printable(pci.busId, 32);
  nvml::Nvml& nvml = context.system.nvml;
  if (words->has("-m")) {
    const std::string wish = words->value("-m");
    if (wish != "0" && wish != "1") return context.refuse("Option -m takes 0 or 1.", kInvalidExitCode);
    const auto code = NVML_CALL(nvml, nvmlDeviceModifyDrainState, &pci,
                                wish == "1" ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED);
    if (code != NVML_SUCCESS)
      return context.refuse("Failed to modify the drain state of GPU " + bus + ": " + code_words(code), code);
    context.out("Successfully set GPU " + bus +
                " drain state to: " + (wish == "1" ? "draining" : "not draining") + ".\n");
    return 0;
  }
  if (words->has("-r")) {
    const auto code =
        NVML_CALL(nvml, nvmlDeviceRemoveGpu_v2, &pci, nvmlDetachGpuState_t{}, nvmlPcieLinkState_t{});
    if (code != NVML_SUCCESS)
      return context.refuse("Failed to remove GPU " + bus + ": " + code_words(code), code);
    context.out("Successfully removed GPU " + bus + ".\n");
    return 0;
  }
  nvmlEnableState_t state = NVML_FEATURE_DISABLED;
  const auto code = NVML_CALL(nvml, nvmlDeviceQueryDrainState, &pci, &state);
  if (code != NVML_SUCCESS)
    return context.refuse("Failed to query the drain state of GPU " + bus + ": " + code_words(code), code);
  if (context.json) {
    Json json;
    context.out(json.set("bus_id", bus).set("draining", state == NVML_FEATURE_ENABLED).dump(2) + "\n");
    return 0;
  }
  context.out("The current drain state of GPU " + bus +
              " is: " + (state == NVML_FEATURE_ENABLED ? "draining" : "not draining") + ".\n");
  return 0;
}

namespace {

Json conf_compute_json(nvml::Nvml& nvml) {
  unsigned ready = 0;
  const auto ready_code = NVML_CALL(nvml, nvmlSystemGetConfComputeGpusReadyState, &ready);
  nvmlConfComputeSystemState_t state{};
  const auto code = NVML_CALL(nvml, nvmlSystemGetConfComputeState, &state);
  const auto word = [&](Value value) {
    return value_json(code == NVML_SUCCESS ? std::move(value) : missing(code));
  };
  Json json;
  json.set("cc_feature", word(enabled(state.ccFeature != 0)));
  json.set("environment", word(number_value(std::uint64_t{state.environment})));
  json.set("devtools_mode", word(enabled(state.devToolsMode != 0)));
  return json.set("gpus_ready",
                  value_json(ready_code == NVML_SUCCESS ? yes_no(ready != 0) : missing(ready_code)));
}

}  // namespace

int run_conf_compute(CommandContext& context) {
  constexpr WordRow kRows[] = {{"-f", "--get-cc-feature", false},
                               {"-e", "--get-environment", false},
                               {"-grs", "--get-gpus-ready-state", false},
                               {"-d", "--get-devtools-mode", false}};
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  nvml::Nvml& nvml = context.system.nvml;
  if (context.json) {
    context.out(conf_compute_json(nvml).dump(2) + "\n");
    return 0;
  }
  if (words->has("-grs")) {
    unsigned ready = 0;
    const auto code = NVML_CALL(nvml, nvmlSystemGetConfComputeGpusReadyState, &ready);
    if (code != NVML_SUCCESS)
      return context.refuse(std::string("CC GPUs ready state: ") + code_words(code), code);
    context.out(std::string("CC GPUs ready state: ") + (ready ? "ready" : "not-ready") + "\n");
    return 0;
  }
  nvmlConfComputeSystemState_t state{};
  const auto code = NVML_CALL(nvml, nvmlSystemGetConfComputeState, &state);
  if (code != NVML_SUCCESS) return context.refuse(std::string("CC status: ") + code_words(code), code);
  if (words->has("-e")) {
    constexpr std::array kWords = {"UNAVAILABLE", "SIM", "PROD"};
    context.out(std::string("CC Environment: ") +
                (state.environment < kWords.size() ? kWords[state.environment] : "?") + "\n");
  } else if (words->has("-d")) {
    context.out(std::string("DevTools Mode: ") + (state.devToolsMode ? "ON" : "OFF") + "\n");
  } else {
    context.out(std::string("CC status: ") + (state.ccFeature ? "ON" : "OFF") + "\n");
  }
  return 0;
}

}  // namespace nvstack::smi
