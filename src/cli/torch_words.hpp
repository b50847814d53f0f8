// The words of nvstack torch, and the Request they make together with what this machine is.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/machine.hpp"
#include "framework/resolve.hpp"

namespace nvstack::cli {

struct TorchWords {
  MachineOptions machine;
  std::string python, torch, cuda, toolkit, driver, channel, mirror, platform, arch, glibc, musl, cudnn;
  std::string requirements, environment;
  std::vector<std::string> gpus, indexes;
  bool json = false, offline = false, wsl = false, compat = false, yes = false, help = false;
};
std::vector<Option> torch_option_rows(TorchWords& words);

/// A request with the cautions that belong to how it was put together: assumed Python, corrected words.
struct TorchAsked {
  framework::Request request;
  std::vector<framework::Caution> cautions;
  std::vector<Message> reasons;
};

/// `packages` are the positional words: torch, torchvision==0.16.0, ... kUsage names a wrong word.
Result<TorchAsked> make_torch_request(const TorchWords& words, const std::vector<std::string>& packages,
                                      const framework::Tables& tables);

}  // namespace nvstack::cli
