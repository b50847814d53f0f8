// Runs a virtual host: the launcher outside, and the driver process that is pid 1 of its namespaces, mounts
// the host view, starts the command, and ends with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "virt/host_view.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

struct LaunchOptions {
  Scenario scenario;
  std::optional<std::uint64_t> seed;  // in place of the scenario's
  Privilege privilege = Privilege::kRoot;
  DeviceMode devices = DeviceMode::kChar;
  Lifetime lifetime = Lifetime::kWithParent;
  std::string libraries;             // the folder with 580/libnvidia-ml.so.1 and common/libcuda.so.1
  std::string programs;              // the folder with the drop-in programs that are shown in /usr/bin inside
  std::vector<std::string> command;  // empty: none, the host runs until it is stopped
};

/// The program nvstack-virt-driver, which `nvstack virt run` becomes: SCENARIO, then options as
/// `--devices=fuse`, `--rootless`,
/// `--detached`, `--seed=N`, `--libraries=DIR`, `--programs=DIR`, then `--` and the command.
int launch_main(int argc, char** argv);
/// The words for it. Its pid 1 is known by them (remote.hpp).
std::vector<std::string> launch_words(const std::string& program, const std::string& scenario,
                                      const LaunchOptions& options);

/// Stages the machine and runs the command in it. Returns the command's exit code, 128 + signal when one
/// ended it. Errors: kDenied (no namespaces), kIo, kNotFound (no libraries of that branch).
Result<int> launch(const LaunchOptions& options);

}  // namespace nvstack::virt
