#include "virtml/event_sets.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

#include "virtml/words.hpp"

namespace nvstack::virtml {

constexpr std::size_t kGpusInSet = 4096, kEarlyMax = 64;
constexpr int kNoReply = -1;

/// A set asks for the union of its masks over all of its GPUs, since a request replaces the one before, and
/// sorts out what it receives.
struct EventSet {
  struct Entry {
    std::uint32_t position;
    unsigned long long mask;
  };
  channel::Connection connection;  // closes the socket, unless a test gave it
  int socket = -1;
  unsigned holders = 1;
  pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;
  std::atomic<int> reply_code =
      kNoReply;  // left by a waiter that received the reply to another thread's request
  std::size_t entries = 0, early = 0;
  Entry entry[kGpusInSet];
  channel::Event waiting[kEarlyMax];  // came before the reply to a request
};

namespace {

constexpr std::size_t kSetsMax = 256;
EventSet* sets[kSetsMax];
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void drop(EventSet* set) {
  if (--set->holders == 0) delete set;
}

std::size_t slot_of(nvmlEventSet_t set) {
  for (std::size_t i = 0; i < kSetsMax; ++i)
    if (sets[i] && reinterpret_cast<nvmlEventSet_t>(sets[i]) == set) return i;
  return kSetsMax;
}

}  // namespace

unsigned long long supported_events(const channel::Gpu& gpu) {
  unsigned long long types = nvmlEventTypeXidCriticalError | nvmlEventTypePState | nvmlEventTypeClock |
                             nvmlEventTypeGpuUnavailableError | nvmlEventTypeGpuRecoveryAction;
  if (value_or_zero(gpu, ReadingId::ecc_mode))
    types |= nvmlEventTypeSingleBitEccError | nvmlEventTypeDoubleBitEccError |
             nvmlEventTypeSingleBitEccErrorStorm | nvmlEventTypeDramRetirementEvent |
             nvmlEventTypeDramRetirementFailure | nvmlEventTypeNonFatalPoisonError |
             nvmlEventTypeFatalPoisonError;
  if (take(gpu, ReadingId::mig_mode).code == 0) types |= nvmlEventMigConfigChange;
  if (take(gpu, ReadingId::power_source).code == 0) types |= nvmlEventTypePowerSourceChange;
  return types;
}

nvmlReturn_t create_set(nvmlEventSet_t* out) {
  auto* set = new (std::nothrow) EventSet;
  if (!set) return NVML_ERROR_MEMORY;
  nvmlReturn_t code = NVML_SUCCESS;
  set->socket = open_events(set->connection, code);
  if (code || set->socket < 0) {
    delete set;
    return code ? code : NVML_ERROR_UNKNOWN;
  }
  pthread_mutex_lock(&lock);
  std::size_t slot = 0;
  while (slot < kSetsMax && sets[slot]) ++slot;
  if (slot < kSetsMax) sets[slot] = set;
  pthread_mutex_unlock(&lock);
  if (slot == kSetsMax) {
    delete set;
    return NVML_ERROR_INSUFFICIENT_RESOURCES;
  }
  *out = reinterpret_cast<nvmlEventSet_t>(set);
  return NVML_SUCCESS;
}

nvmlReturn_t free_set(nvmlEventSet_t set) {
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(set);
  if (slot < kSetsMax) {
    EventSet* known = sets[slot];
    sets[slot] = nullptr;
    ::shutdown(known->socket, SHUT_RDWR);  // wakes its waiter
    drop(known);
  }
  pthread_mutex_unlock(&lock);
  return slot < kSetsMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

EventSet* find_set(nvmlEventSet_t set) {
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(set);
  EventSet* known = slot < kSetsMax ? sets[slot] : nullptr;
  if (known) ++known->holders;
  pthread_mutex_unlock(&lock);
  return known;
}

void release_set(EventSet* set) {
  pthread_mutex_lock(&lock);
  drop(set);
  pthread_mutex_unlock(&lock);
}

namespace {

enum class Received { kEvent, kReply, kNothing, kGone };

/// The next message of the set's connection: events are told from replies by their size.
Received receive(EventSet& set, channel::Event& event, channel::Reply& reply, int timeout_ms) {
  pollfd waiting{set.socket, POLLIN, 0};
  const int ready = ::poll(&waiting, 1, timeout_ms);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return Received::kNothing;
  unsigned char bytes[sizeof(channel::Reply)];
  const ssize_t size = ready < 0 ? -1 : ::recv(set.socket, bytes, sizeof bytes, MSG_DONTWAIT);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return Received::kNothing;  // another waiter took it
  if (size == static_cast<ssize_t>(sizeof event)) {
    std::memcpy(&event, bytes, sizeof event);
    return Received::kEvent;
  }
  if (size != static_cast<ssize_t>(sizeof reply)) return Received::kGone;
  std::memcpy(&reply, bytes, sizeof reply);
  return Received::kReply;
}

nvmlReturn_t await_reply(EventSet& set) {
  constexpr int kTriesMax = 1000;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    channel::Event event{};
    channel::Reply reply{};
    if (const int code = set.reply_code.exchange(kNoReply); code != kNoReply)
      return static_cast<nvmlReturn_t>(code);
    switch (receive(set, event, reply, 30)) {
      case Received::kReply: return static_cast<nvmlReturn_t>(reply.code);
      case Received::kGone: return NVML_ERROR_UNKNOWN;
      case Received::kNothing: break;
      case Received::kEvent:
        if (set.early < kEarlyMax) set.waiting[set.early++] = event;
        break;
    }
  }
  return NVML_ERROR_TIMEOUT;
}

bool is_wanted(EventSet& set, const channel::Event& event) {
  pthread_mutex_lock(&set.asking);
  bool wanted = false;
  for (std::size_t i = 0; i < set.entries; ++i)
    wanted = wanted || (set.entry[i].position == event.gpu && (set.entry[i].mask & event.type));
  pthread_mutex_unlock(&set.asking);
  return wanted;
}

bool take_early(EventSet& set, channel::Event& event) {
  pthread_mutex_lock(&set.asking);
  const bool any = set.early > 0;
  if (any) {
    event = set.waiting[0];
    std::memmove(set.waiting, set.waiting + 1, --set.early * sizeof *set.waiting);
  }
  pthread_mutex_unlock(&set.asking);
  return any;
}

nvmlReturn_t send_masks(EventSet& set) {
  struct {
    channel::Request request;
    std::uint32_t positions[kGpusInSet];
  } message{};
  unsigned long long all = 0;
  for (std::size_t i = 0; i < set.entries; ++i) {
    all |= set.entry[i].mask;
    message.positions[i] = set.entry[i].position;
  }
  const auto payload = static_cast<std::uint32_t>(set.entries * sizeof(std::uint32_t));
  message.request = {channel::Op::wait_events, 0, 0, payload, {all}};
  const std::size_t bytes = sizeof message.request + payload;
  if (::send(set.socket, &message, bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes))
    return NVML_ERROR_UNKNOWN;
  return await_reply(set);
}

}  // namespace

nvmlReturn_t register_events(EventSet& set, unsigned position, unsigned long long mask) {
  if (!mask) return NVML_SUCCESS;
  pthread_mutex_lock(&set.asking);
  std::size_t at = 0;
  while (at < set.entries && set.entry[at].position != position) ++at;
  nvmlReturn_t code = NVML_ERROR_INSUFFICIENT_RESOURCES;
  if (at < kGpusInSet) {
    if (at == set.entries) set.entry[set.entries++] = {position, 0};
    set.entry[at].mask |= mask;
    code = send_masks(set);
  }
  pthread_mutex_unlock(&set.asking);
  return code;
}

nvmlReturn_t wait_event(EventSet& set, channel::Event& event, unsigned timeout_ms) {
  const std::int64_t end_ns = channel::monotonic_ns() + static_cast<std::int64_t>(timeout_ms) * 1'000'000;
  for (;;) {
    if (take_early(set, event)) {
      if (is_wanted(set, event)) return NVML_SUCCESS;
      continue;
    }
    const std::int64_t left_ms = (end_ns - channel::monotonic_ns() + 999'999) / 1'000'000;
    const int limit = left_ms < 0 ? 0 : left_ms > 0x7fffffff ? 0x7fffffff : static_cast<int>(left_ms);
    channel::Reply reply{};
    const Received received = receive(set, event, reply, limit);
    if (received == Received::kEvent && is_wanted(set, event)) return NVML_SUCCESS;
    if (received == Received::kReply) set.reply_code = reply.code;
    if (received == Received::kGone) return NVML_ERROR_UNKNOWN;
    if (received == Received::kNothing && channel::monotonic_ns() >= end_ns) return NVML_ERROR_TIMEOUT;
  }
}

}  // namespace nvstack::virtml
