// pacman's local database: one directory NAME-VERSION-RELEASE with a `desc` file for each package.
#include <algorithm>

#include "base/text.hpp"
#include "facts/ini.hpp"
#include "facts/packages.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kLocal = "/var/lib/pacman/local";

/// "nvidia-open-595.45.04-1" -> "nvidia-open": version and release never hold a '-'.
std::string_view name_of_directory(std::string_view directory) {
  for (int i = 0; i < 2; ++i) {
    const std::size_t dash = directory.rfind('-');
    if (dash == std::string_view::npos) return {};
    directory = directory.substr(0, dash);
  }
  return directory;
}

}  // namespace

Result<Package> parse_pacman_desc(std::string_view text) {
  Package package;
  std::string_view key;
  for (const std::string_view line : split_lines(text)) {
    if (line.size() > 2 && line.front() == '%' && line.back() == '%') {
      key = line;
    } else if (!line.empty()) {
      if (key == "%NAME%") package.name = line;
      if (key == "%VERSION%") package.version = line;
      if (key == "%ARCH%") package.arch = line;
      if (key == "%PACKAGER%") package.origin = line;
      key = {};  // these keys have one line
    }
  }
  if (package.name.empty() || package.version.empty() || has_control_bytes(package.name + package.version))
    return fail(ErrorCode::kMalformed, "no %NAME% and %VERSION% of a package");
  return package;
}

std::vector<std::string> parse_ignored_packages(std::string_view text) {
  std::vector<std::string> names;
  for (const Section& section : parse_sections(text))
    for (const auto& [key, value] : section.entries)
      if (key == "IgnorePkg")
        for (const std::string_view word : split_words(value)) names.emplace_back(word);
  return names;
}

Result<std::vector<Package>> read_pacman_packages(const host::Host& host, Packages& answer) {
  std::vector<Package> found;
  for (const host::DirectoryEntry& entry : TRY(host.list(kLocal))) {
    if (!belongs_to_stack(name_of_directory(entry.name))) continue;
    const std::string path = std::string(kLocal) + "/" + entry.name + "/desc";
    auto text = host.read(path);
    // A directory without its desc is what an interrupted transaction leaves.
    if (!text && text.error().code == ErrorCode::kNotFound) {
      answer.other_broken.emplace_back(name_of_directory(entry.name));
      continue;
    }
    found.push_back(TRY_AS("reading " + path, parse_pacman_desc(TRY(std::move(text)))));
  }
  const auto ignored = parse_ignored_packages(read_optional(host, "/etc/pacman.conf", answer));
  for (Package& package : found)
    package.held = std::any_of(ignored.begin(), ignored.end(),
                               [&](const std::string& pattern) { return glob_match(pattern, package.name); });
  return found;
}

}  // namespace nvstack::facts
