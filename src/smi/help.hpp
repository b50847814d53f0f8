// The help texts: that of nvidia-smi itself, made from the table of subcommands, and those of the
// subcommands.
#pragma once

#include <string>

#include "smi/commands.hpp"

namespace nvstack::smi {

std::string render_main_help(const Compat& compat);
std::string render_subcommand_help(const SubcommandRow& row);

}  // namespace nvstack::smi
