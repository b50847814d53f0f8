// What to wish instead: one thing at a time is given up, in the order in which people can do without it.
#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "framework/resolve.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kNearestMax = 6;

class Search {
 public:
  Search(const Request& request, const std::vector<Index>& indexes, const Tables& tables)
      : request_(request), indexes_(indexes), tables_(tables) {}

  std::vector<NearestWish> find() {
    without_torch();
    without_cuda();
    other_channel();
    other_python();
    other_driver();
    fewer_gpus();
    without_both();
    if (request_.libc.kind == LibcTarget::Kind::kMusl) with_glibc();
    integrated_gpus();
    return std::move(found_);
  }

 private:
  /// `change` says what is different; the build completes the sentence.
  bool add(const Request& changed, const std::string& change, const std::string& options) {
    if (found_.size() >= kNearestMax) return false;
    const auto best = find_best(changed, indexes_, tables_);
    if (!best) return false;
    found_.push_back(
        {{N_("{change}: torch {torch}+{variant}"),
          {{"change", translate(change)}, {"torch", best->torch.text()}, {"variant", best->variant}}},
         options});
    return true;
  }

  void without_torch() {
    if (request_.torch.empty()) return;
    Request changed = request_;
    changed.torch = {};
    add(changed, N_("another torch"), "");
  }
  void without_cuda() {
    if (!request_.cuda) return;
    Request changed = request_;
    changed.cuda.reset(), changed.match_toolkit = false;
    add(changed, N_("another CUDA variant"), "");
  }
  void without_both() {
    if (request_.torch.empty() || !request_.cuda) return;
    Request changed = request_;
    changed.cuda.reset(), changed.torch = {}, changed.match_toolkit = false;
    if (found_.empty()) add(changed, N_("another torch and another CUDA variant"), "");
  }
  void other_channel() {
    if (request_.channel != Channel::kStable) {
      Request changed = request_;
      changed.channel = Channel::kStable;
      add(changed, N_("with --channel stable"), "--channel stable");
      return;
    }
    if (!request_.cuda && indexes_.empty()) return;  // the tables know next to no nightly
    Request changed = request_;
    changed.channel = Channel::kNightly;
    add(changed, N_("with --channel nightly"), "--channel nightly");
  }
  void other_python() {
    std::vector<PythonTarget> pythons;
    for (const Release& release : tables_.releases->all())
      for (const PythonTarget& one : release.python)
        if (std::find(pythons.begin(), pythons.end(), one) == pythons.end()) pythons.push_back(one);
    const auto distance = [&](const PythonTarget& one) {
      return std::abs(static_cast<int>(one.minor) - static_cast<int>(request_.python.minor)) * 2 +
             (one.free_threaded != request_.python.free_threaded);
    };
    std::stable_sort(pythons.begin(), pythons.end(),
                     [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
    for (const PythonTarget& one : pythons) {
      if (one == request_.python) continue;
      Request changed = request_;
      changed.python = one;
      if (add(changed, "--python " + one.text(), "--python " + one.text())) return;
    }
  }
  void other_driver() {
    if (!request_.driver || request_.driver_kind == DriverKind::kWindows) return;
    std::vector<Version> drivers = tables_.cuda->drivers();
    const bool too_new = std::any_of(request_.gpus.begin(), request_.gpus.end(), [&](const WantedGpu& gpu) {
      return gpu.last_branch && static_cast<int>(request_.driver->branch()) > *gpu.last_branch;
    });
    if (too_new) std::reverse(drivers.begin(), drivers.end());
    for (const Version& driver : drivers) {
      if (too_new ? driver >= *request_.driver : driver <= *request_.driver) continue;
      Request changed = request_;
      changed.driver = driver;
      if (add(changed, "--driver " + driver.text, "--driver " + driver.text)) return;
    }
  }
  void fewer_gpus() {
    for (std::size_t i = 0; i < request_.gpus.size() && request_.gpus.size() > 1; ++i) {
      Request changed = request_;
      changed.gpus = {request_.gpus[i]};
      const bool twice =
          std::any_of(request_.gpus.begin(), request_.gpus.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const WantedGpu& gpu) { return gpu.capability == request_.gpus[i].capability; });
      if (twice || found_.size() >= kNearestMax) continue;
      const auto best = find_best(changed, indexes_, tables_);
      if (!best) continue;
      found_.push_back(
          {{N_("in an environment of its own for {gpu}, chosen with CUDA_VISIBLE_DEVICES: torch "
               "{torch}+{variant}"),
            {{"gpu", request_.gpus[i].name}, {"torch", best->torch.text()}, {"variant", best->variant}}},
           "--gpu " + request_.gpus[i].capability.sm()});
    }
  }
  void with_glibc() {
    Request changed = request_;
    changed.libc = {LibcTarget::Kind::kGlibc, 2, 28};
    add(changed, N_("in a container whose system has glibc 2.28 or newer"), "--glibc 2.28");
  }
  void integrated_gpus() {
    const bool jetson = std::any_of(request_.gpus.begin(), request_.gpus.end(),
                                    [](const WantedGpu& gpu) { return gpu.integrated; });
    if (jetson && found_.size() < kNearestMax)
      found_.push_back(
          {N_("the wheels that NVIDIA publishes for Jetson, of the JetPack release on the board"), ""});
  }

  const Request& request_;
  const std::vector<Index>& indexes_;
  const Tables& tables_;
  std::vector<NearestWish> found_;
};

}  // namespace

std::vector<NearestWish> find_nearest(const Request& request, const std::vector<Index>& indexes,
                                      const Tables& tables) {
  return Search(request, indexes, tables).find();
}

}  // namespace nvstack::framework
