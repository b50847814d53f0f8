#include "plan/steps.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::plan {

using catalog::Flavor;

namespace {

bool is_one_of(const std::vector<std::string>& names, std::string_view pattern) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return glob_match(pattern, name); });
}

/// Builds the list of steps for one plan.
class StepList {
 public:
  StepList(const Target& target, const Wish& wish, const Decision& decision, const catalog::Catalog& catalog,
           std::vector<Message>& reasons)
      : target_(target), wish_(wish), decision_(decision), catalog_(catalog), reasons_(reasons) {
    values_["stream"] = stream();
    values_["old_stream"] = target.now.enabled_stream.empty() ? "open-dkms" : target.now.enabled_stream;
    values_["pin"] = wish.version ? wish.version->text : branch_text();
    values_["dash_branch"] = decision.pinned ? "-" + branch_text() : "";
    values_["version"] = wish.version ? wish.version->text : "";
    if (wish.cuda)
      values_["cuda"] = std::to_string(wish.cuda->parts[0]) + "-" +
                        std::to_string(wish.cuda->parts.size() > 1 ? wish.cuda->parts[1] : 0);
  }

  std::vector<Step> build();

 private:
  std::optional<CommandSet> find(const std::string& action) const {
    return find_command_set(catalog_,
                            {action, &target_, flavor_text(), decision_.branch.value_or(0), values_});
  }
  bool add(StepKind kind, const std::string& action, Message what, Message reason) {
    const auto set = find(action);
    if (set) add(kind, *set, std::move(what), std::move(reason));
    return set.has_value();
  }
  void add(StepKind kind, const CommandSet& set, Message what, Message reason) {
    steps_.push_back(
        {kind, set.commands, std::move(what), std::move(reason), set.undo, set.id + ": " + set.source});
  }
  std::string flavor_text() const {
    return decision_.flavor ? std::string(catalog::flavor_name(*decision_.flavor)) : "";
  }
  std::string branch_text() const { return decision_.branch ? std::to_string(*decision_.branch) : ""; }
  std::string stream() const {
    const bool open = decision_.flavor == Flavor::kOpen;
    if (decision_.pinned) return branch_text() + (open ? "-open" : "-dkms");
    return open ? "open-dkms" : "latest-dkms";
  }
  bool already_there() const;
  bool has_metapackage() const;

  void add_repository();
  void add_page_size_reason();
  void add_driver();
  void add_before_install();
  void add_pin();
  void add_install();
  void add_after_install(bool installed);
  void add_nouveau();
  void add_vgpu();
  void add_wsl();
  void add_purpose();

  const Target& target_;
  const Wish& wish_;
  const Decision& decision_;
  const catalog::Catalog& catalog_;
  std::vector<Message>& reasons_;
  std::map<std::string, std::string> values_;
  std::vector<Step> steps_;
  bool repository_added_ = false;
};

/// The driver that is wished is the one that is installed: nothing to install.
bool StepList::already_there() const {
  const PresentState& now = target_.now;
  if (!decision_.flavor || now.installed_flavor != decision_.flavor) return false;
  const auto installed = parse_version(now.installed_version);
  if (!installed) return false;
  if (wish_.version) return *installed == *wish_.version;
  const int branch = static_cast<int>(installed->branch());
  if (!wish_.branch.empty()) return branch == *decision_.branch;
  return branch >= decision_.range.first && branch <= decision_.range.last;
}

/// The metapackages of the CUDA 12.5 era, which pull in the proprietary driver.
bool StepList::has_metapackage() const {
  const auto& names = target_.now.packages;
  return is_one_of(names, "cuda") || is_one_of(names, "cuda-drivers*") || is_one_of(names, "cuda-1?-?");
}

void StepList::add_repository() {
  if (repository_added_ || target_.now.repository_configured) return;
  repository_added_ = true;
  add(StepKind::kRepository, "repository", N_("Add NVIDIA's package repository."),
      N_("The driver and toolkit packages come from it."));
}

void StepList::add_nouveau() {
  if (!target_.now.nouveau_bound) return;
  add(StepKind::kNouveau, "nouveau", N_("Keep nouveau from loading."),
      N_("nouveau drives a GPU here, and two drivers cannot share it."));
  add(StepKind::kInitramfs, "initramfs", N_("Rebuild the initramfs."),
      N_("nouveau would otherwise still be loaded from the boot image."));
}

void StepList::add_before_install() {
  if (!target_.now.known || target_.now.headers_missing)
    add(StepKind::kHeaders, "headers", N_("Install the headers of the running kernel."),
        N_("DKMS builds the kernel modules against them."));
  if (!decision_.install->from_distribution) add_repository();
}

void StepList::add_pin() {
  if (!decision_.pinned || decision_.install->from_distribution) return;
  const Message what = {N_("Keep the machine on {pin}."), {{"pin", values_["pin"]}}};
  const Message reason = N_("Without a pin the next upgrade would leave the branch.");
  const bool pinned = wish_.version ? add(StepKind::kPin, "pin-version", what, reason)
                                    : add(StepKind::kPin, "pin", what, reason);
  if (wish_.version && !pinned)
    reasons_.push_back({N_("No package pins version {version} here; the newest of its branch is installed."),
                        {{"version", wish_.version->text}}});
}

void StepList::add_install() {
  const PresentState& now = target_.now;
  const Message what = {N_("Install the {flavor} driver, branch {branch}."),
                        {{"flavor", flavor_text()}, {"branch", branch_text()}}};
  const bool other_flavor = now.installed_flavor && now.installed_flavor != decision_.flavor && !now.runfile;
  const bool other_stream = !now.enabled_stream.empty() && now.enabled_stream != stream();
  if (decision_.flavor == Flavor::kOpen && !decision_.pinned && has_metapackage()) {
    const bool streams = target_.os.manager == facts::PackageManager::kDnf ||
                         target_.os.manager == facts::PackageManager::kDnf5;
    if ((!streams || !now.enabled_stream.empty()) &&
        add(StepKind::kSwitch, "upgrade-metapackage", what,
            N_("The machine has the CUDA metapackage of the proprietary era; this is its way to the open "
               "modules.")))
      return;
  }
  if (other_flavor || (other_stream && now.installed_flavor)) {
    if (add(StepKind::kSwitch, "switch", what,
            N_("The other flavor or stream is installed; both cannot stay side by side.")))
      return;
  }
  if (other_stream)
    add(StepKind::kRemove, "reset-stream", N_("Leave the module stream that is enabled now."),
        {N_("Stream {stream} hides the packages of the other streams."), {{"stream", now.enabled_stream}}});
  if (wish_.purpose == Purpose::kRun && now.known &&
      add(StepKind::kInstall, "compute-only", what, N_("Running programs needs no desktop parts.")))
    return;
  const std::string& release = target_.kernel_release;
  if (target_.os.manager == facts::PackageManager::kPacman && !release.empty() &&
      !contains(release, "arch") &&
      add(StepKind::kInstall, "install-dkms", what, N_("This kernel has no prebuilt module package.")))
    return;
  add(StepKind::kInstall, *decision_.install, what,
      N_("Flavor and branch follow from the GPUs and the wish."));
}

void StepList::add_after_install(bool installed) {
  const PresentState& now = target_.now;
  const bool unloaded = now.loaded_version.empty() && !now.nouveau_bound;
  if (now.secure_boot && (installed || unloaded))
    add(StepKind::kSecureBoot, "secure-boot",
        N_("Enroll the key that signs the modules; the firmware asks for the password at the next start."),
        N_("Secure Boot is on: the kernel refuses modules signed by a key it does not know."));
  const bool clean = now.known && now.loaded_version.empty() && !now.nouveau_bound && !now.secure_boot;
  const bool stale = !now.loaded_version.empty() && now.loaded_version != now.installed_version;
  if (clean) {
    add(StepKind::kReload, "reload", N_("Load the driver."),
        N_("Nothing holds the GPUs, so no restart is needed."));
  } else if (installed || stale || now.nouveau_bound || (now.known && now.secure_boot && unloaded)) {
    add(StepKind::kReboot, "reboot", N_("Restart the machine."),
        N_("Only a restart exchanges a driver that is in use."));
  }
  if (installed && wish_.purpose != Purpose::kDesktop)
    add(StepKind::kPersistence, "persistence", N_("Keep the GPUs initialized."),
        N_("Without the daemon each first use takes seconds."));
  add(StepKind::kVerify, "verify", N_("See that the driver answers."),
      N_("It names the driver version and every GPU."));
}

/// S15: Grace Hopper under SLES is run with the kernel of 64 KiB pages.
void StepList::add_page_size_reason() {
  const auto& gpus = target_.gpus;
  const bool superchip =
      std::any_of(gpus.begin(), gpus.end(), [](const TargetGpu& gpu) { return gpu.verdict.self_hosted; });
  if (superchip && target_.os.manager == facts::PackageManager::kZypper &&
      target_.kernel_flavor != facts::KernelFlavor::k64k)
    reasons_.push_back(
        Message(N_("Grace Hopper needs the kernel with 64 KiB pages here; plan with --kernel 64k "
                   "for it (nvidia-open-64k).")));
}

void StepList::add_driver() {
  add_page_size_reason();
  if (already_there()) {
    reasons_.push_back({N_("The {flavor} driver {version} is installed already."),
                        {{"flavor", flavor_text()}, {"version", target_.now.installed_version}}});
    if (target_.now.headers_missing)
      add(StepKind::kHeaders, "headers", N_("Install the headers of the running kernel."),
          N_("DKMS needs them to build the modules."));
    add_nouveau();
    add_after_install(false);
    return;
  }
  add_before_install();
  add_nouveau();
  if (target_.now.runfile)
    add(StepKind::kRemove, "remove-runfile", N_("Remove the driver of NVIDIA's .run installer."),
        N_("Its files and those of the packages would overwrite each other."));
  add_pin();
  add_install();
  add_after_install(true);
  if (served_as(catalog_, target_.os) == "ubuntu" && !decision_.install->from_distribution)
    reasons_.push_back(
        {N_("Ubuntu's own archive is another way: `ubuntu-drivers install`, or "
            "nvidia-driver-{branch}{suffix} with modules signed for Secure Boot."),
         {{"branch", branch_text()}, {"suffix", decision_.flavor == Flavor::kOpen ? "-open" : ""}}});
}

void StepList::add_vgpu() {
  const bool guest = target_.platform == PlatformKind::kVgpuGuest;
  Step step;
  step.kind = StepKind::kInstall;
  step.what = guest ? N_("Install the vGPU guest driver that belongs to the host's vGPU version.")
                    : N_("Install the vGPU host driver from NVIDIA's licensing portal.");
  step.reason = guest ? N_("The guest driver must match the branch of the host; packages of the public "
                           "repository cannot drive a vGPU.")
                      : N_("The public repository has no vGPU manager.");
  step.source = "NVIDIA vGPU software documentation";
  reasons_.push_back(
      guest ? Message(N_("This is a vGPU guest: the GRID driver comes from whoever runs the host, "
                         "or from NVIDIA's licensing portal."))
            : Message(N_("This is a vGPU host: its driver comes from NVIDIA's licensing portal.")));
  steps_.push_back(std::move(step));
}

void StepList::add_wsl() {
  const bool driver = is_one_of(target_.now.packages, "nvidia-driver*") ||
                      is_one_of(target_.now.packages, "nvidia-dkms*") ||
                      is_one_of(target_.now.packages, "cuda-drivers*");
  if (target_.platform == PlatformKind::kWsl && driver)
    add(StepKind::kRemove, "remove-driver", N_("Remove the Linux driver from WSL."),
        N_("Its libraries hide those of the Windows driver."));
}

void StepList::add_purpose() {
  if (wish_.purpose == Purpose::kDevelop && target_.platform == PlatformKind::kJetson) {
    reasons_.push_back(Message(N_("On Jetson the CUDA toolkit is part of JetPack.")));
  } else if (wish_.purpose == Purpose::kDevelop) {
    const auto set = find(wish_.cuda ? "toolkit-version" : "toolkit");
    const auto plain = set ? set : find("toolkit");
    if (plain && !plain->from_distribution) add_repository();
    if (plain)
      add(StepKind::kToolkit, *plain, N_("Install the CUDA toolkit."),
          N_("This package has no driver in it, so it never replaces the one chosen here."));
  } else if (wish_.purpose == Purpose::kContainer) {
    if (target_.os.manager != facts::PackageManager::kPacman) add_repository();
    add(StepKind::kContainer, "container", N_("Install the container toolkit and tell Docker about it."),
        N_("Containers get the GPUs and the driver's libraries through it."));
  }
}

std::vector<Step> StepList::build() {
  add_wsl();
  if (decision_.branch && decision_.by_packages) add_driver();
  if (decision_.branch && !decision_.by_packages) add_vgpu();
  add_purpose();
  return std::move(steps_);
}

}  // namespace

std::vector<Step> make_steps(const Target& target, const Wish& wish, const Decision& decision,
                             const catalog::Catalog& catalog, std::vector<Message>& reasons) {
  return StepList(target, wish, decision, catalog, reasons).build();
}

}  // namespace nvstack::plan
