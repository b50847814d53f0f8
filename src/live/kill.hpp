// Sends a signal to one process and to no other: by a descriptor of it, after its start time has been
// compared.
#pragma once

#include "base/message.hpp"
#include "host/host.hpp"
#include "live/view_state.hpp"

namespace nvstack::live {

enum class Sent {
  kSent,
  kGone,     // it has ended, or its number is another process's now
  kDenied,   // not ours
  kRefused,  // never: pid 0 and 1, ourselves, or a kernel that cannot name a process safely
};
struct SendResult {
  Sent sent = Sent::kRefused;
  Message words;
};
/// Linux 5.3 and later; before that it is refused, for a number alone may be somebody else's by now.
SendResult send_signal(const host::Host& host, const Victim& victim, const SignalRow& signal);

}  // namespace nvstack::live
