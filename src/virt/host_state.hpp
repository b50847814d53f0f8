// HostView's state and the steps of mounting it; host_view.hpp is the face.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "virt/fuse_nodes.hpp"
#include "virt/host_mounts.hpp"
#include "virt/host_view.hpp"
#include "virt/together.hpp"

namespace nvstack::virt {

/// Where everything private lies until it is mounted; hidden beneath /proc/driver afterwards.
inline constexpr const char* kStage = "/proc/driver";

struct HostView::State {
  HostViewOptions options;
  Tree shown;
  Fd stage;  // the stage's folder, reachable when it is covered
  std::vector<Overlay> overlays;
  FuseNodes served;
  NodeEvents events;
  std::optional<Machine> followed;  // the machine shown last by follow()
  std::set<std::string> bound;      // files that lie bound over files of /proc
};

/// The folders that are shown with additions; those that this machine lacks are left out.
Result<std::vector<Overlay>> prepare_overlays();
/// The overlay that shows `path`, or null.
const Overlay* find_overlay(const std::vector<Overlay>& overlays, const std::string& path);
/// They write the nodes into the overlays' upper folders, before those are mounted. To be carried out in the
/// stage's folder, while `state` lives.
std::vector<Job> filling_jobs(const HostView::State& state);
/// Hides what a real NVIDIA driver or GPU of this machine shows.
Status hide_real_devices(const std::vector<Overlay>& overlays);

/// The folder of this machine's libraries: "/usr/lib/x86_64-linux-gnu", "/usr/lib64".
std::string library_folder();
/// Where libraries go: /usr and /etc, or the upper folders that will be shown there.
struct InstallRoots {
  std::string usr, etc;
};
/// Puts the libraries with their links into a folder below /usr, and into the loader's cache.
Status place_libraries(const InstallRoots& roots, const std::string& folder,
                       const std::vector<HostLibrary>& libraries, const std::string& version);
Status place_programs(const std::string& usr_root, const std::vector<HostProgram>& programs);

/// What of the next machine's tree may differ from the one before: everything, or the part that was rendered.
struct MachineChange {
  bool everything = false;
  Tree part;
};
MachineChange find_change(const Machine& before, const Machine& next, const RealKernel& real);

/// Replaces /dev by a folder with the same devices but NVIDIA's, and those of the tree.
Status mount_devices(const HostView::State& state);
/// Mounts the file system of served files. No error where there is no FUSE and only control files would need
/// it.
Status mount_served(HostView::State& state);
/// Is this node served by the driver process, rather than a file that anybody can read without it?
bool is_served(const HostView::State& state, const std::string& path, const Node& node);
/// Serves these nodes of the tree and binds them over the plain files that stand at their paths.
Status show_served(HostView::State& state, const std::vector<std::string>& paths);
/// Takes a served file away; the plain file stays.
Status hide_served(HostView::State& state, const std::string& path);

/// /proc/driver and the files of /proc that have lines added.
Status mount_proc(HostView::State& state);
/// Shows `content` in place of a file of /proc; again when it is shown already.
Status show_proc_file(HostView::State& state, const std::string& path, const std::string& content);

}  // namespace nvstack::virt
