// Connection is one process's way to the driver process: it maps the state page and sends requests. No
// standard library objects cross it and nothing here throws, since it lives in programs that are not ours.
#pragma once

#include <pthread.h>

#include <atomic>

#include "channel/state.hpp"
#include "channel/wire.hpp"

namespace nvstack::channel {

enum class Role : std::uint64_t { kNvml, kCuda, kConfiguration, kControl, kEvents };

/// nvmlReturn_t values that the channel itself answers.
inline constexpr int kCodeDriverNotLoaded = 9, kCodeUnknown = 999;

/// A GPU whose driver hangs answers every call late, one that was put to sleep when it is woken. In the
/// header, since it stands on the way of every getter.
inline void wait_as_long_as(const Gpu& gpu) {
  constexpr unsigned kLookMs = 5;
  if (gpu.call_delay_ms) sleep_ms(gpu.call_delay_ms);
  while (__atomic_load_n(&gpu.flags, __ATOMIC_ACQUIRE) & kAsleep) sleep_ms(kLookMs);
}

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  /// 0; 9 when no driver answers, 18 when the library's version is not the module's, or the page's init_code.
  /// A page that is mapped already stays where it is when the same driver answers again.
  int open(Role role, const char* path = kSocketPath);
  /// Ends the conversation and forgets the page.
  void close();
  /// Ends the conversation; the page stays mapped, for threads that are reading it.
  void disconnect();
  /// In a child after fork(): the socket belongs to the parent's conversation, the page may be read.
  void abandon();
  bool is_open() const { return socket_ >= 0; }
  const Page* page() const { return page_.load(std::memory_order_acquire); }
  /// The page without init checks, for a caller that reports them itself.
  int descriptor() const { return socket_; }

  /// Sends and waits for the reply, for at most `timeout_ms`; safe from any thread. 999 when the driver is
  /// gone.
  int ask(const Request& request, Reply& reply, const void* payload = nullptr, void* answer = nullptr,
          std::size_t answer_bytes = 0, int timeout_ms = 30'000);
  /// An ask() without payload.
  int ask(Op op, std::uint32_t gpu, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
          std::uint64_t* value = nullptr);

 private:
  int connect_socket(const char* path);
  int attach(Role role);
  bool map(int descriptor);

  int socket_ = -1;
  Role role_ = Role::kNvml;
  std::atomic<const Page*> page_ = nullptr;
  std::size_t page_bytes_ = 0;
  std::uint64_t page_device_ = 0, page_inode_ = 0;
  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace nvstack::channel
