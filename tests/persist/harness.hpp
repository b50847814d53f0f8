// What the daemon's tests share: a daemon in a folder of its own, and clients that speak bytes to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace harness {

using nvstack::Fd;

/// Tries until it holds or ten seconds are over; the test then fails by its own check.
bool eventually(const std::function<bool()>& holds, int limit_ms = 10'000);
void sleep_ms(int milliseconds);
double now_ms();

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
/// Every entry with its path below the folder, for "nothing was left behind".
std::vector<std::string> list_tree(const std::string& folder);

struct Folder {
  std::string path;
  Folder();
  ~Folder();
};

/// The programs of this build tree.
std::string daemon_program();
std::string fake_library_folder();

struct Started {
  int exit_code = -1;
  std::string err;  // standard error
  std::string out;
};

/// One daemon. Its fake library has 4 GPUs at 0000:10:00.0 and up unless `settings` says otherwise.
class TestDaemon {
 public:
  enum class Start { kForeground, kBackground, kNot };

  explicit TestDaemon(std::string settings = "gpus 4\n", std::vector<std::string> options = {},
                      Start start = Start::kForeground);
  ~TestDaemon();

  /// Starts in the foreground as a child of the test and waits until every GPU has been tried.
  void start();
  /// Starts in the background; what the starter saw.
  Started start_background();
  /// Becomes the daemon of `wanted` in this process (a forked child); does not return.
  [[noreturn]] static void run_in_place(const TestDaemon& wanted);
  /// The words with which it is started, for tests that start it in another way.
  std::vector<std::string> words(bool foreground) const;

  pid_t pid() const { return pid_; }
  void set(const std::string& settings) const { write_text(folder.path + "/cfg", settings); }
  /// How often the library was called so ("open 0", "close 3", "list 0").
  int called(const std::string& line) const;
  std::string socket_path(const char* name = "socket") const { return folder.path + "/run/" + name; }
  std::string errors() const { return read_text(folder.path + "/err"); }
  bool alive() const;
  bool serves() const;
  /// Sends the signal and waits for the end; the exit code, 128 + signal when one ended it.
  int stop(int signal);
  void kill_hard() { stop(9); }

  Folder folder;
  std::vector<std::string> options;
  std::map<std::string, std::string> environment;
  std::function<void()> before_exec;  // in the child

 private:
  pid_t background_pid() const;
  pid_t pid_ = -1;
  bool child_ = false;
};

Fd connect_to(const std::string& path);
/// A record of 32-bit words with its mark in front.
std::string record(std::initializer_list<std::uint32_t> words);
/// The call's words after the mark: xid, version, procedure, then arguments.
std::string call(std::uint32_t xid, std::uint32_t version, std::uint32_t procedure,
                 std::initializer_list<std::uint32_t> arguments = {});
bool send_all(const Fd& socket, const std::string& bytes);
/// What comes until `bytes` are there, the stream ends or the time is over.
std::string receive(const Fd& socket, std::size_t bytes, int limit_ms = 5000);
bool closed_by_peer(const Fd& socket, int limit_ms = 5000);
/// Connect, send, one reply.
std::string ask(const std::string& path, const std::string& bytes);
/// GET of the GPU on that bus: the mode, or -status - 1.
int get_mode(const std::string& path, std::uint32_t bus);
/// SET (version 1): the status, or -1 when no reply came.
int set_mode(const std::string& path, std::uint32_t bus, std::uint32_t mode);
/// One request on the control socket.
std::string control(const std::string& path, const std::string& line);

std::string hex(const std::string& bytes);
/// Runs it in a child with that uid; its exit code.
int as_user(uid_t uid, const std::function<int()>& body);
/// A number of /proc/PID/status ("VmRSS", "Threads", "voluntary_ctxt_switches").
long status_number(pid_t pid, const std::string& name);

}  // namespace harness
