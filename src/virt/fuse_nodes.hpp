// FuseNodes is a file system of single files that the driver process serves itself, over the kernel's FUSE
// protocol (linux/fuse.h): opens are counted for each open file description and ended when its last holder
// dies. One thread, no library: a library's session would own the loop. The files have numbers for names;
// HostView binds them where they are wanted. The process that serves must never touch one of them: it would
// wait for itself.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "virt/node_events.hpp"
#include "virt/tree.hpp"

namespace nvstack::virt {

class FuseNodes {
 public:
  /// Mounts it on an existing folder. Errors: kNotFound or kDenied where there is no FUSE.
  Status mount(const std::string& folder);
  bool is_mounted() const { return device_.valid(); }

  /// Serves `node` as the file of that path from now on, or changes it; its name is the returned number.
  std::uint64_t set(const std::string& path, const Node& node);
  void remove(const std::string& path);
  bool serves(const std::string& path) const { return numbers_.contains(path); }

  /// Readable when serve() has something to do.
  int descriptor() const { return waiting_.number(); }
  /// Answers everything that is asked now. kQuiet: only what has no effect on the driver, the rest next time;
  /// for the time in which the view binds files.
  enum class Effects { kAll, kQuiet };
  Status serve(const NodeEvents& events, Effects effects = Effects::kAll);
  void answer(std::uint64_t ticket, int code, std::string_view argument);
  void wake(std::uint64_t open_id, unsigned poll_events);

 private:
  struct File {
    std::string path;
    Node node;
    std::int64_t made_s = 0;  // since 1970
  };
  struct Open {
    NodeOpen who;
    std::uint64_t number = 0;
    std::uint64_t poll_handle = 0;
    unsigned ready = 0;
    std::size_t position = 0;  // in a log that is read record by record
  };
  enum class Wait { kOpen, kWrite, kControl, kRead };
  struct Pending {
    Wait wait = Wait::kOpen;
    std::uint64_t open_id = 0;
    std::size_t bytes = 0;  // written, or of the argument
  };
  struct Request;  // of the kernel, checked for its length

  void handle(const Request& request, const NodeEvents& events);
  void handle_file(const Request& request, const NodeEvents& events);
  void initialize(const Request& request);
  void look_up(const Request& request);
  void list(const Request& request);
  void get_attributes(const Request& request);
  void set_attributes(const Request& request);
  void open(const Request& request, const NodeEvents& events);
  void release(const Request& request, const NodeEvents& events);
  void read(const Request& request);
  void read_log(const Request& request, Open& open, bool nonblocking);
  void write(const Request& request, const NodeEvents& events);
  void control(const Request& request, const NodeEvents& events);
  void poll(const Request& request);
  void interrupt(const Request& request, const NodeEvents& events);
  void reply(std::uint64_t unique, int code, std::string_view body = {});
  void reply_open(std::uint64_t unique, std::uint64_t open_id);
  void finish(std::uint64_t unique, const Pending& pending, int code, std::string_view argument);
  void feed_log_readers(std::uint64_t number);

  Fd device_;    // /dev/fuse
  Fd waiting_;   // an epoll of device_ and deferred_
  Fd deferred_;  // an eventfd, readable while later_ holds requests
  std::map<std::uint64_t, File> files_;
  std::map<std::string, std::uint64_t> numbers_;
  std::map<std::uint64_t, Open> opens_;
  std::map<std::uint64_t, Pending> pending_;
  std::deque<std::string> later_;
  std::uint64_t next_number_ = 2, next_open_ = 1;  // number 1 is the folder
};

}  // namespace nvstack::virt
