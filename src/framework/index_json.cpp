#include "base/json.hpp"
#include "base/text.hpp"
#include "framework/index.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kFilesMax = 200'000;

bool is_yanked(const Json& value) {
  if (const bool* flag = value.boolean()) return *flag;
  return value.string() != nullptr;  // the reason
}

}  // namespace

Result<Index> parse_index_json(std::string_view text, Index index) {
  const Json json = TRY(parse_json(text));
  const std::string version = json["meta"].text("api-version");
  if (!version.starts_with("1."))
    return fail(ErrorCode::kMalformed,
                "no PEP 691 index: meta.api-version is \"" + printable(version, 20) + "\", not 1.x");
  if (const auto* projects = json["projects"].items())
    for (const Json& project : *projects)
      if (std::string name = project.text("name"); !name.empty() && index.folders.size() < 5000)
        index.folders.push_back(std::move(name));
  const auto* files = json["files"].items();
  if (!files && index.folders.empty()) return fail(ErrorCode::kMalformed, "no list of files in it");
  if (!files) return index;
  if (files->size() > kFilesMax) return fail(ErrorCode::kTooLarge, "more than 200000 files");
  for (const Json& file : *files) {
    const std::string url = file.text("url"), sha256 = file["hashes"].text("sha256"),
                      python = file.text("requires-python");
    const IndexLink link{url, sha256, python, is_yanked(file["yanked"])};
    if (link.href.empty()) continue;
    const std::string name = file.text("filename");
    if (!name.empty() && !contains(link.href, name.substr(0, name.find('+'))))
      index.note("other-file", {N_("the index names {file}, but its link leads to another file"),
                                {{"file", printable(name, 120)}}});
    add_link(index, link);
  }
  return index;
}

}  // namespace nvstack::framework
