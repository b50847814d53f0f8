#include <algorithm>

#include "base/text.hpp"
#include "catalog/gpus.hpp"
#include "plan/assistant.hpp"

namespace nvstack::plan {

namespace {

constexpr std::size_t kDevicesMax = 4096;

/// The four digits of "pci:v000010DEd00002684sv...sd...bc03..." when it is a display device of NVIDIA.
std::optional<std::string> display_device(std::string_view modalias) {
  constexpr std::string_view kShape = "pci:v????????d????????sv????????sd????????bc??sc??i*";
  if (modalias.size() > 200 || !glob_match(kShape, modalias)) return std::nullopt;
  const std::string vendor = to_lower(modalias.substr(5, 8));
  if (!vendor.ends_with("10de")) return std::nullopt;
  if (modalias.substr(44, 2) != "03") return std::nullopt;
  return std::string(modalias.substr(18, 4));
}

AssistantHint hint_of(const Json& features) {
  bool open = false, proprietary = false;
  if (const auto* items = features.items()) {
    for (const Json& feature : *items) {
      const std::string word = feature.string() ? to_lower(*feature.string()) : "";
      open = open || word == "kernelopen";
      proprietary = proprietary || word == "gsp_proprietary_supported";
    }
  }
  if (!open) return AssistantHint::kProprietaryRequired;
  return proprietary ? AssistantHint::kProprietarySupported : AssistantHint::kOpenRequired;
}

AssistantDevice* find_device(std::vector<AssistantDevice>& devices, const std::string& id) {
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [&](const AssistantDevice& device) { return device.id == id; });
  return found == devices.end() ? nullptr : &*found;
}

/// In the file's order; of several rows for one id the last one speaks, and subsystems do not count.
Result<std::vector<AssistantDevice>> devices_of_json(const AssistantInput& input,
                                                     const std::vector<std::string>& candidates) {
  const Json json = TRY_AS("reading " + input.supported_gpus_path, parse_json(input.supported_gpus));
  const auto* chips = json["chips"].items();
  if (!chips) return fail(ErrorCode::kMalformed, input.supported_gpus_path + " holds no \"chips\" list");
  std::vector<AssistantDevice> devices;
  for (const Json& chip : *chips) {
    const std::string id = chip.text("devid");
    if (std::find(candidates.begin(), candidates.end(), id) == candidates.end()) continue;
    AssistantDevice device{id, chip.text("name"), hint_of(chip["features"])};
    if (AssistantDevice* known = find_device(devices, id)) {
      *known = std::move(device);
    } else {
      devices.push_back(std::move(device));
    }
  }
  return devices;
}

AssistantDevice device_of_catalog(const std::string& id, const catalog::Gpus& gpus) {
  const auto parsed = catalog::parse_gpu_id(id);
  if (!parsed) return {id, "unknown", AssistantHint::kOpenRequired};
  const catalog::GpuVerdict verdict = gpus.find(*parsed);
  AssistantDevice device{id, verdict.name.empty() ? "unknown" : verdict.name, AssistantHint::kOpenRequired};
  if (verdict.open == catalog::OpenSupport::kRecommended) device.hint = AssistantHint::kProprietarySupported;
  if (verdict.open == catalog::OpenSupport::kUnsupported) device.hint = AssistantHint::kProprietaryRequired;
  return device;
}

}  // namespace

Result<std::vector<AssistantDevice>> find_assistant_devices(const AssistantInput& input,
                                                            const catalog::Catalog& catalog) {
  std::vector<std::string> candidates;
  for (const std::string& modalias : input.modaliases)
    if (const auto id = display_device(trim(modalias)); id && candidates.size() < kDevicesMax)
      candidates.push_back("0x" + *id);
  std::vector<AssistantDevice> devices;
  if (!input.supported_gpus.empty()) {
    devices = TRY(devices_of_json(input, candidates));
    for (const std::string& id : candidates)
      if (!find_device(devices, id)) devices.push_back({id, "unknown", AssistantHint::kOpenRequired});
    return devices;
  }
  const catalog::Gpus& gpus = *TRY(catalog::Gpus::shared(catalog));
  for (const std::string& id : candidates)
    if (!find_device(devices, id)) devices.push_back(device_of_catalog(id, gpus));
  return devices;
}

std::string combine_hints(const std::vector<AssistantDevice>& devices) {
  const auto any = [&](AssistantHint hint) {
    return std::any_of(devices.begin(), devices.end(),
                       [&](const AssistantDevice& device) { return device.hint == hint; });
  };
  // A GPU that requires open wins over old ones beside it: the original leaves those without a driver.
  if (any(AssistantHint::kOpenRequired)) return "open";
  return any(AssistantHint::kProprietaryRequired) ? "closed" : "open";
}

}  // namespace nvstack::plan
