// What /proc tells of the processes on GPUs: who, since when, how much, where. What cannot change is read
// once for each process; a process that this machine does not show (another PID namespace, hidepid) has no
// details.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "live/cgroup.hpp"

namespace nvstack::live {

/// The line of /proc/PID/stat, as far as it is used.
struct ProcessStat {
  unsigned parent = 0;
  std::uint64_t cpu_ticks = 0, start_ticks = 0, resident_pages = 0;
  std::string name;
  char state = '?';
};
/// Nothing when the text is no such line. The name may hold blanks and brackets.
std::optional<ProcessStat> parse_process_stat(std::string_view text);
/// The numbers behind "NSpid:" of /proc/PID/status.
std::vector<unsigned> parse_inner_pids(std::string_view status);
/// The value of a variable in the bytes of /proc/PID/environ.
std::optional<std::string> find_variable(std::string_view environment, std::string_view name);

struct ProcessDetails {
  ProcessStat stat;
  std::string user, command;
  std::optional<double> cpu_percent;  // of one processor, since the pass before
  double memory_bytes = 0, seconds = 0;
  std::vector<unsigned> inner_pids;
  Place place;
};

class ProcessReader {
 public:
  explicit ProcessReader(const host::Host& host);
  /// The details of those that are there; what is known of others is forgotten.
  std::map<unsigned, ProcessDetails> read(const std::vector<unsigned>& pids,
                                          std::chrono::steady_clock::time_point now);

 private:
  struct Known {
    ProcessDetails details;
    std::uint64_t cpu_ticks = 0;
    std::chrono::steady_clock::time_point when;
  };
  void read_lasting(const std::string& folder, ProcessDetails& details);
  std::string user_of(std::uint32_t number);

  const host::Host& host_;
  std::map<unsigned, Known> known_;
  std::map<std::uint32_t, std::string> users_;
};

}  // namespace nvstack::live
