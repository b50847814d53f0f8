#include "host/path.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::host {

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/'))
    if (!part.empty() && part != ".") parts.emplace_back(part);
  return parts;
}

std::string join_parts(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  return path.empty() ? "/" : path;
}

namespace {

/// Absolute, without "//", without parts that begin with a dot, without a slash at the end.
bool is_plainly_clean(std::string_view path) {
  if (path.size() < 2 || path[0] != '/' || path.back() == '/') return false;
  for (std::size_t at = 0; at + 1 < path.size(); ++at)
    if (path[at] == '/' && (path[at + 1] == '/' || path[at + 1] == '.')) return false;
  return true;
}

}  // namespace

std::string clean_path(std::string_view path) {
  if (is_plainly_clean(path)) return std::string(path);
  std::vector<std::string> kept;
  for (std::string& part : path_parts(path)) {
    if (part != "..") {
      kept.push_back(std::move(part));
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return join_parts(kept);
}

Result<std::string> resolve_beneath(
    std::string_view path, const std::function<std::optional<std::string>(const std::string&)>& read_link,
    bool follow_last) {
  std::vector<std::string> todo = path_parts(path);
  std::reverse(todo.begin(), todo.end());  // the next part is at the back
  std::vector<std::string> done;
  int links = 0;
  while (!todo.empty()) {
    std::string part = std::move(todo.back());
    todo.pop_back();
    if (part == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    done.push_back(std::move(part));
    if (todo.empty() && !follow_last) break;
    const std::optional<std::string> target = read_link(join_parts(done));
    if (!target) continue;
    if (++links > kLinksMax)
      return fail(ErrorCode::kMalformed, "too many links on the way to " + std::string(path));
    if (target->substr(0, 1) == "/") {
      done.clear();
    } else {
      done.pop_back();
    }
    std::vector<std::string> more = path_parts(*target);
    todo.insert(todo.end(), more.rbegin(), more.rend());
  }
  return join_parts(done);
}

}  // namespace nvstack::host
