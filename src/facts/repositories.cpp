// The package repositories that are configured, in the four ways that distributions write them down, and the
// keys of NVIDIA's archives.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/ini.hpp"
#include "facts/packages.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kRepositoriesMax = 4096;

bool serves_nvidia(std::string_view url) {
  for (const std::string_view place :
       {"developer.download.nvidia.", "nvidia.github.io", "download.nvidia.com", "repo.download.nvidia.com",
        "/cuda-repo-", "/nvidia-driver-local-repo"})
    if (contains(url, place)) return true;
  return false;
}

bool is_yes(std::string_view value, bool when_empty) {
  if (value.empty()) return when_empty;
  const std::string word = to_lower(value);
  return word == "1" || word == "yes" || word == "true" || word == "on";
}

void add_apt(std::vector<Repository>& found, const std::string& file, std::string_view url,
             std::string_view suite, bool enabled) {
  if (found.size() == kRepositoriesMax) return;
  Repository repository;
  repository.file = file, repository.url = url, repository.name = suite, repository.enabled = enabled;
  repository.nvidia = serves_nvidia(url);
  found.push_back(std::move(repository));
}

/// The paragraphs of a deb822 text as sections: "Key: value", indented lines continue.
std::vector<Section> parse_paragraphs(std::string_view text) {
  std::vector<Section> paragraphs(1);
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).empty()) {
      if (!paragraphs.back().entries.empty()) paragraphs.emplace_back();
      continue;
    }
    if (line.front() == '#') continue;
    auto& entries = paragraphs.back().entries;
    if (line.front() == ' ' || line.front() == '\t') {
      if (!entries.empty()) entries.back().second += " " + std::string(trim(line));
    } else if (const auto field = cut(line, ":")) {
      entries.emplace_back(to_lower(trim(field->first)), trim(field->second));
    }
  }
  return paragraphs;
}

void read_directory(const host::Host& host, Packages& answer, const std::string& directory,
                    std::string_view pattern,
                    std::vector<Repository> (*parse)(std::string_view, const std::string&)) {
  for (const std::string& name : host::list_matching(host, directory, pattern)) {
    const std::string path = directory + "/" + name;
    for (Repository& repository : parse(read_optional(host, path, answer), path))
      answer.repositories.push_back(std::move(repository));
  }
}

}  // namespace

std::vector<Repository> parse_repo_ini(std::string_view text, const std::string& file) {
  std::vector<Repository> found;
  for (const Section& section : parse_sections(text)) {
    if (section.name.empty() || section.name == "main") continue;
    Repository repository;
    repository.file = file, repository.name = section.name;
    repository.url = section.last("baseurl");
    if (repository.url.empty()) repository.url = section.last("mirrorlist");
    if (repository.url.empty()) repository.url = section.last("metalink");
    repository.enabled = is_yes(section.last("enabled"), true);
    repository.module_hotfixes = is_yes(section.last("module_hotfixes"), false);
    repository.nvidia = serves_nvidia(repository.url);
    found.push_back(std::move(repository));
  }
  return found;
}

std::vector<Repository> parse_apt_list(std::string_view text, const std::string& file) {
  std::vector<Repository> found;
  for (const std::string_view raw : split_lines(text)) {
    std::string_view line = raw.substr(0, raw.find('#'));
    // Options in brackets may hold blanks: deb [ arch=amd64 signed-by=/x ] URL suite
    std::string without_options(line);
    const std::size_t open = line.find('['), close = line.find(']');
    if (open != std::string_view::npos && close != std::string_view::npos && open < close)
      without_options = std::string(line.substr(0, open)) + " " + std::string(line.substr(close + 1));
    const auto words = split_words(without_options);
    if (words.size() >= 3 && words[0] == "deb") add_apt(found, file, words[1], words[2], true);
  }
  return found;
}

std::vector<Repository> parse_apt_sources(std::string_view text, const std::string& file) {
  std::vector<Repository> found;
  for (const Section& paragraph : parse_paragraphs(text)) {
    const auto types = split_words(paragraph.last("types"));
    if (std::find(types.begin(), types.end(), "deb") == types.end()) continue;
    const bool enabled = is_yes(paragraph.last("enabled"), true);
    if (found.size() == kRepositoriesMax) break;
    for (const std::string_view url : split_words(paragraph.last("uris")))
      for (const std::string_view suite : split_words(paragraph.last("suites")))
        add_apt(found, file, url, suite, enabled);
  }
  return found;
}

void read_repositories(const host::Host& host, Packages& answer) {
  const std::string list = "/etc/apt/sources.list";
  for (Repository& repository : parse_apt_list(read_optional(host, list, answer), list))
    answer.repositories.push_back(std::move(repository));
  read_directory(host, answer, "/etc/apt/sources.list.d", "*.list", parse_apt_list);
  read_directory(host, answer, "/etc/apt/sources.list.d", "*.sources", parse_apt_sources);
  read_directory(host, answer, "/etc/yum.repos.d", "*.repo", parse_repo_ini);
  read_directory(host, answer, "/etc/zypp/repos.d", "*.repo", parse_repo_ini);
  for (const std::string directory :
       {"/etc/apt/trusted.gpg.d", "/usr/share/keyrings", "/etc/apt/keyrings", "/etc/pki/rpm-gpg"})
    for (const std::string& name : host::list_matching(host, directory, "*")) {
      const std::string word = to_lower(name);
      if (contains(word, "cuda") || contains(word, "nvidia"))
        answer.keys.push_back(std::string(directory) + "/" + name);
    }
}

}  // namespace nvstack::facts
