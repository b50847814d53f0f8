// What the driver remembers of processes when accounting is on.
#pragma once

#include <vector>

#include "smi/log.hpp"

namespace nvstack::smi {

struct AccountedProcess {
  unsigned pid = 0;
  Value gpu, memory;  // %
  Value most;         // MiB
  Value time;         // ms; 0 while it runs
  Value running;      // "Running" or "Exited" in a log
};

/// Without accounting the list is empty, whatever the code.
std::vector<AccountedProcess> read_accounted(Board& board);
void add_accounted_processes(Board& board, View view, std::vector<Node>& nodes);

}  // namespace nvstack::smi
