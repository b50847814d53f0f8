// Target is the machine that a plan is made for: read from HostFacts, or written on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/gpus.hpp"
#include "facts/facts.hpp"

namespace nvstack::plan {

enum class PlatformKind { kNative, kPassthroughGuest, kVgpuGuest, kVgpuHost, kWsl, kJetson };
std::string_view platform_kind_name(PlatformKind kind);

struct TargetGpu {
  std::string bdf;  // "" for a hypothetical one
  catalog::GpuId id;
  catalog::GpuVerdict verdict;
};

/// What the machine has now; empty for a hypothetical machine.
struct PresentState {
  bool known = false;                               // read from a machine
  std::optional<catalog::Flavor> installed_flavor;  // of the module file for the running kernel
  std::string installed_version;
  std::optional<catalog::Flavor> loaded_flavor;
  std::string loaded_version;
  bool nouveau_bound = false;
  bool secure_boot = false;
  bool headers_missing = false;
  bool runfile = false;
  bool repository_configured = false;  // NVIDIA's CUDA repository is there
  std::vector<std::string> packages;   // names of installed driver packages
  std::string enabled_stream;          // of dnf module nvidia-driver
};

struct Target {
  std::vector<TargetGpu> gpus;
  facts::Os os;
  std::string arch = "x86_64";
  facts::KernelFlavor kernel_flavor = facts::KernelFlavor::kGeneric;
  std::string kernel_release;  // "" for a hypothetical machine: commands then say $(uname -r)
  PlatformKind platform = PlatformKind::kNative;
  PresentState now;
};

/// A target from facts. Errors: kNotFound when the distribution could not be read.
Result<Target> make_target(const facts::HostFacts& facts);

}  // namespace nvstack::plan
