#include "live/processes.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::live {

namespace {

constexpr std::size_t kFieldsUsed = 22;  // behind the name: up to the resident pages
constexpr std::size_t kCommandMax = 1000, kPidsMax = 4096;
constexpr host::ReadLimits kText{.bytes_max = 64u << 10, .excess = host::ReadLimits::Excess::kKeepStart};

double ticks_a_second() {
  static const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ticks > 0 ? ticks : 100;
}
double page_bytes() {
  static const double bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return bytes > 0 ? bytes : 4096;
}

std::string read_command(const host::Host& host, const std::string& folder, const std::string& name) {
  const auto words = host.read(folder + "/cmdline",
                               {.bytes_max = kCommandMax, .excess = host::ReadLimits::Excess::kKeepStart});
  if (!words || words->empty()) return "[" + printable(name, 60) + "]";
  std::string text = replace_all(*words, std::string(1, '\0'), " ");
  return printable(trim(text), kCommandMax);
}

double uptime_of(const host::Host& host) {
  const auto line = read_line(host, "/proc/uptime");
  const auto words = line ? split_words(*line) : std::vector<std::string_view>{};
  return words.empty() ? 0 : parse_double(words[0]).value_or(0);
}

/// A pod's containers know the pod's name by the downward API or, as every pod does, by their host name.
std::string pod_name_of(std::string_view environment) {
  for (const char* name : {"POD_NAME", "HOSTNAME"})
    if (const auto value = find_variable(environment, name); value && !value->empty())
      return printable(*value, 120);
  return "";
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto fields = split_words(text.substr(close + 1));
  if (fields.size() < kFieldsUsed) return std::nullopt;
  const auto parent = parse_uint(fields[1]), user = parse_uint(fields[11]), system = parse_uint(fields[12]),
             start = parse_uint(fields[19]), pages = parse_uint(fields[21]);
  if (!parent || !user || !system || !start || !pages || fields[0].size() != 1) return std::nullopt;
  return ProcessStat{static_cast<unsigned>(*parent),
                     *user + *system,
                     *start,
                     *pages,
                     std::string(text.substr(open + 1, close - open - 1)),
                     fields[0][0]};
}

std::vector<unsigned> parse_inner_pids(std::string_view status) {
  constexpr std::size_t kNamespacesMax = 32;
  std::vector<unsigned> pids;
  for (const std::string_view line : split_lines(status))
    if (line.starts_with("NSpid:"))
      for (const std::string_view word : split_words(line.substr(6)))
        if (const auto pid = parse_uint(word); pid && *pid <= INT32_MAX && pids.size() < kNamespacesMax)
          pids.push_back(static_cast<unsigned>(*pid));
  return pids;
}

std::optional<std::string> find_variable(std::string_view environment, std::string_view name) {
  for (const std::string_view entry : split(environment, '\0'))
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string(entry.substr(name.size() + 1));
  return std::nullopt;
}

ProcessReader::ProcessReader(const host::Host& host) : host_(host) {
  // Only this file: a directory service could keep the view waiting.
  const auto passwd = host.read("/etc/passwd", kText);
  if (!passwd) return;
  for (const std::string_view line : split_lines(*passwd)) {
    const auto parts = split(line, ':');
    if (parts.size() < 3) continue;
    const auto number = parse_uint(parts[2]);
    if (number && *number <= UINT32_MAX)
      users_.emplace(static_cast<std::uint32_t>(*number), printable(parts[0], 32));
  }
}

std::string ProcessReader::user_of(std::uint32_t number) {
  const auto found = users_.find(number);
  return found == users_.end() ? std::to_string(number) : found->second;
}

void ProcessReader::read_lasting(const std::string& folder, ProcessDetails& details) {
  if (const auto status = host_.status(folder)) details.user = user_of(status->uid);
  details.command = read_command(host_, folder, details.stat.name);
  if (const auto text = host_.read(folder + "/status", kText)) details.inner_pids = parse_inner_pids(*text);
  if (const auto text = host_.read(folder + "/cgroup", kText)) details.place = parse_cgroup(*text);
  if (!details.place.pod.empty())
    if (const auto text = host_.read(folder + "/environ", kText)) details.place.pod_name = pod_name_of(*text);
}

std::map<unsigned, ProcessDetails> ProcessReader::read(const std::vector<unsigned>& pids,
                                                       std::chrono::steady_clock::time_point now) {
  std::map<unsigned, Known> kept;
  std::map<unsigned, ProcessDetails> all;
  const double uptime = pids.empty() ? 0 : uptime_of(host_);
  for (std::size_t i = 0; i < std::min(pids.size(), kPidsMax); ++i) {
    const std::string folder = "/proc/" + std::to_string(pids[i]);
    const auto text = host_.read(folder + "/stat", kText);
    const auto stat = text ? parse_process_stat(*text) : std::nullopt;
    if (!stat) continue;
    const auto before = known_.find(pids[i]);
    // The same number may be another process, and the same process another program.
    const bool same = before != known_.end() &&
                      before->second.details.stat.start_ticks == stat->start_ticks &&
                      before->second.details.stat.name == stat->name;
    Known entry;
    if (same) entry.details = before->second.details;
    entry.details.stat = *stat;
    if (!same) read_lasting(folder, entry.details);
    const double elapsed = same ? std::chrono::duration<double>(now - before->second.when).count() : 0;
    if (elapsed > 0 && stat->cpu_ticks >= before->second.cpu_ticks)
      entry.details.cpu_percent =
          static_cast<double>(stat->cpu_ticks - before->second.cpu_ticks) / ticks_a_second() / elapsed * 100;
    entry.details.memory_bytes = static_cast<double>(stat->resident_pages) * page_bytes();
    entry.details.seconds = std::max(0.0, uptime - static_cast<double>(stat->start_ticks) / ticks_a_second());
    entry.cpu_ticks = stat->cpu_ticks, entry.when = now;
    all.emplace(pids[i], entry.details);
    kept.emplace(pids[i], std::move(entry));
  }
  known_ = std::move(kept);
  return all;
}

}  // namespace nvstack::live
