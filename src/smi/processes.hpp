// The processes on a GPU, as the driver lists them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

struct Process {
  unsigned pid = 0;
  std::string type = {};  // "C", "G", "C+G", "M+C"
  Value name = {};
  Value used = {};          // MiB
  Value gpu_instance = {};  // N/A without MIG
  Value compute_instance = {};
};

/// Compute, graphics and MPS processes as one list, by pid: what the table and the log show.
std::vector<Process> read_processes(Board& board);
/// Compute processes alone, in the driver's order: what --query-compute-apps shows.
Answer<std::vector<Process>> read_compute_processes(Board& board);
/// Percent of time, by process.
struct ProcessUse {
  unsigned sm = 0, memory = 0, encoder = 0, decoder = 0, jpeg = 0, ofa = 0;
};
/// The newest sample of each process, with the engines that the older call did not know.
std::map<unsigned, ProcessUse> read_process_use(Board& board);
/// The last part of a path, as pmon shows it.
std::string command_of(const Process& process);

}  // namespace nvstack::smi
