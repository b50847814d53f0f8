#include "smi/guarded_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <new>

#include "base/fd.hpp"
#include "smi/commands.hpp"
#include "smi/options.hpp"
#include "smi/silent_gpu.hpp"

namespace nvstack::smi {

namespace {

/// Progress in memory that a child process shares; null when there is none to be had.
class SharedProgress {
 public:
  SharedProgress() {
    void* memory =
        ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) progress_ = new (memory) Progress;
  }
  ~SharedProgress() {
    if (progress_) ::munmap(progress_, sizeof(Progress));
  }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;
  Progress* get() const { return progress_; }

 private:
  Progress* progress_ = nullptr;
};

/// The same world to a child: while it writes, waits or lets the doctor look, it asks no GPU.
World watched_world(const World& world, Progress& progress) {
  World watched = world;
  watched.progress = &progress;
  watched.first_pass = progress.passes();
  watched.streams.out = [&](std::string_view text) { progress.rest(), world.streams.out(text); };
  watched.streams.err = [&](std::string_view text) { progress.rest(), world.streams.err(text); };
  watched.diagnose = [&] { return progress.rest(), world.diagnose(); };
  watched.wait = [&](int milliseconds) {
    progress.rest();
    progress.end_pass();
    return world.wait(milliseconds);
  };
  return watched;
}

[[noreturn]] void be_child(const std::vector<std::string>& words, const World& world, Progress& progress,
                           pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // who kills the program means both
  if (::getppid() != parent) ::_exit(kUsageExitCode);
  World watched = watched_world(world, progress);
  int code = run(words, watched);
  if (std::fflush(nullptr) != 0) {
    world.streams.err("nvidia-smi: cannot write the output\n");
    code = 1;
  }
  std::fflush(stderr);
  ::_exit(code);
}

struct Child {
  pid_t pid = -1;
  Fd end;  // readable when the child is gone
};

Child start_child(const std::vector<std::string>& words, const World& world, Progress& progress) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  Child child{.end = Fd(ends[0])};
  Fd held(ends[1]);
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  child.pid = ::fork();
  if (child.pid == 0) be_child(words, world, progress, parent);
  return child;
}

/// Until the child ends (0) or its time is over: the ticks it had.
unsigned watch(const Child& child, const Progress& progress, Limits limits) {
  Patience patience(limits);
  pollfd ended{child.end.number(), POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&ended, 1, static_cast<int>(kTick.count()));
    if (ready > 0) return 0;
    if (ready == 0 && patience.is_over(progress, is_asleep)) return patience.ticks();
  }
}

/// The child's end becomes this program's: its exit code, or its signal.
int end_like(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0)
    if (errno != EINTR) return kUsageExitCode;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const rlimit none{0, 0};  // the child has left its core, if there is one to leave
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(WTERMSIG(status), SIG_DFL);
  ::raise(WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

}  // namespace

bool only_looks(const std::vector<std::string>& words) {
  if (!words.empty())
    if (const SubcommandRow* row = find_subcommand(words[0])) return !changes_something(*row, words);
  const auto options = parse_options(words);
  return options && options->task != Task::kSettings;
}

int run_guarded(const std::vector<std::string>& words, World& world, Limits limits) {
  const SharedProgress shared;
  if (!shared.get() || !only_looks(words)) return run(words, world);
  Progress& progress = *shared.get();
  bool silent = false;
  for (;;) {
    const Child child = start_child(words, world, progress);
    if (child.pid < 0) return run(words, world);  // no process to be had: then without a limit
    const unsigned ticks = watch(child, progress, limits);
    if (ticks == 0) {
      const int code = end_like(child);
      return code == 0 && silent ? kSilentExitCode : code;
    }
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, WNOHANG);  // one that sleeps in the kernel goes when it can
    const std::uint32_t asking = progress.asking();
    const double seconds = static_cast<double>(ticks * kTick.count()) / 1000;
    if (asking == Progress::kStarting || asking == Progress::kResting) {
      std::array<char, 80> text{};
      std::snprintf(text.data(), text.size(), "The driver gave no answer within %.1f s.\n", seconds);
      world.streams.err(text.data());
      return kSilentExitCode;
    }
    silent = true;
    progress.silence(asking & ~Progress::kOpening);
    progress.rest();
    world.streams.err(silent_message(asking & ~Progress::kOpening, seconds));
  }
}

}  // namespace nvstack::smi
