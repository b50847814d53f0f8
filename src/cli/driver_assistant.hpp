// The program nvidia-driver-assistant: reads what plan/assistant.hpp needs from this machine, prints its
// answer and, with --install, runs the commands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "plan/assistant.hpp"

namespace nvstack::cli {

/// The modalias of every device beneath `directory` ("/sys/devices") but those bound to a built-in driver.
std::vector<std::string> read_modaliases(const host::Host& host, const std::string& directory);

/// What the machine behind `host` says, with the paths of the options.
plan::AssistantInput read_assistant_input(const host::Host& host, const plan::AssistantOptions& options);

/// Runs the commands one after the other until one fails; true when all did. `run` gives the exit status.
bool run_commands(const std::vector<std::string>& commands, const std::function<int(const std::string&)>& run,
                  std::string& out, std::string& err);

int driver_assistant_main(int argc, char** argv);

}  // namespace nvstack::cli
