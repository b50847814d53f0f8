#include "live/kill.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/fd.hpp"
#include "live/processes.hpp"

namespace nvstack::live {

namespace {

SendResult gone(const std::string& pid) {
  return {Sent::kGone, {N_("process {pid} has ended already"), {{"pid", pid}}}};
}

SendResult result_of(int error, const std::string& pid) {
  if (error == ESRCH) return gone(pid);
  if (error == EPERM) return {Sent::kDenied, {N_("process {pid} is not yours to signal"), {{"pid", pid}}}};
  return {Sent::kRefused,
          {N_("this kernel cannot send a signal to process {pid} and no other"), {{"pid", pid}}}};
}

}  // namespace

SendResult send_signal(const host::Host& host, const Victim& victim, const SignalRow& signal) {
  const std::string pid = std::to_string(victim.pid);
  if (victim.pid <= 1 || victim.pid == static_cast<unsigned>(::getpid()) || victim.start_ticks == 0)
    return {Sent::kRefused, {N_("process {pid} is never sent a signal"), {{"pid", pid}}}};
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(victim.pid), 0)));
  if (!process.valid()) return result_of(errno, pid);
  // The descriptor names one process for good; only now is it compared with the one that was shown.
  const auto text = host.read("/proc/" + pid + "/stat");
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  if (!stat || stat->start_ticks != victim.start_ticks) return gone(pid);
  if (::syscall(SYS_pidfd_send_signal, process.number(), signal.number, nullptr, 0) != 0)
    return result_of(errno, pid);
  return {Sent::kSent, {N_("{signal} sent to process {pid}"), {{"signal", signal.name}, {"pid", pid}}}};
}

}  // namespace nvstack::live
