// The subcommands of nvidia-smi (topo, dmon, mig, ...): one row each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smi/run.hpp"

namespace nvstack::smi {

struct CommandContext {
  System& system;
  World& world;
  std::vector<std::string> words;  // behind the subcommand's name, without --json and --compat
  bool json = false;
  void out(std::string_view text) const { world.streams.out(text); }
  /// Says why and gives the exit code.
  int refuse(const std::string& message, int code) const {
    world.streams.out(message + "\n");
    return code;
  }
};

struct SubcommandRow {
  const char* name;
  const char* about;
  const char* help;  // the text of -h, below the usage line
  int (*run)(CommandContext& context);
  /// Its options that change something, each between spaces: " -cgi -dgi ".
  const char* changing = "";
};

std::span<const SubcommandRow> subcommands();
const SubcommandRow* find_subcommand(std::string_view name);

/// Whether one of these words is an option of this row that changes something.
bool changes_something(const SubcommandRow& row, const std::vector<std::string>& words);

int run_topo(CommandContext& context);
int run_dmon(CommandContext& context);
int run_pmon(CommandContext& context);
int run_nvlink(CommandContext& context);
int run_mig(CommandContext& context);
int run_clocks(CommandContext& context);
int run_c2c(CommandContext& context);
int run_drain(CommandContext& context);
int run_encoder_sessions(CommandContext& context);
int run_fbc_sessions(CommandContext& context);
int run_vgpu(CommandContext& context);
int run_conf_compute(CommandContext& context);
int run_gpm(CommandContext& context);
int run_pci(CommandContext& context);
int run_power_profiles(CommandContext& context);
int run_power_smoothing(CommandContext& context);
int run_base_clocks(CommandContext& context);
/// A subcommand that needs a part of the driver that no public call reaches.
int run_unsupported(CommandContext& context);

}  // namespace nvstack::smi
