#include "virt/host_view.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"

namespace nvstack::virt {

namespace {

/// Modes are meant as they stand while this lives.
class PlainModes {
 public:
  PlainModes() : before_(::umask(0)) {}
  PlainModes(const PlainModes&) = delete;
  PlainModes& operator=(const PlainModes&) = delete;
  ~PlainModes() { ::umask(before_); }

 private:
  mode_t before_;
};

/// The process works in this folder while it lives.
class InFolder {
 public:
  explicit InFolder(const char* path)
      : before_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)),
        entered_(before_.valid() && ::chdir(path) == 0) {}
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() {
    if (entered_ && ::fchdir(before_.number()) != 0) (void)!::chdir("/");
  }
  bool entered() const { return entered_; }

 private:
  Fd before_;
  bool entered_;
};

/// A real /proc/driver may hold more than NVIDIA's: rtc, nvram. They are shown again beneath the stage's
/// folder.
Status open_stage(HostView::State& state) {
  std::vector<std::pair<std::string, Fd>> kept;
  for (const std::string& name : list_folder(kStage))
    if (!name.starts_with("nvidia"))
      kept.emplace_back(name, TRY(clone_mount(std::string(kStage) + "/" + name)));
  TRY(mount_tmpfs(kStage, "mode=755"));
  const std::string folder = std::string(kStage) + "/proc-driver";
  TRY(make_folder(folder, 0555));
  for (const auto& [name, mount] : kept) {
    TRY(write_plain_file(folder + "/" + name, "", 0444));
    TRY(attach_mount(mount, folder + "/" + name));
  }
  state.stage = Fd(::open(kStage, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!state.stage.valid()) return fail(errno_error(errno, std::string("open ") + kStage));
  return {};
}

std::string upper_of(const HostView::State& state, const std::string& path) {
  for (const Overlay& overlay : state.overlays)
    if (overlay.path == path) return overlay.upper;
  return "";
}

bool is_proc_file(const std::string& path, const Node& node) {
  return path.starts_with("/proc/") && !path.starts_with("/proc/driver") && node.kind == NodeKind::kFile;
}

/// What of the tree lies in /run, which is a tmpfs of its own.
constexpr std::string_view kRunFolder = "/run/nvidia-";

Status fill_run(const HostView::State& state) {
  for (auto at = state.shown.lower_bound(std::string(kRunFolder));
       at != state.shown.end() && at->first.starts_with(kRunFolder); ++at)
    TRY(write_node(at->first, at->second));
  return {};
}

/// Can the view show a node there at all?
bool has_place(const HostView::State& state, const std::string& path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/driver/") || path.starts_with(kRunFolder) ||
         find_overlay(state.overlays, path);
}

std::string folder_of(const HostViewOptions& options) {
  return options.library_folder.empty() ? library_folder() : options.library_folder;
}

/// Everything that lies in the overlays' upper folders.
Status fill_overlays(const HostView::State& state) {
  // From the stage's folder on: thousands of walks through /proc to it would take as long as what they lead
  // to.
  const InFolder in_stage(kStage);
  if (!in_stage.entered()) return fail(errno_error(errno, std::string("enter ") + kStage));
  const HostViewOptions& options = state.options;
  const InstallRoots roots{upper_of(state, "/usr"), upper_of(state, "/etc")};
  std::vector<Job> jobs = filling_jobs(state);
  jobs.emplace_back(
      [&] { return place_libraries(roots, folder_of(options), options.libraries, options.library_version); });
  jobs.emplace_back([&] { return place_programs(roots.usr, options.programs); });
  return do_together(jobs);
}

Status build(HostView::State& state) {
  TRY(open_stage(state));
  TRY(mount_served(state));
  state.overlays = TRY(prepare_overlays());
  TRY(fill_overlays(state));
  TRY(hide_real_devices(state.overlays));
  const bool rootless = state.options.privilege == Privilege::kRootless;
  for (const Overlay& overlay : state.overlays) TRY(mount_overlay(overlay, rootless));
  TRY(mount_devices(state));
  TRY(privatize_folder("/run", "nvidia"));
  TRY(fill_run(state));
  TRY(mount_proc(state));
  std::vector<std::string> served;
  for (const auto& [path, node] : state.shown)
    if (is_served(state, path, node)) served.push_back(path);
  return show_served(state, served);
}

/// What stands in one tree and not, or not so, in the other; both are sorted.
struct Difference {
  std::vector<Tree::const_iterator> gone, changed;  // of the old tree; of the new one
};

Difference compare(const Tree& old_tree, const Tree& new_tree) {
  Difference difference;
  auto before = old_tree.begin();
  for (auto after = new_tree.begin(); after != new_tree.end(); ++after) {
    while (before != old_tree.end() && before->first < after->first) difference.gone.push_back(before++);
    const bool same_path = before != old_tree.end() && before->first == after->first;
    if (!same_path || before->second != after->second) difference.changed.push_back(after);
    if (same_path) ++before;
  }
  while (before != old_tree.end()) difference.gone.push_back(before++);
  return difference;
}

/// The deepest first.
Status remove_gone(HostView::State& state, const Difference& difference) {
  for (auto at = difference.gone.rbegin(); at != difference.gone.rend(); ++at) {
    const auto& [path, node] = **at;
    if (!has_place(state, path)) continue;
    if (state.served.serves(path)) TRY(hide_served(state, path));
    TRY(remove_node(path, node));
  }
  return {};
}

/// Shows one node that is new or has changed; a file that is to be served is added to `served`.
Status show_changed(HostView::State& state, const std::string& path, const Node& node,
                    std::vector<std::string>& served) {
  if (is_proc_file(path, node)) return show_proc_file(state, path, node.content);
  if (state.served.serves(path)) {
    state.served.set(path, node);
    return {};
  }
  if (!is_served(state, path, node)) return has_place(state, path) ? write_node(path, node) : Status{};
  served.push_back(path);
  return write_plain_file(path, "", node.mode);
}

}  // namespace

HostView::HostView(std::unique_ptr<State> state) : state_(std::move(state)) {}
HostView::HostView(HostView&&) noexcept = default;
HostView& HostView::operator=(HostView&&) noexcept = default;
HostView::~HostView() = default;

Result<HostView> HostView::mount(const HostViewOptions& options, Tree first, NodeEvents events) {
  const PlainModes modes;
  auto state = std::make_unique<State>();
  state->options = options;
  state->shown = std::move(first);
  state->events = std::move(events);
  TRY(build(*state));
  return HostView(std::move(state));
}

Result<HostView> HostView::mount(const HostViewOptions& options, const Machine& first, const RealKernel& real,
                                 NodeEvents events) {
  HostView view = TRY(mount(options, render_host(first, real), std::move(events)));
  view.state_->followed = first;
  return view;
}

Status HostView::apply(Tree next) {
  const PlainModes modes;
  State& state = *state_;
  const Tree before = std::exchange(state.shown, std::move(next));
  const Difference difference = compare(before, state.shown);
  TRY(remove_gone(state, difference));
  std::vector<std::string> served;
  for (const auto& at : difference.changed) TRY(show_changed(state, at->first, at->second, served));
  TRY(show_served(state, served));
  ::malloc_trim(0);
  return {};
}

Status HostView::patch(const Tree& part) {
  const PlainModes modes;
  State& state = *state_;
  std::vector<std::string> served;
  for (const auto& [path, node] : part) {
    Node& before = state.shown[path];
    if (before == node) continue;
    before = node;
    TRY(show_changed(state, path, node, served));
  }
  return show_served(state, served);
}

Status HostView::follow(const Machine& next, const RealKernel& real) {
  State& state = *state_;
  MachineChange change{true, {}};
  if (state.followed) change = find_change(*state.followed, next, real);
  TRY(change.everything ? apply(render_host(next, real)) : patch(change.part));
  state.followed = next;
  return {};
}

const Tree& HostView::shown() const {
  return state_->shown;
}

Status HostView::install_libraries(const std::vector<HostLibrary>& libraries, const std::string& version) {
  const PlainModes modes;
  const std::string folder = folder_of(state_->options);
  TRY(place_libraries({"/usr", "/etc"}, folder, libraries, version));
  // A package takes the files of its earlier version away; a program that has them open keeps them.
  const std::string before = std::exchange(state_->options.library_version, version);
  if (before != version)
    for (const HostLibrary& library : libraries)
      ::unlink((folder + "/" + library.name + ".so." + before).c_str());
  return {};
}

int HostView::descriptor() const {
  return state_->served.is_mounted() ? state_->served.descriptor() : -1;
}

Status HostView::serve() {
  return state_->served.is_mounted() ? state_->served.serve(state_->events) : Status{};
}

void HostView::answer(std::uint64_t ticket, int code, std::string argument) {
  state_->served.answer(ticket, code, argument);
}

void HostView::wake(std::uint64_t open_id, unsigned poll_events) {
  state_->served.wake(open_id, poll_events);
}

}  // namespace nvstack::virt
