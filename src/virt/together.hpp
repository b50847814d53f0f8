// Independent parts of a start, carried out by two threads: a virtual host is staged before anything else
// runs in it, and most machines have a second core idle then.
#pragma once

#include <functional>
#include <vector>

#include "base/result.hpp"

namespace nvstack::virt {

using Job = std::function<Status()>;

/// Carries the jobs out, each once, the first ones first. After a failure no further job is begun; the error
/// of the earliest job that failed. Without a second thread the caller does all of them.
Status do_together(const std::vector<Job>& jobs);

}  // namespace nvstack::virt
