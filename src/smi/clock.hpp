// The time of one pass, and the ways in which nvidia-smi writes a time. Every row of a pass shows the same
// one.
#pragma once

#include <ctime>
#include <string>

namespace nvstack::smi {

struct Moment {
  std::time_t seconds = 0;
  int milliseconds = 0;
};

/// When this pass began. `take_now` begins one; a test sets its own moment.
Moment now();
void take_now();
void set_now(Moment moment);

/// "2026/08/12 21:53:45.370"
std::string csv_time(Moment moment);
/// "2026/08/12 21:53:45"
std::string plain_time(std::time_t seconds);
/// "Wed Aug 12 21:53:45 2026"
std::string log_time(Moment moment);

}  // namespace nvstack::smi
