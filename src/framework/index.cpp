#include "framework/index.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/text.hpp"
#include "framework/url.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kNotesMax = 32;

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

/// "sha256=..." behind the '#' of a link.
std::string_view hash_of_fragment(std::string_view href) {
  const std::size_t mark = href.find("#sha256=");
  return mark == std::string_view::npos ? std::string_view() : href.substr(mark + 8);
}

/// By the text of the link alone, before it costs anything: a CPython's wheel, and not of this CPython.
bool is_of_other_python(std::string_view href, const std::string& interpreter) {
  if (interpreter.empty() || href.find("-cp3") == std::string_view::npos) return false;
  return href.find(interpreter) == std::string_view::npos && href.find("abi3") == std::string_view::npos;
}

bool has_note(const Index& index, std::string_view id) {
  return std::any_of(index.notes.begin(), index.notes.end(),
                     [&](const IndexNote& one) { return one.id == id; });
}

/// Do both have a host, and another one? The common case, the same text before the path, copies nothing.
bool leaves_host(std::string_view page, std::string_view file) {
  const std::size_t start = page.find("://");
  const std::size_t end = start == std::string_view::npos ? start : page.find('/', start + 3);
  if (end != std::string_view::npos && file.substr(0, end + 1) == page.substr(0, end + 1)) return false;
  const std::string page_host = url_host(page);
  if (page_host.empty()) return false;
  const std::string file_host = url_host(file);
  return !file_host.empty() && page_host != file_host;
}

bool is_allowed_scheme(const std::string& scheme, std::string_view href) {
  // "torch-2.6.0:x" has no "//": a name with a colon, not an address.
  if (scheme.empty() || scheme == "https" || scheme == "http") return true;
  const bool known = scheme == "file" || scheme == "ftp" || scheme == "data" || scheme == "javascript";
  return !known && !contains(href, "://");
}

}  // namespace

void Index::note(std::string id, Message text) {
  if (notes.size() >= kNotesMax) return;
  const bool known =
      std::any_of(notes.begin(), notes.end(), [&](const IndexNote& one) { return one.id == id; });
  if (!known) notes.push_back({std::move(id), std::move(text)});
}

void add_link(Index& index, const IndexLink& link) {
  ++index.links;
  if (is_of_other_python(link.href, index.interpreter)) return;
  const std::string scheme = url_scheme(link.href);
  if (!is_allowed_scheme(scheme, link.href)) {
    // Other links on a page ("mailto:", "javascript:") are no wheels and say nothing about it.
    if (contains(link.href, ".whl"))
      index.note("hostile-link", {N_("a link of the page was left out, it leads to no web server: {link}"),
                                  {{"link", printable(link.href, 120)}}});
    return;
  }
  auto file = url_file_name(link.href);
  if (!file) {
    index.note("hostile-link", {N_("a link of the page was left out, its file name hides a path: {link}"),
                                {{"link", printable(link.href, 120)}}});
    return;
  }
  if (!file->ends_with(".whl")) {
    if (link.href.ends_with('/') && !link.href.starts_with("..") && index.folders.size() < 5000) {
      const std::string_view path = link.href.substr(0, link.href.size() - 1);
      const auto folder = url_file_name(path);
      if (folder && !folder->empty()) index.folders.push_back(*folder);
    }
    return;
  }
  auto wheel = parse_wheel_name(std::move(*file));
  if (!wheel) {
    index.note("wheel-name",
               {N_("a file of the page was left out: {why}"), {{"why", wheel.error().message}}});
    return;
  }
  IndexFile entry;
  entry.wheel = std::move(*wheel);
  entry.url = resolve_url(index.source, link.href.substr(0, link.href.find('#')));
  entry.sha256 = to_lower(link.sha256.empty() ? hash_of_fragment(link.href) : link.sha256);
  if (!entry.sha256.empty() && !is_sha256(entry.sha256)) {
    index.note("bad-hash",
               {N_("the page gives a hash that is none for {file}"), {{"file", entry.wheel.file}}});
    entry.sha256.clear();
  }
  entry.requires_python = link.requires_python, entry.yanked = link.yanked;
  entry.variant = variant_of_version(entry.wheel.version);
  if (entry.variant.empty()) entry.variant = variant_of_path(entry.url);
  if (!has_note(index, "r2-mirror") && leaves_host(index.source, entry.url))
    index.note("r2-mirror", {N_("the files of {page} come from another server: {file}"),
                             {{"page", url_host(index.source)}, {"file", url_host(entry.url)}}});
  index.files.push_back(std::move(entry));
}

namespace {

/// One file of a name: the first link counts; two hashes for a name are said.
void drop_twins(Index& index) {
  std::unordered_map<std::string_view, std::size_t> first;
  first.reserve(index.files.size());
  std::vector<char> twin(index.files.size(), 0);
  bool any = false;
  for (std::size_t i = 0; i < index.files.size(); ++i) {
    const IndexFile& one = index.files[i];
    const auto [at, is_new] = first.emplace(one.wheel.file, i);
    if (is_new || index.files[at->second].variant != one.variant) continue;  // one name in two folders
    twin[i] = 1, any = true;
    if (index.files[at->second].sha256 != one.sha256)
      index.note("two-hashes", {N_("the page links {file} twice, with different hashes: the first counts"),
                                {{"file", one.wheel.file}}});
  }
  if (!any) return;
  std::vector<IndexFile> kept;
  kept.reserve(index.files.size());
  for (std::size_t i = 0; i < index.files.size(); ++i)
    if (!twin[i]) kept.push_back(std::move(index.files[i]));
  index.files = std::move(kept);
}

}  // namespace

Result<Index> parse_index(std::string_view text, const std::string& source, const std::string& interpreter) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const char head = first == std::string_view::npos ? '\0' : text[first];
  const std::string name = printable(source, 200);
  if (head != '<' && head != '{')
    return fail(ErrorCode::kMalformed, name + " is no page of a package index",
                "an index page is HTML with links to .whl files, or PEP 691 JSON");
  Index empty;
  empty.source = source, empty.interpreter = interpreter;
  Index index = TRY_AS("reading " + name, head == '{' ? parse_index_json(text, std::move(empty))
                                                      : parse_index_html(text, std::move(empty)));
  // A page of other Pythons alone is a page all the same: it is read again without the filter.
  if (index.files.empty() && index.folders.empty() && (interpreter.empty() || index.links == 0))
    return fail(ErrorCode::kMalformed,
                name + " links to no wheel (" + std::to_string(index.links) + " links)",
                "give the page of one project, such as https://download.pytorch.org/whl/cu126/torch/");
  drop_twins(index);
  return index;
}

Index index_of_names(const std::vector<std::string>& names, const std::string& directory) {
  Index index;
  index.source = directory + "/";
  for (const std::string& name : names) {
    if (!name.ends_with(".whl")) continue;
    ++index.links;
    auto wheel = parse_wheel_name(name);
    if (!wheel) {
      index.note("wheel-name",
                 {N_("a file of the page was left out: {why}"), {{"why", wheel.error().message}}});
      continue;
    }
    IndexFile file;
    file.wheel = std::move(*wheel);
    file.url = directory + "/" + name;
    file.variant = variant_of_version(file.wheel.version);
    if (file.variant.empty()) file.variant = variant_of_path(directory);
    index.files.push_back(std::move(file));
  }
  return index;
}

}  // namespace nvstack::framework
