#include "virt/host_events.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "abi/nvidia_ioctl.h"
#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/identity.hpp"
#include "virt/nvidia_ioctls.hpp"

namespace nvstack::virt {

namespace {

/// What open(2) of a device node fails with.
int errno_of(int nvml_code) {
  if (nvml_code == 0) return 0;
  return nvml_code == NVML_ERROR_NO_PERMISSION ? EPERM : nvml_code == NVML_ERROR_UNKNOWN ? EIO : ENODEV;
}

/// The answer to NV_ESC_WAIT_OPEN_COMPLETE.
std::string wait_result(int error) {
  nv_ioctl_wait_open_complete_t result{};
  result.rc = -error;
  return {reinterpret_cast<const char*>(&result), sizeof result};
}

}  // namespace

NodeEvents HostEvents::callbacks(std::function<HostView*()> view) {
  view_ = std::move(view);
  NodeEvents events;
  events.opened = [this](const NodeOpen& open, std::uint64_t ticket) { return opened(open, ticket); };
  events.released = [this](const NodeOpen& open) { released(open); };
  events.written = [this](const NodeOpen& open, std::string_view text, std::uint64_t) {
    return written(open, text);
  };
  events.controlled = [this](const NodeOpen& open, unsigned request, std::string& argument,
                             std::uint64_t ticket) { return controlled(open, request, argument, ticket); };
  return events;
}

std::optional<std::size_t> HostEvents::gpu_of(const std::string& path) const {
  constexpr std::string_view kNode = "/dev/nvidia";
  if (!path.starts_with(kNode)) return std::nullopt;
  const auto minor = parse_uint(std::string_view(path).substr(kNode.size()));
  if (!minor) return std::nullopt;
  for (std::size_t i = 0; i < model_.page().gpu_count; ++i)
    if ((model_.page().gpus[i].flags & channel::kBound) &&
        value_or(model_.page().gpus[i], channel::ReadingId::minor_number, -1) ==
            static_cast<std::int64_t>(*minor))
      return i;
  return std::nullopt;
}

int HostEvents::opened(const NodeOpen& open, std::uint64_t ticket) {
  if (!model_.page().driver_loaded) return ENXIO;
  const auto gpu = gpu_of(open.path);
  if (!gpu) return open.path.find_first_of("0123456789") == std::string::npos ? 0 : ENODEV;
  const Opening opening = model_.open(*gpu);
  if (opening.code != 0) return errno_of(opening.code);
  holds_[open.id].push_back(*gpu);
  if (opening.ready_ns == 0) return 0;
  pending_.push_back({open.nonblocking ? 0 : ticket, 0, open.id, *gpu, opening.ready_ns});
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
    if (code != 0) {
      std::erase(holds_[waiting.open], waiting.gpu);
      failed_[waiting.open] = errno_of(code);
    }
    HostView* view = view_ ? view_() : nullptr;
    if (!view) continue;
    if (waiting.ticket) view->answer(waiting.ticket, errno_of(code));
    if (waiting.wait_ticket) view->answer(waiting.wait_ticket, 0, wait_result(errno_of(code)));
    view->wake(waiting.open, POLLERR);  // what poll(2) of a deferred open waits for
  }
}

void HostEvents::released(const NodeOpen& open) {
  const auto at = holds_.find(open.id);
  if (at == holds_.end()) return;
  const std::vector<std::size_t> gpus = std::move(at->second);
  holds_.erase(at);
  failed_.erase(open.id);
  std::erase_if(pending_, [&](const Pending& waiting) { return waiting.open == open.id; });
  for (const std::size_t gpu : gpus) model_.close(gpu);
}

int HostEvents::controlled(const NodeOpen& open, unsigned request, std::string& argument,
                           std::uint64_t ticket) {
  const Machine machine = model_.machine();
  IoctlAnswer answer = answer_ioctl(machine, open, request, argument);
  // The machine lacks what was taken off the bus: its positions are not the model's.
  for (std::size_t& gpu : answer.gpus) gpu = gpu_at(machine.gpus[gpu].bdf).value_or(gpu);
  if (answer.effect == IoctlEffect::kAttachGpus) {
    for (const std::size_t gpu : answer.gpus) {
      const Opening opening = model_.open(gpu);
      if (opening.code != 0) return errno_of(opening.code);
      holds_[open.id].push_back(gpu);
      if (opening.ready_ns > 0) pending_.push_back({0, 0, open.id, gpu, opening.ready_ns});
    }
  } else if (answer.effect == IoctlEffect::kVersionMismatch) {
    model_.print(3, "NVRM: API mismatch: the client has the version " + answer.client_version +
                        ", but this kernel module has the version " + model_.page().driver_version + ".");
  } else if (answer.effect == IoctlEffect::kSetNumaStatus) {
    model_.numa_status[answer.gpus[0]] = answer.numa_status;
    model_.machine_changed();
  } else if (answer.effect == IoctlEffect::kWaitForOpen) {
    for (Pending& waiting : pending_)
      if (waiting.open == open.id) {
        waiting.wait_ticket = ticket;
        return kLater;
      }
    const auto failure = failed_.find(open.id);
    argument = wait_result(failure == failed_.end() ? 0 : failure->second);
  }
  return answer.code;
}

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
  struct Row {
    const char *file, *name;  // name: below /usr, /usr/bin when it has no slash
    unsigned mode;
    bool only_where_missing = false;
  };
  static constexpr Row kRows[] = {{"nvidia-smi", "nvidia-smi", 0755},
                                  {"nvidia-modprobe", "nvidia-modprobe", 04755},
                                  {"nvidia-persistenced", "nvidia-persistenced", 0755},
                                  {"nvstack", "nvstack", 0755},
                                  {"nvstack-virt-kmod", "sbin/modprobe", 0755},
                                  {"nvstack-virt-kmod", "sbin/rmmod", 0755},
                                  {"nvstack-virt-kmod", "sbin/insmod", 0755},
                                  {"nvstack-virt-kmod", "sbin/lsmod", 0755},
                                  {"nvstack-virt-kmod", "bin/systemctl", 0755},
                                  {"nvstack-virt-kmod", "sbin/depmod", 0755, true},
                                  {"nvstack-virt-kmod", "sbin/dkms", 0755, true}};
  std::vector<HostProgram> all;
  for (const Row& row : kRows) {
    const std::string file = folder + "/" + row.file;
    if (::access(file.c_str(), X_OK) == 0) all.push_back({file, row.name, row.mode, row.only_where_missing});
  }
  return all;
}

}  // namespace nvstack::virt
