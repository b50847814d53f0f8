// measure RUNS PROGRAM [ARGUMENT]...: median and least wall time in ms, CPU time in ms, peak resident memory
// in KiB. Standard output of the program is thrown away. Prints "median least cpu peak exit".
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Run {
  double wall_ms = 0;
  double cpu_ms = 0;
  long peak_kib = 0;
  int exit_code = 0;
};

Run run_once(char** argv) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  Run run;
  run.wall_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  run.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  run.peak_kib = usage.ru_maxrss;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) return 2;
  std::vector<Run> all;
  for (int i = 0; i < runs; ++i) all.push_back(run_once(argv + 2));
  std::sort(all.begin(), all.end(), [](const Run& a, const Run& b) { return a.wall_ms < b.wall_ms; });
  const Run& median = all[all.size() / 2];
  long peak = 0;
  for (const Run& run : all) peak = std::max(peak, run.peak_kib);
  std::printf("%.2f %.2f %.2f %ld %d\n", median.wall_ms, all.front().wall_ms, median.cpu_ms, peak,
              median.exit_code);
  return 0;
}
