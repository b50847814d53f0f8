#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/fd.hpp"

namespace nvstack {

namespace {

constexpr std::size_t kErrorBytesMax = 64u << 10;
constexpr int kExecFailed = 127;
constexpr std::chrono::microseconds kPauseMax{5000};
using Clock = std::chrono::steady_clock;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno_error(errno, "make a pipe"));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// Reads what is there and keeps at most `bytes_max` in all; false at the end of the stream. What is over the
/// limit is read too: a child whose pipe nobody empties would stand still.
bool drain(int number, std::string& text, std::size_t bytes_max) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(number, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  text.append(buffer.data(), std::min(static_cast<std::size_t>(count), bytes_max - text.size()));
  return count > 0;
}

struct Running {
  pid_t pid = -1;
  Pipe out;
  Pipe err;
};

/// Reaps the child; a child that closed its output but runs on is killed at the deadline.
int reap(pid_t pid, Clock::time_point end) {
  int status = 0;
  for (auto pause = std::chrono::microseconds(50); Clock::now() < end;
       pause = std::min(2 * pause, kPauseMax)) {
    const pid_t done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid) return exit_code_of(status);
    if (done < 0 && errno != EINTR) return kExecFailed;
    std::this_thread::sleep_for(pause);
  }
  ::kill(-pid, SIGKILL);
  return wait_for_child(pid);
}

/// Collects both streams until they end, the deadline passes or a limit is reached; then reaps the child.
Result<ProcessOutput> collect(Running& child, const std::string& name, const ProcessLimits& limits) {
  ProcessOutput output;
  const auto end = Clock::now() + limits.deadline;
  bool out_open = true, err_open = true, timed_out = false;
  while (out_open || err_open) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) {
      timed_out = true;
      break;
    }
    std::array<pollfd, 2> waits = {pollfd{out_open ? child.out.read_end.number() : -1, POLLIN, 0},
                                   pollfd{err_open ? child.err.read_end.number() : -1, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (waits[0].revents) out_open = drain(waits[0].fd, output.out, limits.output_bytes_max + 1);
    if (waits[1].revents) err_open = drain(waits[1].fd, output.err, kErrorBytesMax);
    if (output.out.size() > limits.output_bytes_max) break;
  }
  const bool flooded = output.out.size() > limits.output_bytes_max;
  if (timed_out || flooded) ::kill(-child.pid, SIGKILL);
  output.exit_code = reap(child.pid, timed_out || flooded ? Clock::now() : end);
  ::kill(-child.pid, SIGKILL);  // grandchildren that outlived their parent
  if (timed_out)
    return fail(ErrorCode::kTimedOut,
                name + " gave no answer within " + std::to_string(limits.deadline.count()) + " ms");
  if (flooded)
    return fail(ErrorCode::kTooLarge,
                name + " printed more than " + std::to_string(limits.output_bytes_max) + " bytes");
  return output;
}

void become_child(Running& child) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(child.out.write_end.number(), STDOUT_FILENO);
  ::dup2(child.err.write_end.number(), STDERR_FILENO);
}

Result<Running> start(const std::function<void()>& body) {
  // One TRY a statement: an early return out of a half-built aggregate leaks its first members (GCC 12).
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  Running child{-1, std::move(out), std::move(err)};
  std::fflush(nullptr);  // what this process has not written yet is not the child's to write
  child.pid = ::fork();
  if (child.pid < 0) return fail(errno_error(errno, "start a process"));
  if (child.pid == 0) {
    become_child(child);
    // An exception must end the child; it would else run on in the caller's code, twice.
    [&]() noexcept { body(); }();
    ::_exit(kExecFailed);
  }
  ::setpgid(child.pid, child.pid);  // both sides set it: whichever runs first
  child.out.write_end.reset(), child.err.write_end.reset();
  return child;
}

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

bool program_exists(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_program(name);
  const char* path = std::getenv("PATH");
  std::string folders = path ? path : "/usr/sbin:/usr/bin:/sbin:/bin";
  for (std::size_t start = 0; start <= folders.size();) {
    const std::size_t colon = std::min(folders.find(':', start), folders.size());
    if (is_program(folders.substr(start, colon - start) + "/" + name)) return true;
    start = colon + 1;
  }
  return false;
}

}  // namespace

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for_child(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return kExecFailed;
  return exit_code_of(status);
}

Result<ProcessOutput> run_process(const std::vector<std::string>& argv, const ProcessLimits& limits) {
  NV_ASSERT(!argv.empty());
  if (!program_exists(argv[0])) return fail(ErrorCode::kNotFound, "no program " + argv[0]);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  Running child = TRY(start([&] {
    ::setenv("LC_ALL", "C", 1);
    ::execvp(words[0], words.data());
  }));
  return collect(child, argv[0], limits);
}

Result<ProcessOutput> run_in_child(const std::function<std::string()>& work, const ProcessLimits& limits) {
  Running child = TRY(start([&] {
    const std::string text = work();
    std::string_view left = text;
    while (!left.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
      if (written <= 0 && errno != EINTR) ::_exit(1);
      if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
    }
    ::_exit(0);
  }));
  return collect(child, "the child process", limits);
}

}  // namespace nvstack
