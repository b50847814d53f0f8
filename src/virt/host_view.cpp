#include "virt/host_view.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

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

/// A real /proc/driver may hold more than NVIDIA's: rtc, nvram. They are shown again beneath the stage's folder.
Status open_stage(HostView::State& state) {
  std::vector<std::pair<std::string, Fd>> kept;
  for (const std::string& name : list_folder(kStage))
    if (!name.starts_with("nvidia")) kept.emplace_back(name, TRY(clone_mount(std::string(kStage) + "/" + name)));
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

/// Can the view show a node there at all?
bool has_place(const HostView::State& state, const std::string& path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/driver/") || find_overlay(state.overlays, path);
}

Status build(HostView::State& state) {
  TRY(open_stage(state));
  TRY(mount_served(state));
  state.overlays = TRY(prepare_overlays());
  TRY(fill_overlays(state));
  TRY(hide_real_devices(state.overlays));
  const std::string usr = upper_of(state, "/usr"), etc = upper_of(state, "/etc");
  TRY(place_libraries(usr, etc, state.options.libraries, state.options.library_version));
  TRY(place_programs(usr, state.options.programs));
  const bool rootless = state.options.privilege == Privilege::kRootless;
  for (const Overlay& overlay : state.overlays) TRY(mount_overlay(overlay, rootless));
  TRY(mount_devices(state));
  TRY(privatize_folder("/run", "nvidia"));
  TRY(mount_proc(state));
  std::vector<std::string> served;
  for (const auto& [path, node] : state.shown)
    if (is_served(state, path, node)) served.push_back(path);
  return show_served(state, served, state.shown);
}

/// Removes what the next tree lacks, the deepest first.
Status remove_old(HostView::State& state, const Tree& next) {
  for (auto at = state.shown.rbegin(); at != state.shown.rend(); ++at) {
    const auto& [path, node] = *at;
    if (next.contains(path) || !has_place(state, path)) continue;
    if (state.served.serves(path)) TRY(hide_served(state, path));
    TRY(remove_node(path, node));
  }
  return {};
}

}  // namespace

HostView::HostView(std::unique_ptr<State> state) : state_(std::move(state)) {}
HostView::HostView(HostView&&) noexcept = default;
HostView& HostView::operator=(HostView&&) noexcept = default;
HostView::~HostView() = default;

Result<HostView> HostView::mount(const HostViewOptions& options, const Tree& first, NodeEvents events) {
  const PlainModes modes;
  auto state = std::make_unique<State>();
  state->options = options;
  state->shown = first;
  state->events = std::move(events);
  TRY(build(*state));
  return HostView(std::move(state));
}

Status HostView::apply(const Tree& next) {
  const PlainModes modes;
  State& state = *state_;
  TRY(remove_old(state, next));
  std::vector<std::string> served;
  for (const auto& [path, node] : next) {
    const auto before = state.shown.find(path);
    if (before != state.shown.end() && before->second == node) continue;
    if (is_proc_file(path, node)) {
      TRY(show_proc_file(state, path, node.content));
    } else if (state.served.serves(path)) {
      state.served.set(path, node);
    } else if (is_served(state, path, node)) {
      TRY(write_plain_file(path, "", node.mode));
      served.push_back(path);
    } else if (has_place(state, path)) {
      TRY(write_node(path, node));
    }
  }
  state.shown = next;
  return show_served(state, served, next);
}

const Tree& HostView::shown() const {
  return state_->shown;
}

Status HostView::install_libraries(const std::vector<HostLibrary>& libraries, const std::string& version) {
  const PlainModes modes;
  return place_libraries("/usr", "/etc", libraries, version);
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
