#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "abi/nvidia_ioctl.h"
#include "persist/backend.hpp"

namespace nvstack::persist {

namespace {

class NodeHold : public Hold {
 public:
  NodeHold(Fd control, Fd node) : control_(std::move(control)), node_(std::move(node)) {}
  Status close() override {
    node_.reset(), control_.reset();
    return {};
  }
  unsigned set_uvm(bool) override { return kUvmNotSupported; }

 private:
  Fd control_;
  Fd node_;
};

/// Errors in words that say whose turn it is.
Error open_error(int number, const std::string& path) {
  Error error = errno_error(number, "open " + path);
  if (number == EPERM)
    error.hint = "the GPU is excluded (NVreg_ExcludedGpus), or the node is not for this user";
  if (number == EACCES)
    error.hint = "give the user of the daemon access to the node (udev rule, group video)";
  if (number == EIO)
    error.hint = "the driver could not initialize the GPU: see the kernel log for NVRM lines";
  if (number == ENOENT) error.hint = "nvidia-modprobe -c 0 makes the node";
  return error;
}

class NodesBackend : public Backend {
 public:
  explicit NodesBackend(const DriverTree& tree) : tree_(tree) {}
  std::string_view name() const override { return "nodes"; }

  Result<std::vector<GpuAddress>> list() override {
    std::vector<GpuAddress> gpus;
    for (const DriverGpu& gpu : tree_.list()) gpus.push_back(gpu.address);
    return gpus;
  }

  Result<std::unique_ptr<Hold>> open(const GpuAddress& gpu) override {
    const DriverGpu found = tree_.look(gpu);
    if (!found.minor) return fail(ErrorCode::kNotFound, "the driver names no device node for it");
    Fd control(::open(tree_.control_node().c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!control.valid()) return fail(open_error(errno, tree_.control_node()));
    const std::string path = tree_.node(*found.minor);
    Fd node(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!node.valid()) return fail(open_error(errno, path));
    nv_ioctl_wait_open_complete_t done{};
    const unsigned long request = NV_IOCTL_REQUEST(NV_ESC_WAIT_OPEN_COMPLETE, sizeof done);
    int answer = 0;
    do {
      answer = ::ioctl(node.number(), request, &done);
    } while (answer != 0 && errno == EINTR);
    // A driver without this call (before 550) has opened for good when open(2) came back.
    if (answer != 0 && errno != ENOTTY && errno != EINVAL) return fail(open_error(errno, path));
    if (answer == 0 && done.rc != 0) {
      Error error = open_error(std::abs(done.rc), path);
      char status[40];
      std::snprintf(status, sizeof status, " (adapter status 0x%x)", done.adapter_status);
      error.message += status;
      return fail(std::move(error));
    }
    return std::make_unique<NodeHold>(std::move(control), std::move(node));
  }

 private:
  DriverTree tree_;
};

}  // namespace

std::unique_ptr<Backend> make_nodes_backend(const DriverTree& tree) {
  return std::make_unique<NodesBackend>(tree);
}

}  // namespace nvstack::persist
