// What is asked of the torch resolver: the machine it is for (GPUs, driver, Python, C library) and the
// person's wishes (torch, CUDA, channel, mirror). Everything unset is decided by the resolver.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/version.hpp"
#include "framework/cuda_table.hpp"
#include "framework/gpu_words.hpp"
#include "framework/specifier.hpp"
#include "framework/wheel_tags.hpp"

namespace nvstack::framework {

enum class Channel { kStable, kTest, kNightly };
std::string_view channel_name(Channel channel);
Result<Channel> parse_channel(std::string_view word);

/// Computes on what? kAny: CUDA where there is a GPU.
enum class Backend { kCuda, kCpu };

struct Request {
  PythonTarget python;
  LibcTarget libc;
  std::string arch = "x86_64";
  std::vector<WantedGpu> gpus;    // empty: not known
  std::optional<Version> driver;  // not known: no build is left out for it
  DriverKind driver_kind = DriverKind::kLinux;
  bool compat = false;  // a cuda-compat package may be used
  Backend backend = Backend::kCuda;

  SpecifierSet torch;              // empty: any
  std::optional<Version> cuda;     // this variant alone
  std::optional<Version> toolkit;  // the installed one: what matches it is answered, too
  bool match_toolkit = false;      // and is the main answer
  Channel channel = Channel::kStable;
  std::optional<PythonVersion> cudnn;  // installed over the wheel's own
  std::vector<std::string> packages = {"torch", "torchvision", "torchaudio"};
  std::string mirror;     // an id of torch_indexes.tsv or an address, "" the source
  std::string wheel_dir;  // a directory of wheels to install from, "" none
};

}  // namespace nvstack::framework
