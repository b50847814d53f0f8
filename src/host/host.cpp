#include "host/host.hpp"

#include "base/text.hpp"

namespace nvstack::host {

Result<std::string> read_line(const Host& host, const std::string& path) {
  const std::string text = TRY(host.read(path, {.bytes_max = 64u << 10}));
  return std::string(trim(std::string_view(text).substr(0, text.find('\n'))));
}

bool exists(const Host& host, const std::string& path) {
  return host.status(path).has_value();
}

std::vector<std::string> list_matching(const Host& host, const std::string& directory,
                                       std::string_view pattern) {
  std::vector<std::string> names;
  const auto entries = host.list(directory);
  if (!entries) return names;
  for (const DirectoryEntry& entry : *entries)
    if (glob_match(pattern, entry.name)) names.push_back(entry.name);
  return names;
}

}  // namespace nvstack::host
