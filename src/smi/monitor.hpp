// The lines of dmon and pmon: which columns there are, and how a line is set.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "smi/csv.hpp"
#include "smi/processes.hpp"

namespace nvstack::smi {

struct MonitorColumn {
  char letter;  // of -s
  const char* title;
  const char* unit;
  Read read;
  Ask ask;
  unsigned since = 0;
};

/// The columns of "puc", in the order of the letters.
std::vector<const MonitorColumn*> monitor_columns(std::string_view letters, const Compat& compat);
/// options: letters of -o, D for the date and T for the time.
std::string render_monitor_header(const std::vector<const MonitorColumn*>& columns,
                                  const std::string& options);
std::string render_monitor_row(Board& board, const std::vector<const MonitorColumn*>& columns,
                               const std::string& options);
/// --format csv: the header for no board.
std::string render_monitor_csv(Board* board, const std::vector<const MonitorColumn*>& columns,
                               CsvFormat format);

struct ProcessColumns {
  bool use = true, memory = false;
};
std::string render_process_header(const ProcessColumns& columns, const Compat& compat);
/// The processes of one GPU, as values.
void add_process_json(Board& board, const ProcessColumns& columns, Json& list);
/// One line a process; a line of dashes where there is none.
std::string render_process_rows(Board& board, const ProcessColumns& columns);

}  // namespace nvstack::smi
