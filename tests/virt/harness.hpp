// Runs a shell script in a virtual host whose driver process is this test: what the script printed, and what
// the driver heard. Needs the right to make namespaces; `why_not` says what is missing.
#pragma once

#include <functional>
#include <string>

#include "virt/host_view.hpp"
#include "virt/test_host.hpp"

namespace nvstack::virt {

struct Staged {
  HostViewOptions options;
  Machine machine = make_machine();
  std::string script;  // for sh -c; its standard error is part of the output
  /// What the driver does about an event; may change `machine` and call view.apply().
  std::function<NodeEvents(HostView*& view, Machine& machine)> events;
  int timeout_s = 30;
};

struct Played {
  int exit_code = -1;
  std::string out;
};

/// "" when this process may stage hosts; else the reason.
std::string why_not(Privilege privilege);
Played play(const Staged& staged);

/// Pid 1 of a host that shows the machine: runs the script, serves, and returns the script's exit code.
int be_the_driver(const Staged& staged);

/// Everything outside that a virtual host could have changed, as one text.
std::string look_outside();

}  // namespace nvstack::virt
