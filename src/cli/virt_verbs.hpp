// The verbs of `nvstack virt`, one function each. What follows "--" is a command to run and is kept apart.
#pragma once

#include "cli/command.hpp"

namespace nvstack::cli {

struct VirtWords {
  std::vector<std::string> words;    // before "--"
  std::vector<std::string> command;  // after it
};

struct VirtVerb {
  std::string_view name;
  std::string_view usage;
  Message summary;
  Result<int> (*run)(const VirtWords& words, Terminal& terminal);
};
const std::vector<VirtVerb>& virt_verbs();

Result<int> virt_run(const VirtWords& words, Terminal& terminal);
Result<int> virt_shell(const VirtWords& words, Terminal& terminal);
Result<int> virt_start(const VirtWords& words, Terminal& terminal);
Result<int> virt_enter(const VirtWords& words, Terminal& terminal);
Result<int> virt_stop(const VirtWords& words, Terminal& terminal);
Result<int> virt_list(const VirtWords& words, Terminal& terminal);
Result<int> virt_hosts(const VirtWords& words, Terminal& terminal);
Result<int> virt_status(const VirtWords& words, Terminal& terminal);
Result<int> virt_log(const VirtWords& words, Terminal& terminal);
Result<int> virt_load(const VirtWords& words, Terminal& terminal);
Result<int> virt_fault(const VirtWords& words, Terminal& terminal);
Result<int> virt_set(const VirtWords& words, Terminal& terminal);
Result<int> virt_vgpu(const VirtWords& words, Terminal& terminal);
Result<int> virt_module(const VirtWords& words, Terminal& terminal);
Result<int> virt_reset(const VirtWords& words, Terminal& terminal);
Result<int> virt_import(const VirtWords& words, Terminal& terminal);
Result<int> virt_time(const VirtWords& words, Terminal& terminal);

/// The command line that stages the scenario of a file for as long as `command` runs in it.
std::vector<std::string> staging_words(const std::string& path, std::uint64_t seed,
                                       std::vector<std::string> command);
/// The folder of the running program, "" when it is not known.
std::string program_folder();
/// "8GiB", "512 MiB", "1024" as bytes. Errors: kUsage.
Result<std::uint64_t> parse_bytes(const std::string& word);

}  // namespace nvstack::cli
