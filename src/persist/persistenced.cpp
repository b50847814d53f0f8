#include "persist/persistenced.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "persist/daemon.hpp"
#include "persist/memory.hpp"
#include "persist/nodes.hpp"
#include "persist/runtime.hpp"

namespace nvstack::persist {

namespace {

void print(int fd, const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// What the service manager passed in the environment, taken before any fork changes the pid.
struct Supervisor {
  std::string notify_socket;
  std::vector<Inherited> inherited;
  std::chrono::microseconds watchdog{0};
  std::string state_folder;
};

Supervisor read_supervisor() {
  Supervisor supervisor;
  supervisor.notify_socket = environment("NOTIFY_SOCKET");
  supervisor.inherited =
      take_inherited(environment("LISTEN_PID"), environment("LISTEN_FDS"), environment("LISTEN_FDNAMES"));
  const std::string watchdog_pid = environment("WATCHDOG_PID");
  if (watchdog_pid.empty() || watchdog_pid == std::to_string(::getpid()))
    if (const auto period = parse_uint(environment("WATCHDOG_USEC")); period && *period <= 3'600'000'000u)
      supervisor.watchdog = std::chrono::microseconds(*period);
  supervisor.state_folder = environment("STATE_DIRECTORY");
  return supervisor;
}

Result<std::unique_ptr<Backend>> choose_backend(const Options& options, const DriverTree& tree, Log& log) {
  const Uvm uvm = options.uvm ? Uvm::kOn : Uvm::kOff;
  if (options.backend == Options::Backend::kNodes) return make_nodes_backend(tree);
  auto cfg = open_cfg_backend(options.cfg_path, uvm);
  const bool must =
      options.backend == Options::Backend::kCfg || !options.cfg_path.empty() || options.strict_compat;
  if (cfg || must) return cfg;
  log.write(Level::kNotice, cfg.error().text() + "; holding GPUs by their device nodes");
  return make_nodes_backend(tree);
}

bool has_numa_memory(const DriverTree& tree) {
  const std::string folder = tree.root() + "/proc/driver/nvidia/gpus";
  for (const std::string& name : list_folder(folder))
    if (::access((folder + "/" + name + "/numa_status").c_str(), F_OK) == 0) return true;
  return false;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

Fence make_fence(const Options& options, const std::string& state_dir, const DriverTree& tree,
                 bool by_library) {
  Fence fence;
  fence.keep_admin = has_numa_memory(tree);
  fence.may_execute = by_library;
  fence.write_folders.push_back(options.runtime_dir);
  if (!state_dir.empty()) fence.write_folders.push_back(state_dir);
  if (!options.readonly_socket.empty()) fence.write_folders.push_back(folder_of(options.readonly_socket));
  fence.write_devices = {tree.root() + "/dev", tree.root() + "/sys", tree.root() + "/proc"};
  return fence;
}

/// From the change of user on: everything that ends with the PID file unlinked again.
Status serve(const Options& options, const Identity& identity, Supervisor supervisor, Log& log,
             Runtime& runtime, const std::function<void()>& ready) {
  const DriverTree tree(options.root);
  make_missing_nodes(tree, log);
  const std::string state_dir = options.state_dir.empty() ? supervisor.state_folder : options.state_dir;
  // systemd makes it for the unit's user, who is root while the daemon changes users by itself.
  if (identity.change && !state_dir.empty() && ::chown(state_dir.c_str(), identity.uid, identity.gid) != 0)
    log.write(Level::kWarning, "Failed to change ownership of " + state_dir + ": " + std::strerror(errno));
  TRY(become(identity, has_numa_memory(tree)));
  if (identity.change)
    log.write(Level::kInformation, "Now running with user ID " + std::to_string(identity.uid) +
                                       " and group ID " + std::to_string(identity.gid));
  TRY(runtime.lock());
  log.write(Level::kNotice, "Started (" + std::to_string(::getpid()) + ")");
  Daemon::Parts parts;
  parts.options = options;
  parts.state_dir = state_dir;
  parts.log = &log;
  parts.notifier = Notifier(supervisor.notify_socket);
  parts.backend = TRY(choose_backend(options, tree, log));
  parts.tree = tree;
  parts.inherited = std::move(supervisor.inherited);
  parts.watchdog = supervisor.watchdog;
  parts.ready = ready;
  Fence fence = make_fence(options, parts.state_dir, tree, parts.backend->name() == "cfg");
  fence.remove_below = runtime.removes_below();
  parts.notifier.send("MAINPID=" + std::to_string(::getpid()) +
                      "\nEXTEND_TIMEOUT_USEC=90000000\nSTATUS=initializing GPUs");
  const std::string socket = supervisor.notify_socket;
  parts.ready = [ready, socket] {
    Notifier(socket).send("READY=1");
    ready();
  };
  const std::unique_ptr<Daemon> daemon = TRY(Daemon::make(std::move(parts)));
  for (const std::string& missing : raise_fence(fence))
    log.write(Level::kDebug, "The kernel does not offer " + missing);
  const Status ran = daemon->run();
  if (!daemon->stuck()) return ran;
  // A call has not come back from the driver; destroying what it uses would crash it.
  runtime.clean(log);
  log.write(Level::kWarning, "A GPU was not let go within the time for it; the kernel closes it now");
  log.write(Level::kNotice, "Shutdown (" + std::to_string(::getpid()) + ")");
  ::_exit(ran ? EXIT_SUCCESS : EXIT_FAILURE);
}

int run_daemon(const Options& options, const Identity& identity, Supervisor supervisor,
               const std::function<void()>& ready) {
  // One arena: the threads that open GPUs would each leave one behind.
  ::mallopt(M_ARENA_MAX, 1);
  Log log;
  log.open(options.verbose, Log::Echo::kStandardError);
  log.write(Level::kInformation, "Verbose syslog connection opened");
  Runtime runtime(options.runtime_dir);
  runtime.prepare(identity, log);
  const Status served = serve(options, identity, std::move(supervisor), log, runtime, [&] {
    if (!options.foreground) log.set_echo(Log::Echo::kOff);
    ready();
    give_back_start_memory();
  });
  if (!served) {
    log.write(Level::kError, served.error().text());
    if (!served.error().hint.empty()) log.write(Level::kNotice, "Hint: " + served.error().hint);
  }
  runtime.clean(log);
  log.write(Level::kNotice, "Shutdown (" + std::to_string(::getpid()) + ")");
  return served ? EXIT_SUCCESS : EXIT_FAILURE;
}

void point_standard_streams_nowhere() {
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  if (null > STDERR_FILENO) ::close(null);
}

/// Reads the child's one byte: it came up, or it is gone.
int await_child(Fd pipe) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe.number(), &byte, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 1 && byte == 1) return EXIT_SUCCESS;
  print(STDERR_FILENO, "nvidia-persistenced failed to initialize. Check syslog for more details.\n");
  return EXIT_FAILURE;
}

int run_in_background(const Options& options, const Identity& identity, Supervisor supervisor) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    print(STDERR_FILENO, std::string("Failed to create init pipe: ") + std::strerror(errno) + "\n");
    return EXIT_FAILURE;
  }
  Fd read_end(ends[0]), write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    print(STDERR_FILENO, std::string("Failed to fork() daemon: ") + std::strerror(errno) + "\n");
    return EXIT_FAILURE;
  }
  if (child > 0) {
    write_end.reset();
    return await_child(std::move(read_end));
  }
  read_end.reset();
  ::setsid();
  if (::chdir("/") != 0)
    print(STDERR_FILENO, std::string("Failed to change working directory: ") + std::strerror(errno) + "\n");
  return run_daemon(options, identity, std::move(supervisor), [&] {
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(write_end.number(), &byte, 1);
    write_end.reset();
    point_standard_streams_nowhere();
  });
}

void prepare_signals() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  for (const int signal : {SIGCHLD, SIGTSTP, SIGTTOU, SIGTTIN, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2})
    ::sigaddset(&blocked, signal);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// The original says 0 to a wrong command line; whoever asked for that gets it, wherever the word stands.
int usage_error(const Error& error, const std::vector<std::string>& words, const std::string& program) {
  print(STDERR_FILENO, error.text() + "\n\nERROR: Invalid commandline, please run `" + program +
                           " --help` for usage information.\n\n");
  const bool strict = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--strict-compat" || word == "-strict-compat";
  });
  return strict ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int persistenced_main(int argc, char** argv) {
  const std::string program = argc > 0 ? argv[0] : NVPD_DAEMON_NAME;
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto options = parse_options(words, program);
  if (!options) return usage_error(options.error(), words, program);
  if (options->action == Options::Action::kVersion)
    return print(STDOUT_FILENO, render_version()), EXIT_SUCCESS;
  if (options->action == Options::Action::kHelp) return print(STDOUT_FILENO, render_help()), EXIT_SUCCESS;
  const auto identity = find_identity(options->user, options->group);
  if (!identity) return print(STDERR_FILENO, "\nERROR: " + identity.error().text() + "\n\n"), EXIT_FAILURE;
  Supervisor supervisor = read_supervisor();
  // What a careless starter left open would stay open for months, pipes that somebody waits at among it.
  ::close_range(STDERR_FILENO + 1 + static_cast<unsigned>(supervisor.inherited.size()), ~0u, 0);
  prepare_signals();
  ::umask(0);
  if (options->foreground) return run_daemon(*options, *identity, std::move(supervisor), [] {});
  return run_in_background(*options, *identity, std::move(supervisor));
}

}  // namespace nvstack::persist
