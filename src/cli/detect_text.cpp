#include "cli/detect_text.hpp"

#include <cmath>

#include "base/message.hpp"
#include "base/text.hpp"

namespace nvstack::cli {

namespace {

using namespace facts;

/// Collects "Title    text" lines; a text that is too long goes on below itself.
class Lines {
 public:
  explicit Lines(std::size_t columns) : columns_(columns) {}

  void add(const char* title, const std::string& text) {
    std::string head = translate(title);
    const std::size_t width = display_width(head);
    head.append(width < kTitleWidth ? kTitleWidth - width : 1, ' ');
    text_ += head +
             replace_all(wrap(text, columns_ - kTitleWidth, 0), "\n", "\n" + std::string(kTitleWidth, ' ')) +
             "\n";
  }
  /// A topic that failed shows why, one that was not asked shows nothing.
  template <typename T>
  bool add_error(const char* title, const Topic<T>& topic) {
    if (topic) return false;
    if (topic.error().code != ErrorCode::kNotAvailable) add(title, "? " + topic.error().text());
    return true;
  }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t kTitleWidth = 18;
  std::size_t columns_;
  std::string text_;
};

std::string or_unknown(const std::string& text) {
  return text.empty() ? translate(N_("unknown")) : text;
}

std::string link_text(const PciLink& link) {
  if (!link.speed_gts || !link.width) return "";
  const auto number = [](double value) {
    std::string text = std::to_string(value);
    return text.substr(0, text.find('.') + 2);
  };
  std::string text = "PCIe " + number(*link.speed_gts) + " GT/s x" + std::to_string(*link.width);
  if (link.speed_max_gts && link.width_max &&
      (*link.speed_max_gts != *link.speed_gts || *link.width_max != *link.width))
    text += " (max " + number(*link.speed_max_gts) + " x" + std::to_string(*link.width_max) + ")";
  return text;
}

std::string gpu_text(const PciGpu& gpu) {
  std::string text = gpu.bdf + "  " + (gpu.verdict.name.empty() ? "NVIDIA GPU" : gpu.verdict.name) + " [" +
                     gpu.id.text() + "]";
  std::vector<std::string> details;
  details.emplace_back(architecture_name(gpu.verdict.architecture));
  if (!gpu.verdict.compute_capability.empty()) details.push_back("sm " + gpu.verdict.compute_capability);
  details.push_back(
      render({N_("open modules {verdict}"), {{"verdict", translate(open_support_name(gpu.verdict.open))}}}));
  details.push_back(gpu.driver.empty() ? translate(N_("no driver bound"))
                                       : render({N_("driver {name}"), {{"name", gpu.driver}}}));
  if (const std::string link = link_text(gpu.link); !link.empty()) details.push_back(link);
  if (gpu.numa_node) details.push_back("NUMA " + std::to_string(*gpu.numa_node));
  if (!gpu.responds) details.push_back(translate(N_("does not respond")));
  return text + "\n" + join(details, ", ");
}

void add_gpus(const HostFacts& facts, Lines& lines) {
  if (lines.add_error(N_("GPU"), facts.gpus)) return;
  if (facts.gpus->gpus.empty()) lines.add(N_("GPU"), translate(N_("no NVIDIA GPU on the PCI bus")));
  for (const PciGpu& gpu : facts.gpus->gpus) lines.add(N_("GPU"), gpu_text(gpu));
  for (const PciNeighbour& other : facts.gpus->nvswitches)
    lines.add("NVSwitch", other.bdf + "  " + other.driver);
  for (const PciNeighbour& other : facts.gpus->other_display)
    lines.add(N_("Other display"), other.bdf + "  " +
                                       (other.vendor == 0x8086   ? "Intel"
                                        : other.vendor == 0x1002 ? "AMD"
                                                                 : "") +
                                       (other.driver.empty() ? "" : ", " + other.driver));
}

void add_system(const HostFacts& facts, Lines& lines) {
  if (!lines.add_error(N_("System"), facts.os))
    lines.add(N_("System"),
              or_unknown(facts.os->pretty_name.empty() ? facts.os->id + " " + facts.os->version_id
                                                       : facts.os->pretty_name));
  if (!lines.add_error(N_("Kernel"), facts.kernel))
    lines.add(N_("Kernel"), facts.kernel->release + " " + facts.kernel->arch + " (" +
                                std::string(kernel_flavor_name(facts.kernel->flavor)) + ")");
  if (const auto& platform = HostFacts::value_or_empty(facts.platform);
      platform.wsl || !platform.hypervisor.empty())
    lines.add(N_("Platform"), platform.wsl ? "WSL"
                                           : render({N_("virtual machine ({hypervisor})"),
                                                     {{"hypervisor", platform.hypervisor}}}));
  if (const auto& boot = HostFacts::value_or_empty(facts.secure_boot); boot.efi && boot.enabled)
    lines.add(N_("Secure Boot"), translate(*boot.enabled ? N_("on") : N_("off")));
}

void add_driver(const HostFacts& facts, Lines& lines) {
  const ProcDriver& driver = HostFacts::value_or_empty(facts.driver);
  if (driver.version)
    lines.add(N_("Driver loaded"),
              driver.version->version.text + " (" + translate(flavor_name(driver.version->flavor)) + ")");
  if (!driver.version)
    lines.add(N_("Driver loaded"), translate(driver.loaded ? N_("yes, of unknown version") : N_("no")));
  for (const ModuleFile& file : HostFacts::value_or_empty(facts.modules).files) {
    if (file.name != "nvidia") continue;
    const std::string flavor = file.flavor ? translate(flavor_name(*file.flavor)) : translate(N_("unknown"));
    lines.add(N_("Driver installed"), or_unknown(file.version) + " (" + flavor + ") " +
                                          render({N_("for kernel {kernel}"), {{"kernel", file.kernel}}}) +
                                          (file.is_signed ? ", " + translate(N_("signed")) : ""));
  }
  for (const LoadedModule& module : HostFacts::value_or_empty(facts.modules).loaded)
    if (module.name == "nouveau") lines.add("nouveau", translate(N_("loaded")));
}

void add_user_space(const HostFacts& facts, Lines& lines) {
  for (const char* soname : {"libcuda.so.1", "libnvidia-ml.so.1"}) {
    const Library* library = HostFacts::value_or_empty(facts.libraries).first(soname);
    if (library)
      lines.add(N_("Library"),
                library->real_path + (library->version ? "" : " (" + translate(N_("version unknown")) + ")"));
  }
  for (const CudaToolkit& toolkit : HostFacts::value_or_empty(facts.toolkits).cuda)
    lines.add(N_("CUDA toolkit"), (toolkit.version ? toolkit.version->text : "?") + " " + toolkit.path);
  for (const Cudnn& cudnn : HostFacts::value_or_empty(facts.toolkits).cudnn)
    lines.add("cuDNN", (cudnn.version ? cudnn.version->text : "?") + " " + cudnn.path);
  for (const PythonEnvironment& python : HostFacts::value_or_empty(facts.python))
    if (python.torch) lines.add("PyTorch", python.torch->version + " " + python.torch->path);
  for (const ContainerEngine& engine : HostFacts::value_or_empty(facts.containers).engines)
    lines.add(N_("Containers"),
              engine.name + (engine.nvidia_runtime ? ", " + translate(N_("NVIDIA runtime configured")) : ""));
  if (const auto& containers = HostFacts::value_or_empty(facts.containers);
      !containers.toolkit_binary.empty())
    lines.add(N_("Container toolkit"), containers.toolkit_binary);
}

void add_packages(const HostFacts& facts, Lines& lines) {
  if (lines.add_error(N_("Packages"), facts.packages)) return;
  std::vector<std::string> names;
  for (const Package* package : facts.packages->matching("*nvidia*"))
    names.push_back(package->name + " " + package->version);
  constexpr std::size_t shown = 12;
  const std::size_t total = names.size();
  if (total > shown) names.resize(shown);
  if (total > 0)
    lines.add(N_("Packages"),
              join(names, ", ") + (total > shown ? render({N_(" and {count} more"),
                                                           {{"count", std::to_string(total - shown)}}})
                                                 : ""));
}

}  // namespace

std::string render_facts(const HostFacts& facts, std::size_t columns) {
  Lines lines(columns);
  add_gpus(facts, lines);
  add_system(facts, lines);
  add_driver(facts, lines);
  add_user_space(facts, lines);
  add_packages(facts, lines);
  if (const auto& nvml = facts.nvml; nvml && nvml->init_code == 0)
    lines.add("NVML",
              render({N_("driver {version}, {count} GPUs answer"),
                      {{"version", nvml->driver_version}, {"count", std::to_string(nvml->gpus.size())}}}));
  for (const TopicError& failed : topic_errors(facts))
    lines.add(N_("Not readable"), failed.topic + ": " + failed.error.text());
  return lines.take();
}

}  // namespace nvstack::cli
