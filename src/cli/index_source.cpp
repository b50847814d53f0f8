#include "cli/index_source.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/fetch.hpp"
#include "cli/machine.hpp"
#include "framework/url.hpp"
#include "host/live_host.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kPageBytesMax = 64u << 20;
constexpr const char* kProjects[] = {"torch", "torchvision", "torchaudio"};

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_page_name(const std::string& name) {
  return name.ends_with(".html") || name.ends_with(".htm") || name.ends_with(".json");
}

constexpr std::size_t kFilteredBytes = 1u << 20;

Result<framework::Index> understand(std::string text, const std::string& address,
                                    const std::string& interpreter, IndexSource& out) {
  if (interpreter.empty() || text.size() < kFilteredBytes) return framework::parse_index(text, address);
  framework::Index index = TRY(framework::parse_index(text, address, interpreter));
  out.pages.push_back({std::move(text), address});
  return index;
}

Status read_page(const std::string& path, const std::string& interpreter, IndexSource& out) {
  bool cut = false;
  std::string text = TRY(read_argument_file(path, kPageBytesMax, cut));
  if (cut) return fail(ErrorCode::kTooLarge, path + " is larger than an index page may be (64 MiB)");
  out.indexes.push_back(TRY(understand(std::move(text), path, interpreter, out)));
  return {};
}

/// A directory of wheels, of pages (torch.html), or of a saved tree (torch/index.html).
Status read_directory(const std::string& path, const std::string& interpreter, IndexSource& out) {
  const auto host = TRY_AS("reading " + path, host::LiveHost::open(path));
  std::vector<std::string> names;
  const std::size_t before = out.indexes.size();
  for (const host::DirectoryEntry& entry : TRY(host->list("/"))) {
    names.push_back(entry.name);
    if (is_page_name(entry.name)) TRY(read_page(path + "/" + entry.name, interpreter, out));
  }
  for (const char* project : kProjects)
    for (const char* page : {"index.html", "index.json"})
      if (host::exists(*host, "/" + std::string(project) + "/" + page))
        TRY(read_page(path + "/" + project + "/" + page, interpreter, out));
  framework::Index wheels = framework::index_of_names(names, path);
  if (!wheels.files.empty()) out.wheel_directory = path, out.indexes.push_back(std::move(wheels));
  if (out.indexes.size() == before)
    return fail(ErrorCode::kNotFound, path + " holds neither wheels nor index pages",
                "a directory of .whl files, or of saved pages such as torch.html");
  return {};
}

Result<framework::Index> read_address(const std::string& address, const std::string& interpreter,
                                      IndexSource& out) {
  Fetched page = TRY(fetch(address));
  return understand(std::move(page.body), page.address, interpreter, out);
}

bool has_torch(const framework::Index& index) {
  return std::any_of(index.files.begin(), index.files.end(),
                     [](const framework::IndexFile& file) { return file.wheel.project == "torch"; });
}

/// The page of one project brings its siblings along; the page of all projects, the family's pages.
Status read_web(const std::string& word, const std::string& interpreter, IndexSource& out) {
  std::string address = word;
  framework::Index first = TRY(read_address(address, interpreter, out));
  const bool is_list = !has_torch(first) &&
                       std::find(first.folders.begin(), first.folders.end(), "torch") != first.folders.end();
  const bool is_project =
      framework::url_file_name(address.ends_with('/') ? address.substr(0, address.size() - 1) : address) ==
      "torch";
  if (!address.ends_with('/')) address += '/';
  if (!is_list) out.indexes.push_back(std::move(first));
  if (!is_list && !is_project) return {};
  for (const char* project : kProjects) {
    if (is_project && std::string(project) == "torch") continue;
    const std::string page =
        framework::resolve_url(address, (is_project ? "../" : "") + std::string(project) + "/");
    auto index = read_address(page, interpreter, out);
    // A mirror without torchaudio still has torch; only the page that was asked for must be there.
    if (!index && std::string(project) == "torch") return fail(std::move(index).error());
    if (index) out.indexes.push_back(std::move(*index));
  }
  return {};
}

}  // namespace

Status read_whole_pages(IndexSource& source) {
  for (const IndexPage& page : source.pages)
    for (framework::Index& index : source.indexes)
      if (index.source == page.source && !index.interpreter.empty())
        index = TRY(framework::parse_index(page.text, page.source));
  source.pages.clear();
  return {};
}

Result<IndexSource> read_indexes(const std::vector<std::string>& words, Network network,
                                 const std::string& interpreter) {
  IndexSource out;
  for (const std::string& word : words) {
    const std::string scheme = framework::url_scheme(word);
    if (scheme == "http" || scheme == "https") {
      if (network == Network::kForbidden)
        return fail(ErrorCode::kUsage, "--offline, but --index is an address: " + printable(word, 200),
                    "save the page and give its path");
      TRY(read_web(word, interpreter, out));
      continue;
    }
    const std::string path =
        scheme == "file" ? framework::percent_decoded(word.substr(word.find("//") + 2)) : word;
    TRY(is_directory(path) ? read_directory(path, interpreter, out) : read_page(path, interpreter, out));
  }
  return out;
}

}  // namespace nvstack::cli
