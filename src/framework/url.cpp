#include "framework/url.hpp"

#include <vector>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view without_query(std::string_view url) {
  std::size_t end = 0;
  while (end < url.size() && url[end] != '?' && url[end] != '#') ++end;
  return url.substr(0, end);
}

/// Where the path begins: behind "https://host".
std::size_t path_start(std::string_view url) {
  const std::size_t authority = url.find("://");
  if (authority == std::string_view::npos) return 0;
  return std::min(url.find('/', authority + 3), url.size());
}

/// "/a/b/../c/./d" -> "/a/c/d".
std::string without_dots(std::string_view path) {
  if (!contains(path, "./") && !path.ends_with("/..") && !path.ends_with("/.")) return std::string(path);
  std::vector<std::string_view> kept;
  for (const std::string_view part : split(path, '/')) {
    if (part == ".") continue;
    if (part == "..") {
      if (kept.size() > 1) kept.pop_back();
    } else {
      kept.push_back(part);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < kept.size(); ++i) out += (i == 0 ? "" : "/") + std::string(kept[i]);
  return out;
}

}  // namespace

std::string url_scheme(std::string_view url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 16) return "";
  for (const char c : url.substr(0, colon)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '+' && c != '-' && c != '.') return "";
  }
  return to_lower(url.substr(0, colon));
}

std::string url_host(std::string_view url) {
  const std::size_t authority = url.find("://");
  if (authority == std::string_view::npos) return "";
  std::string_view host = url.substr(authority + 3);
  host = host.substr(0, std::min(host.find_first_of("/?#"), host.size()));
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host = host.substr(user + 1);
  if (!host.starts_with('[')) host = host.substr(0, std::min(host.find(':'), host.size()));
  return to_lower(host);
}

std::string resolve_url(std::string_view page, std::string_view link) {
  if (contains(link.substr(0, 24), "://")) return std::string(link);
  const std::string scheme = url_scheme(page);
  if (link.starts_with("//")) return (scheme.empty() ? "https" : scheme) + ":" + std::string(link);
  const std::size_t start = path_start(page);
  const std::string_view head = page.substr(0, start);
  if (link.starts_with('/')) return std::string(head) + without_dots(link);
  std::string_view folder = without_query(page.substr(start));
  folder = folder.substr(0, folder.rfind('/') == std::string_view::npos ? 0 : folder.rfind('/') + 1);
  const std::string path = (folder.empty() && !head.empty() ? "/" : std::string(folder)) + std::string(link);
  return std::string(head) + without_dots(path);
}

std::string percent_decoded(std::string_view text) {
  const std::size_t plain = text.find('%');
  if (plain == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  out = text.substr(0, plain);
  for (std::size_t i = plain; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::string> url_file_name(std::string_view url) {
  const std::string_view path = without_query(url);
  std::string name =
      percent_decoded(path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
  if (name.find_first_of("/\\") != std::string::npos || name == ".." || has_control_bytes(name))
    return std::nullopt;
  return name;
}

}  // namespace nvstack::framework
