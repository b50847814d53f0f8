// AskApart asks every GPU in a thread of its own: one whose driver hangs keeps nobody from the others.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "smi/patience.hpp"

namespace nvstack::cli {

class AskApart {
 public:
  /// Tells by the progress whom it asks, as nvidia-smi's own runs do.
  using Work = std::function<void(smi::Progress&)>;

  explicit AskApart(smi::Limits limits = {});
  /// Does `work_for(gpu)` for all of them at the same time and waits for each until it is done or its
  /// patience is over. True for each, in their order, whose work is done. What has not come back goes on
  /// alone: it must own what it uses, and its GPU is not asked again before.
  std::vector<bool> run(const std::vector<unsigned>& gpus, const std::function<Work(unsigned)>& work_for);
  /// Is there work that has not come back?
  bool has_left_behind() const;

 private:
  struct Shared;
  smi::Limits limits_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace nvstack::cli
