// A service manager for tests: takes sd_notify datagrams, keeps descriptors as systemd's store does, and
// passes them to the next daemon.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness.hpp"

namespace harness {

class Supervisor {
 public:
  explicit Supervisor(const std::string& socket_path);
  ~Supervisor();

  /// Sets the environment and the descriptors of a daemon that is about to start; `listening` is passed under
  /// the name "socket".
  void attach(TestDaemon& daemon, int listening = -1);

  std::string messages() const;
  void forget_messages();
  /// Names in the store, sorted, one for each descriptor.
  std::vector<std::string> stored() const;
  void empty_store();

 private:
  void serve();
  void take(const std::string& text, std::vector<Fd> fds);

  std::string path_;
  Fd socket_;
  mutable std::mutex mutex_;
  std::string messages_;
  std::multimap<std::string, Fd> store_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace harness
