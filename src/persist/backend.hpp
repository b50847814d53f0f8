// Backend is one of the two ways to hold a GPU awake: through NVIDIA's libnvidia-cfg, or by its device node.
// Its calls block for as long as the driver takes; they are made off the event loop, for several GPUs at
// once.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "persist/driver_tree.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

/// A GPU that is held. Destroying it lets go, without a word about failures.
class Hold {
 public:
  virtual ~Hold() = default;
  /// Lets go; the Hold is spent when it succeeds.
  virtual Status close() = 0;
  /// An RM status: 0 is success. kUvmNotSupported where the backend has no such call.
  virtual unsigned set_uvm(bool on) = 0;
  static constexpr unsigned kUvmNotSupported = 0x56;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  /// The GPUs of the machine now. Errors: the driver cannot be asked.
  virtual Result<std::vector<GpuAddress>> list() = 0;
  /// Initializes the GPU when nobody else has it open.
  virtual Result<std::unique_ptr<Hold>> open(const GpuAddress& gpu) = 0;
};

enum class Uvm { kOff, kOn };

/// libnvidia-cfg.so.1 from `folder`, or by the loader's path when it is "". With Uvm::kOn the library must
/// have the two UVM calls. Errors: kNotFound in the original's words.
Result<std::unique_ptr<Backend>> open_cfg_backend(const std::string& folder, Uvm uvm);
/// Device nodes, opened without blocking and waited for by NV_ESC_WAIT_OPEN_COMPLETE.
std::unique_ptr<Backend> make_nodes_backend(const DriverTree& tree);

}  // namespace nvstack::persist
