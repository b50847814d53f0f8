// Locks that keep packages at a version (dnf versionlock, zypper locks), and lock files of a manager at work.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/packages.hpp"

namespace nvstack::facts {

namespace {

// dpkg's lock files are always there, held or not, so their being there says nothing.
constexpr std::array kLockFiles = {"/var/run/zypp.pid", "/var/lib/pacman/db.lck"};

std::string_view unquote(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    return value.substr(1, value.size() - 2);
  return value;
}

/// "name = value" or "name: value" of the wanted name.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name,
                                         std::string_view separator) {
  const auto parts = cut(line, separator);
  if (!parts || trim(parts->first) != name) return std::nullopt;
  return unquote(parts->second);
}

void mark_held(Packages& answer) {
  for (const std::string& lock : answer.locks) {
    if (lock.front() == '!') continue;  // an exclusion: this version may not come, the package is not held
    for (Package& package : answer.packages)
      if (glob_match(lock, package.name) || glob_match(lock, package.name + "-" + package.version) ||
          glob_match(lock, package.name + "-" + package.version + "." + package.arch))
        package.held = true;
  }
}

}  // namespace

bool lock_names_stack(std::string_view pattern) {
  if (pattern.substr(0, 1) == "!") pattern.remove_prefix(1);
  for (const std::string_view word : {"nvidia", "cuda", "cudnn", "kernel", "dkms"})
    if (contains(pattern, word)) return true;
  return belongs_to_stack(pattern);
}

std::vector<std::string> parse_version_lock_list(std::string_view text) {
  std::vector<std::string> locks;
  for (const std::string_view raw : split_lines(text)) {
    const std::string_view line = trim(raw);
    if (!line.empty() && line.front() != '#' && lock_names_stack(line)) locks.emplace_back(line);
  }
  return locks;
}

std::vector<std::string> parse_version_lock_toml(std::string_view text) {
  std::vector<std::string> locks;
  for (const std::string_view line : split_lines(text))
    if (const auto name = value_of(line, "name", "="); name && lock_names_stack(*name))
      locks.emplace_back(*name);
  return locks;
}

std::vector<std::string> parse_zypp_locks(std::string_view text) {
  std::vector<std::string> locks;
  for (const std::string_view line : split_lines(text))
    if (const auto name = value_of(line, "solvable_name", ":"); name && lock_names_stack(*name))
      locks.emplace_back(*name);
  return locks;
}

void read_package_locks(const host::Host& host, Packages& answer) {
  const auto add = [&](std::vector<std::string> locks) {
    answer.locks.insert(answer.locks.end(), locks.begin(), locks.end());
  };
  add(parse_version_lock_list(read_optional(host, "/etc/dnf/plugins/versionlock.list", answer)));
  add(parse_version_lock_toml(read_optional(host, "/etc/dnf/versionlock.toml", answer)));
  add(parse_zypp_locks(read_optional(host, "/etc/zypp/locks", answer)));
  mark_held(answer);
  for (const char* path : kLockFiles)
    if (host::exists(host, path)) answer.lock_files.emplace_back(path);
}

}  // namespace nvstack::facts
