// The subcommands of nvstack cuda: words in, words out, an exit code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace nvstack::cli {

Result<int> cuda_list_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_env_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_match_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_plan_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_needs_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_cudnn_command(const std::vector<std::string>& words, Terminal& terminal);
Result<int> cuda_verify_command(const std::vector<std::string>& words, Terminal& terminal);

/// The table of them.
const std::vector<Command>& cuda_commands();

}  // namespace nvstack::cli
