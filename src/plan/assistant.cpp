#include "plan/assistant.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "plan/commands.hpp"
#include "plan/decision.hpp"

namespace nvstack::plan {

namespace {

constexpr std::array<std::string_view, 11> kSupported = {
    "amzn", "debian", "ubuntu", "fedora", "kylin", "azurelinux", "rhel", "rocky", "ol", "opensuse", "sles"};
constexpr int kFirstBranch = 560;

std::string resolve_alias(const std::string& id) {
  if (id == "opensuse-leap" || id == "opensuse-tumbleweed") return "opensuse";
  if (id == "cm" || id == "mariner") return "azurelinux";
  if (id == "rocky" || id == "ol") return "rhel";
  return id;
}

bool is_supported(const std::string& id) {
  return std::find(kSupported.begin(), kSupported.end(), id) != kSupported.end();
}

/// The program while it runs: what it found, and what it has said.
class Assistant {
 public:
  Assistant(const AssistantOptions& options, const AssistantInput& input, const catalog::Catalog& catalog)
      : options_(options), input_(input), catalog_(catalog) {}
  AssistantAnswer run();

 private:
  bool fail_with(const std::string& line) {
    answer_.err += line + "\n";
    answer_.exit_code = 1;
    return false;
  }
  void debug(const std::string& line) {
    if (options_.verbose) answer_.err += "DEBUG:root:" + line + "\n";
  }
  bool check_branch();
  bool choose_driver();
  bool choose_system();
  bool answer();
  std::string not_supported() const;
  void note_where_plan_differs();
  void finish_json();

  const AssistantOptions& options_;
  const AssistantInput& input_;
  const catalog::Catalog& catalog_;
  AssistantAnswer answer_;
  std::vector<AssistantDevice> devices_;
  std::string driver_;
  AssistantSystem system_;
  std::vector<std::string> commands_;
};

bool Assistant::check_branch() {
  if (!options_.branch) return true;
  const auto number = parse_int(trim(*options_.branch));
  if (!number) return fail_with("Error: " + printable(*options_.branch) + " is not an integer value");
  if (*number < kFirstBranch) return fail_with("Error: only releases >= 560 are allowed");
  return true;
}

bool Assistant::choose_driver() {
  auto devices = find_assistant_devices(input_, catalog_);
  if (!devices) return fail_with("ERROR:root:failed to load " + devices.error().text());
  devices_ = std::move(*devices);
  if (devices_.empty()) {
    answer_.out += "No NVIDIA GPUs detected\n";
    return fail_with("Error: Failed to find a suitable driver");
  }
  answer_.out += "Detected GPUs:\n";
  for (const AssistantDevice& device : devices_)
    answer_.out += "  " + printable(device.name) + " - (pci_id " + device.id + ")\n";
  // The original ends the list with a blank line only when there is one GPU.
  if (devices_.size() == 1) answer_.out += "\n";
  driver_ = combine_hints(devices_);
  debug("Recommended driver: " + driver_);
  if (!options_.module_flavor) return true;
  driver_ = to_lower(*options_.module_flavor);
  if (driver_ == "open" || driver_ == "closed") return true;
  return fail_with("Error: invalid module flavor. Accepted values are \"open\" and \"closed\".");
}

std::string Assistant::not_supported() const {
  const bool alias = system_.id != system_.original_id;
  return "ERROR:root:Error: detected " + system_.original_id + (alias ? " (" + system_.id + ")" : "") + " " +
         system_.version_id + " distribution is not supported\n";
}

bool Assistant::choose_system() {
  if (options_.distro) {
    system_ = parse_assistant_distro(to_lower(*options_.distro));
    answer_.out +=
        "Detected system:\n  " + printable(system_.id) + " " + printable(system_.version_id) + "\n\n";
    return true;
  }
  const std::string failed = "ERROR:root:failed to detect Linux distribution: cannot ";
  if (!input_.os_release)
    return fail_with(failed + "read " + input_.os_release_path + ": " + input_.os_release.error().text());
  const auto system = parse_assistant_os_release(*input_.os_release);
  if (!system) return fail_with(failed + "extract valid values from " + input_.os_release_path);
  system_ = *system;
  debug("OS detected: " + system_.id);
  if (!is_supported(system_.id)) {
    answer_.err += not_supported();
    return true;
  }
  const std::string name = replace_all(system_.pretty_name, system_.version_id, "");
  answer_.out +=
      "Detected system:\n  " + printable(trim(name)) + " " + printable(system_.version_id) + "\n\n";
  return true;
}

bool Assistant::answer() {
  Target target;
  target.os.id = target.os.known_as = system_.id, target.os.known_version = system_.version_id;
  CommandQuery query{options_.branch ? "assistant-branch" : "assistant",
                     &target,
                     driver_ == "open" ? "open" : "proprietary",
                     0,
                     {{"branch", options_.branch.value_or("")}}};
  if (is_supported(system_.id)) commands_ = find_commands(catalog_, query);
  if (commands_.empty())
    return fail_with("Error: could not find the instructions for " + printable(system_.id) + "-" + driver_);
  const std::string word = driver_ == "closed" ? "legacy" : "open";
  const std::string plural = commands_.size() > 1 ? "s" : "";
  if (options_.install) {
    answer_.out +=
        "Using the NVIDIA driver implies acceptance of the NVIDIA Software\n"
        "License Agreement, contained in the \"LICENSE\" file in the\n"
        "\"/usr/share/nvidia-driver-assistant/driver_eula\" directory\n\n";
    answer_.out +=
        "Installing the following package" + plural + " for the " + word + " kernel module flavour:\n";
    answer_.to_run = commands_;
    return true;
  }
  answer_.out += "Please copy and paste the following command" + plural + " to install the " + word +
                 " kernel module flavour:\n";
  for (const std::string& command : commands_) answer_.out += "  " + command + "\n";
  return true;
}

/// The original's rule leaves some GPUs without a driver; on standard error we say so.
void Assistant::note_where_plan_differs() {
  Target target;
  const auto gpus = catalog::Gpus::shared(catalog_);
  if (!gpus) return;
  for (const AssistantDevice& device : devices_)
    if (const auto id = catalog::parse_gpu_id(device.id))
      target.gpus.push_back({"", *id, (*gpus)->find(*id)});
  target.os.id = system_.original_id, target.os.version_id = system_.version_id;
  facts::classify_os(target.os, catalog_);
  Wish wish;
  wish.branch = options_.branch.value_or("");
  if (options_.module_flavor)
    wish.flavor = driver_ == "open" ? catalog::Flavor::kOpen : catalog::Flavor::kProprietary;
  const Plan plan = make_plan(target, wish, catalog_);
  if (!plan.refusals.empty()) {
    answer_.err += "note: nvstack plan refuses this: " + render(plan.refusals.front().reason) + "\n";
    answer_.err += "note: " + render(plan.refusals.front().nearest) + "\n";
  } else if (plan.flavor && (*plan.flavor == catalog::Flavor::kOpen) != (driver_ == "open")) {
    answer_.err += "note: nvstack plan chooses the " + std::string(catalog::flavor_name(*plan.flavor)) +
                   " kernel modules here\n";
  } else if (plan.branch && !options_.branch && plan.target.gpus.size() > 0 &&
             range_of(plan.target.gpus, catalog_).last < INT_MAX) {
    answer_.err += "note: branch " + std::to_string(*plan.branch) +
                   " is the last with these GPUs; nvstack plan keeps the machine on it\n";
  }
}

void Assistant::finish_json() {
  Json gpus = Json::array();
  for (const AssistantDevice& device : devices_) {
    Json gpu = Json::object();
    gpu.set("name", device.name).set("pci_id", device.id);
    gpus.add(std::move(gpu));
  }
  Json json = Json::object();
  json.set("gpus", std::move(gpus));
  json.set("system", Json::object().set("id", system_.id).set("version", system_.version_id));
  json.set("flavor", driver_.empty() ? Json() : Json(driver_));
  json.set("commands", Json(commands_));
  answer_.out = json.dump(2) + "\n";
}

AssistantAnswer Assistant::run() {
  if (options_.list_supported_distros) {
    answer_.out = "The following are the currently accepted distribution aliases:\n";
    for (const std::string_view name : kSupported) answer_.out += "  " + std::string(name) + "\n";
    return std::move(answer_);
  }
  if (check_branch() && choose_driver() && choose_system() && answer()) note_where_plan_differs();
  if (options_.json) finish_json();
  return std::move(answer_);
}

}  // namespace

AssistantSystem parse_assistant_distro(std::string_view text) {
  std::string id, version;
  const std::string_view word = trim(text);
  if (const auto parts = cut(word, ":")) {
    id = parts->first;
    version = word.substr(word.rfind(':') + 1);
  } else {
    const std::size_t end = text.find_last_not_of("0123456789");
    id = end == std::string_view::npos ? "" : text.substr(0, end + 1);
    version = text.substr(id.size());
  }
  return {resolve_alias(id), id, version, ""};
}

std::optional<AssistantSystem> parse_assistant_os_release(std::string_view text) {
  AssistantSystem system;
  const auto value = [](std::string_view line, std::string_view key) {
    return replace_all(std::string(trim(line.substr(key.size()))), "\"", "");
  };
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with("ID=")) system.original_id = value(line, "ID=");
    if (line.starts_with("VERSION_ID=")) system.version_id = value(line, "VERSION_ID=");
    if (line.starts_with("NAME=")) system.pretty_name = value(line, "NAME=");
    if (line.starts_with("PRETTY_NAME=")) system.pretty_name = value(line, "PRETTY_NAME=");
  }
  if (system.original_id.empty() || system.version_id.empty() || system.pretty_name.empty())
    return std::nullopt;
  system.id = resolve_alias(system.original_id);
  return system;
}

AssistantAnswer run_assistant(const AssistantOptions& options, const AssistantInput& input,
                              const catalog::Catalog& catalog) {
  return Assistant(options, input, catalog).run();
}

}  // namespace nvstack::plan
