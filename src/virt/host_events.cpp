#include "virt/host_events.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/identity.hpp"

namespace nvstack::virt {

namespace {

/// What open(2) of a device node fails with.
int errno_of(int nvml_code) {
  if (nvml_code == 0) return 0;
  return nvml_code == NVML_ERROR_NO_PERMISSION ? EPERM : nvml_code == NVML_ERROR_UNKNOWN ? EIO : ENODEV;
}

}  // namespace

NodeEvents HostEvents::callbacks(std::function<HostView*()> view) {
  view_ = std::move(view);
  NodeEvents events;
  events.opened = [this](const NodeOpen& open, std::uint64_t ticket) { return opened(open, ticket); };
  events.released = [this](const NodeOpen& open) { released(open); };
  events.written = [this](const NodeOpen& open, std::string_view text, std::uint64_t) { return written(open, text); };
  events.controlled = [this](const NodeOpen& open, unsigned request, std::string& argument, std::uint64_t) {
    return controlled(open, request, argument);
  };
  events.read = [this](const NodeOpen&) {
    std::string text;
    for (const KernelLine& line : model_.log().lines()) text += render_kmsg(line);
    return text;
  };
  return events;
}

std::optional<std::size_t> HostEvents::gpu_of(const std::string& path) const {
  constexpr std::string_view kNode = "/dev/nvidia";
  if (!path.starts_with(kNode)) return std::nullopt;
  const auto minor = parse_uint(std::string_view(path).substr(kNode.size()));
  if (!minor) return std::nullopt;
  for (std::size_t i = 0; i < model_.page().gpu_count; ++i)
    if ((model_.page().gpus[i].flags & channel::kBound) &&
        value_or(model_.page().gpus[i], channel::ReadingId::minor_number, -1) == static_cast<std::int64_t>(*minor))
      return i;
  return std::nullopt;
}

int HostEvents::opened(const NodeOpen& open, std::uint64_t ticket) {
  if (!model_.page().driver_loaded) return ENXIO;
  const auto gpu = gpu_of(open.path);
  if (!gpu) return open.path.find_first_of("0123456789") == std::string::npos ? 0 : ENODEV;
  const Opening opening = model_.open(*gpu);
  if (opening.code != 0) return errno_of(opening.code);
  holds_[open.id] = *gpu;
  if (opening.ready_ns == 0) return 0;
  pending_.push_back({open.nonblocking ? 0 : ticket, open.id, *gpu, opening.ready_ns});
  return open.nonblocking ? 0 : kLater;
}

void HostEvents::tick() {
  const std::int64_t now = model_.now();
  for (std::size_t i = 0; i < pending_.size();) {
    const Pending waiting = pending_[i];
    if (waiting.ready_ns > now) {
      ++i;
      continue;
    }
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    const int code = model_.finish_initialization(waiting.gpu);
    if (code != 0) holds_.erase(waiting.open);
    HostView* view = view_ ? view_() : nullptr;
    if (!view) continue;
    if (waiting.ticket) view->answer(waiting.ticket, errno_of(code));
  }
}

void HostEvents::released(const NodeOpen& open) {
  const auto at = holds_.find(open.id);
  if (at == holds_.end()) return;
  const std::size_t gpu = at->second;
  holds_.erase(at);
  std::erase_if(pending_, [&](const Pending& waiting) { return waiting.open == open.id; });
  model_.close(gpu);
}

int HostEvents::written(const NodeOpen& open, std::string_view text) {
  if (open.uid != 0) return EACCES;
  const auto find_bdf = [&](std::string_view bdf) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < model_.scenario().gpus.size(); ++i)
      if (model_.scenario().gpus[i].bdf == bdf) return i;
    return std::nullopt;
  };
  const auto parts = split(open.path, '/');
  const std::string_view file = parts.back(), folder = parts.size() > 1 ? parts[parts.size() - 2] : "";
  if (file == "bind" || file == "unbind") {
    const auto gpu = find_bdf(trim(text));
    if (!gpu) return ENODEV;
    if (file == "unbind") return model_.bound[*gpu] != folder ? ENODEV : model_.bind(*gpu, "") ? 0 : EBUSY;
    if (!model_.bound[*gpu].empty()) return EBUSY;
    return model_.bind(*gpu, std::string(folder)) ? 0 : EBUSY;
  }
  if (file == "reset") {
    const auto gpu = find_bdf(folder);
    return gpu && trim(text) == "1" && model_.reset(*gpu) == 0 ? 0 : EBUSY;
  }
  if (file == "remove") {
    const auto gpu = find_bdf(folder);
    return gpu && model_.bind(*gpu, "") ? 0 : EBUSY;
  }
  if (file == "rescan") {
    for (std::size_t i = 0; i < model_.bound.size(); ++i)
      if (model_.bound[i].empty() && model_.is_loaded("nvidia")) model_.bind(i, "nvidia");
    return 0;
  }
  return 0;
}

int HostEvents::controlled(const NodeOpen&, unsigned, std::string&) { return ENOTTY; }

std::vector<HostLibrary> host_libraries(const std::string& folder, const std::string& version) {
  const std::string branch = version.substr(0, version.find('.'));
  std::vector<HostLibrary> all = {{folder + "/" + branch + "/libnvidia-ml.so.1", "libnvidia-ml"}};
  for (const char* name : {"libcuda", "libnvidia-cfg"}) {
    const std::string file = folder + "/common/" + name + ".so.1";
    if (::access(file.c_str(), R_OK) == 0) all.push_back({file, name});
  }
  return all;
}

std::vector<HostProgram> host_programs(const std::string& folder) {
  std::vector<HostProgram> all;
  for (const auto& [name, mode] : {std::pair{"nvidia-smi", 0755u}, std::pair{"nvidia-modprobe", 04755u},
                                   std::pair{"nvidia-persistenced", 0755u}}) {
    const std::string file = folder + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) all.push_back({file, name, mode});
  }
  return all;
}

}  // namespace nvstack::virt
