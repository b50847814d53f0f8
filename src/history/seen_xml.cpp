// nvidia-smi -q -x as texts by path below <gpu>. No general XML: what that program writes, read with limits.
#include "base/text.hpp"
#include "history/seen.hpp"

namespace nvstack::history {

namespace {

constexpr std::size_t kDepthMax = 32;

std::string unescape(std::string text) {
  for (const auto& [from, to] :
       {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&quot;", "\""}, std::pair{"&amp;", "&"}})
    text = replace_all(std::move(text), from, to);
  return text;
}

struct Place {
  Seen seen;
  std::vector<std::string> open;  // the elements around us, <nvidia_smi_log> first

  bool in_gpu() const { return open.size() > 1 && open[1] == "gpu"; }
};

Status open_element(Place& place, std::string_view tag, const std::string& where) {
  const auto words = split_words(tag);
  if (place.open.size() == kDepthMax || words.empty())
    return fail(ErrorCode::kMalformed, where + ": elements are nested too deep", "");
  place.open.emplace_back(words[0]);
  if (place.open.size() != 2 || words[0] != "gpu") return {};
  if (place.seen.gpus.size() == kGpusMax) return fail(ErrorCode::kMalformed, where + ": too many GPUs", "");
  const auto id = cut(tag, "id=\"");
  SeenGpu gpu;
  if (id) gpu.id = printable(id->second.substr(0, id->second.find('"')), 64);
  place.seen.gpus.push_back(gpu);
  return {};
}

void close_element(Place& place, std::string_view content) {
  if (place.open.empty()) return;
  const std::string text = unescape(std::string(trim(content.substr(0, 4096))));
  const std::string& name = place.open.back();
  if (place.open.size() == 2 && name == "driver_version") place.seen.driver_version = plain_version(text);
  if (place.open.size() == 2 && name == "cuda_version") place.seen.cuda_version = plain_version(text);
  if (place.in_gpu() && place.open.size() > 2 && !text.empty()) {
    const std::string path = current_path(join({place.open.begin() + 2, place.open.end()}, "/"));
    auto& texts = place.seen.gpus.back().texts;
    // Lists repeat their paths: of them the first entry is kept.
    if (texts.size() < kPathsMax && path.size() <= kPathBytesMax) texts.emplace(path, text);
  }
  place.open.pop_back();
}

}  // namespace

Result<Seen> parse_seen_xml(std::string_view text, const std::string& where) {
  Place place;
  for (std::size_t open = text.find('<'); open != std::string_view::npos; open = text.find('<')) {
    const std::string_view content = text.substr(0, open);
    text.remove_prefix(open + 1);
    const std::string_view ending = text.starts_with("!--") ? "-->" : ">";
    const std::size_t end = text.find(ending);
    if (end == std::string_view::npos)
      return fail(ErrorCode::kMalformed, where + ": an element has no end", "was the file cut short?");
    const std::string_view tag = text.substr(0, end);
    text.remove_prefix(end + ending.size());
    if (tag.starts_with("?") || tag.starts_with("!") || tag.ends_with("/")) continue;
    if (tag.starts_with("/"))
      close_element(place, content);
    else
      TRY(open_element(place, tag, where));
  }
  if (place.seen.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no <gpu> in it",
                "nvidia-smi -q -x writes what is read here");
  return place.seen;
}

}  // namespace nvstack::history
