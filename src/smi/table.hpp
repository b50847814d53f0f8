// The default table: what its cells hold, and how each generation draws it. Reading needs a driver, drawing
// does not.
#pragma once

#include <string>
#include <vector>

#include "smi/compat.hpp"
#include "smi/processes.hpp"

namespace nvstack::smi {

struct GpuCells {
  unsigned index = 0;
  std::string name, persistence, bus_id, display, ecc;
  std::string fan, temperature, performance, power, limit, used, total, utilization, compute, mig;
  bool lost = false;  // no cell could be read
};

struct MigCells {
  unsigned gpu = 0, index = 0;
  std::string gpu_instance, compute_instance;
  std::string used, total, bar1_used, bar1_total;
  std::string multiprocessors, errors, copy, encoders, decoders, ofa, jpeg;
};

struct ProcessCells {
  unsigned gpu = 0;
  Process process;
};

struct TableView {
  std::string time, smi_version, driver_version, cuda_version;
  std::vector<GpuCells> gpus;
  bool mig = false;  // some GPU is in MIG mode: the box is there even when it is empty
  std::vector<MigCells> parts;
  std::vector<ProcessCells> processes;
};

/// Asks one GPU for its cells and adds them, its MIG devices and its processes.
void add_board(TableView& view, Board& board);
std::string render_table(const TableView& view, const Compat& compat);

}  // namespace nvstack::smi
