// AskApart asks every GPU in a thread of its own: one whose driver hangs keeps nobody from the others.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace nvstack::cli {

class AskApart {
 public:
  using Work = std::function<void()>;

  AskApart();
  using Patience = std::function<std::chrono::milliseconds(unsigned)>;

  /// Does `work_for(gpu)` for all of them at the same time and waits for each until it is done, or for
  /// `patience_for(gpu)`. True for each, in their order, whose work is done. What has not come back goes on
  /// alone: it must own what it uses, and its GPU is not asked again before.
  std::vector<bool> run(const std::vector<unsigned>& gpus, const std::function<Work(unsigned)>& work_for,
                        const Patience& patience_for);
  /// Is there work that has not come back?
  bool has_left_behind() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace nvstack::cli
