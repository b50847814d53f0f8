#include "live/process_order.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"

namespace nvstack::live {

namespace {

/// What is not known stands below what is.
double number_of(const Number& number) {
  return number.value_or(-1);
}

int compare_numbers(double a, double b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

int compare(const Process& a, const Process& b, Column column) {
  switch (column) {
    case Column::kPid: return compare_numbers(a.pid, b.pid);
    case Column::kUser: return a.user.compare(b.user);
    case Column::kGpu: return compare_numbers(static_cast<double>(a.gpu), static_cast<double>(b.gpu));
    case Column::kType: return a.type.compare(b.type);
    case Column::kGpuMemory:
      return compare_numbers(number_of(a.gpu_memory_bytes), number_of(b.gpu_memory_bytes));
    case Column::kSm: return compare_numbers(number_of(a.sm_percent), number_of(b.sm_percent));
    case Column::kCpu: return compare_numbers(number_of(a.cpu_percent), number_of(b.cpu_percent));
    case Column::kMemory: return compare_numbers(number_of(a.memory_bytes), number_of(b.memory_bytes));
    case Column::kTime: return compare_numbers(number_of(a.seconds), number_of(b.seconds));
    case Column::kPlace: return place_word(a.place).compare(place_word(b.place));
    case Column::kCommand: return a.command.compare(b.command);
  }
  return 0;
}

std::vector<const Process*> sorted(const Snapshot& snapshot, const ViewState& state) {
  std::vector<const Process*> found;
  for (const Process& process : snapshot.processes)
    if ((state.scope == Scope::kAllGpus || process.gpu == state.gpu) && matches_filter(process, state.filter))
      found.push_back(&process);
  std::stable_sort(found.begin(), found.end(), [&](const Process* a, const Process* b) {
    const int order = compare(*a, *b, state.sort);
    if (order != 0) return state.direction == Direction::kAscending ? order < 0 : order > 0;
    return std::pair(a->pid, a->gpu) < std::pair(b->pid, b->gpu);
  });
  return found;
}

/// What the tree groups by: the place and who owns it.
std::string head_of(const Process& process) {
  std::string head = place_word(process.place);
  if (const char* runtime = runtime_name(process.place.runtime); *runtime)
    head = std::string(runtime) + " " + head;
  if (head.empty()) head = "-";
  return process.user.empty() ? head : head + " (" + process.user + ")";
}

/// A group's processes, each below its parent where that one is in the group too.
void append_group(std::vector<ProcessLine>& lines, const std::vector<const Process*>& group) {
  std::set<unsigned> pids;
  for (const Process* process : group) pids.insert(process->pid);
  std::set<const Process*> placed;
  const auto place = [&](const auto& self, const Process* process, std::size_t depth) -> void {
    constexpr std::size_t kDepthMax = 16;
    if (depth > kDepthMax || !placed.insert(process).second) return;
    lines.push_back({process, depth, {}});
    for (const Process* child : group)
      if (child->parent == process->pid && child->pid != process->pid) self(self, child, depth + 1);
  };
  for (const Process* process : group)
    if (!pids.contains(process->parent)) place(place, process, 1);
  for (const Process* process : group) place(place, process, 1);  // a ring of parents, or too deep
}

}  // namespace

bool matches_filter(const Process& process, std::string_view filter) {
  if (filter.empty()) return true;
  const std::string text =
      to_lower(process.command + " " + process.user + " " + std::to_string(process.pid) + " " +
               process.place.container + " " + process.place.pod + " " + process.place.pod_name + " " +
               process.place.unit + (process.place.job.empty() ? "" : " job " + process.place.job) + " " +
               runtime_name(process.place.runtime));
  for (const std::string_view word : split_words(filter))
    if (!contains(text, to_lower(word))) return false;
  return true;
}

std::vector<ProcessLine> order_processes(const Snapshot& snapshot, const ViewState& state) {
  const auto processes = sorted(snapshot, state);
  std::vector<ProcessLine> lines;
  if (state.arrangement == Arrangement::kList) {
    for (const Process* process : processes) lines.push_back({process, 0, {}});
    return lines;
  }
  std::vector<std::string> heads;  // in the order of their first process
  std::map<std::string, std::vector<const Process*>> groups;
  for (const Process* process : processes) {
    auto& group = groups[head_of(*process)];
    if (group.empty()) heads.push_back(head_of(*process));
    group.push_back(process);
  }
  for (const std::string& head : heads) {
    lines.push_back({nullptr, 0, head});
    append_group(lines, groups[head]);
  }
  return lines;
}

std::optional<std::size_t> find_chosen(const std::vector<ProcessLine>& lines, const ViewState& state) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].process) continue;
    if (!first) first = i;
    if (lines[i].process->pid == state.pid && lines[i].process->gpu == state.pid_gpu) return i;
  }
  return first;
}

}  // namespace nvstack::live
