// Path words without touching a disk: cleaning, splitting, and resolution of links beneath a root by a
// callback.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nvstack::host {

constexpr int kLinksMax = 40;  // as the kernel's own limit (ELOOP)

/// "/a//b/./c" -> {a, b, c}; ".." is kept.
std::vector<std::string> path_parts(std::string_view path);
std::string join_parts(const std::vector<std::string>& parts);
/// The lexical form: "/a/x/../b" -> "/a/b", never above "/".
std::string clean_path(std::string_view path);

/// Follows links as if "/" were the root: `read_link` gets a resolved path and gives the target when it is a
/// link. ".." stops at the root. Fails after 40 links.
Result<std::string> resolve_beneath(
    std::string_view path, const std::function<std::optional<std::string>(const std::string&)>& read_link,
    bool follow_last = true);

}  // namespace nvstack::host
