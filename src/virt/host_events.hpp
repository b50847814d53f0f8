// What files of the host view that do more than hold text come to in the model: opens of device nodes, writes
// to bind and unbind, ioctls; and which libraries and programs a host shows. Private to virt.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "virt/host_view.hpp"
#include "virt/model.hpp"

namespace nvstack::virt {

class HostEvents {
 public:
  explicit HostEvents(Model& model) : model_(model) {}

  /// The callbacks for HostView::mount; `view` is asked when an answer comes later.
  NodeEvents callbacks(std::function<HostView*()> view);
  /// Answers the opens whose initialisation is due.
  void tick();

 private:
  int opened(const NodeOpen& open, std::uint64_t ticket);
  void released(const NodeOpen& open);
  int written(const NodeOpen& open, std::string_view text);
  int set_registry(const std::string& path, std::string_view text);
  int set_power_state(std::string_view text);
  int controlled(const NodeOpen& open, unsigned request, std::string& argument, std::uint64_t ticket);
  std::optional<std::size_t> gpu_of(const std::string& path) const;
  std::optional<std::size_t> gpu_at(std::string_view bdf) const;
  int bind(std::string_view driver, std::string_view bdf);
  int unbind(std::string_view driver, std::string_view bdf);
  int new_id(const std::string& driver, std::string_view text);
  int remove_id(const std::string& driver, std::string_view text);

  struct Pending {
    std::uint64_t ticket = 0, wait_ticket = 0;  // of the open, of an ioctl that waits for it; 0 for none
    std::uint64_t open = 0;
    std::size_t gpu = 0;
    std::int64_t ready_ns = 0;
  };
  Model& model_;
  std::function<HostView*()> view_;
  std::map<std::uint64_t, std::vector<std::size_t>> holds_;  // open file description -> GPUs
  std::map<std::uint64_t, int> failed_;                      // the errno of a deferred open
  std::vector<Pending> pending_;
};

std::vector<HostLibrary> host_libraries(const std::string& folder, const std::string& version);
std::vector<HostProgram> host_programs(const std::string& folder);

}  // namespace nvstack::virt
