// The driver of this machine as `nvstack smi record` and `watch` ask it again and again: its library, its
// GPUs, and the beat at which they are asked.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/ask_apart.hpp"
#include "cli/command.hpp"
#include "smi/session.hpp"

namespace nvstack::cli {

class LiveDriver {
 public:
  /// Loads the library and initialises it. Errors: kNotAvailable in nvidia-smi's words.
  static Result<LiveDriver> open();
  /// The same with a library that is there already.
  static Result<LiveDriver> adopt(nvml::Nvml library);
  LiveDriver(LiveDriver&&) = default;
  LiveDriver& operator=(LiveDriver&&) = delete;
  ~LiveDriver();

  /// The numbers of the GPUs of `ids`; one that gives no answer has its index alone for a name.
  /// Errors: kNotFound.
  Result<std::vector<unsigned>> gpus(const std::string& ids);
  /// What `ask(system, target)` gives for each of them, all asked at the same time; nothing where a GPU gave
  /// no answer within the patience of nvidia-smi. `ask` must own what it uses.
  template <typename T>
  std::vector<std::optional<T>> ask_each(const std::vector<unsigned>& gpus,
                                         const std::function<T(smi::System&, smi::Target&)>& ask);

 private:
  using Ask = std::function<void(smi::System&, smi::Target&)>;
  LiveDriver() = default;
  unsigned count();
  /// Whose work is done, in the order of `gpus`.
  std::vector<bool> run_each(const std::vector<unsigned>& gpus, const std::function<Ask(unsigned)>& ask_for);

  std::unique_ptr<nvml::Nvml> library_;
  std::map<unsigned, std::shared_ptr<nvml::Nvml>> libraries_;  // one a GPU's thread
  smi::Compat compat_;
  AskApart apart_;
};

template <typename T>
std::vector<std::optional<T>> LiveDriver::ask_each(const std::vector<unsigned>& gpus,
                                                   const std::function<T(smi::System&, smi::Target&)>& ask) {
  std::map<unsigned, std::shared_ptr<std::optional<T>>> slots;
  const auto done = run_each(gpus, [&](unsigned gpu) -> Ask {
    const auto slot = slots[gpu] = std::make_shared<std::optional<T>>();
    return [slot, ask](smi::System& system, smi::Target& target) { *slot = ask(system, target); };
  });
  std::vector<std::optional<T>> answers(gpus.size());
  for (std::size_t i = 0; i < gpus.size(); ++i)
    if (done[i]) answers[i] = *slots.at(gpus[i]);  // a GPU may be named twice
  return answers;
}

/// How a verb comes to its driver; a test gives its own.
using OpenDriver = Result<LiveDriver> (*)();

/// "1000", "200ms", "2s" of --interval; a number alone is milliseconds, as in nvidia-smi -lms. Errors:
/// kUsage.
Result<std::int64_t> parse_interval(const std::string& text);

struct BeatLimits {
  std::int64_t interval_ms = 1000;
  std::optional<std::int64_t> for_ms;
  std::optional<std::uint64_t> count;
};

/// Beats at a fixed rate until its limits are reached, or SIGINT or SIGTERM come. While it lives those two
/// end nothing else.
class Beat {
 public:
  explicit Beat(const BeatLimits& limits);
  Beat(const Beat&) = delete;
  Beat& operator=(const Beat&) = delete;
  ~Beat();

  /// Waits until the next beat, the first one at once; false when there is none any more.
  bool next();
  /// Since the first beat.
  std::int64_t elapsed_ms() const;

 private:
  bool wait_until(std::int64_t due_ns);

  BeatLimits limits_;
  sigset_t signals_, before_;
  std::int64_t start_ns_ = 0;
  std::uint64_t beats_ = 0;
};

/// Says that a GPU gives no answer, in the words of `silence`, or that it answers again.
void tell_silence(Terminal& terminal, unsigned gpu, bool silent, const char* silence);

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace nvstack::cli
