// Remote talks to the driver process of a running virtual host, from inside it or from outside, for the verbs
// of `nvstack virt` that show and change it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "channel/state.hpp"

namespace nvstack::virt {

/// A virtual host that runs on this machine.
struct RunningHost {
  pid_t pid = 0;         // of its pid 1, as the caller sees it
  std::string scenario;  // the word it was started with
  std::string socket;    // of its driver process, as the caller reaches it
};

/// The hosts that this user can see. Inside a host: that host alone.
std::vector<RunningHost> running_hosts();
/// The one that `word` names (a pid or a scenario), or the only one. Errors: kNotFound, kUsage (several).
Result<RunningHost> find_host(const std::string& word);

class Remote {
 public:
  /// Errors: kNotFound, kDenied.
  static Result<Remote> connect(const std::string& socket);
  Remote(Remote&& other) noexcept;
  Remote& operator=(Remote&&) = delete;
  ~Remote();

  /// Sends the words of a request; the text of its answer. Errors: kUsage and kDenied in the driver's own
  /// words.
  Result<std::string> ask(const std::vector<std::string>& words);
  /// What the driver publishes, as long as this lives.
  const channel::Page& page() const { return *page_; }

 private:
  Remote() = default;
  Fd socket_;
  const channel::Page* page_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace nvstack::virt
