// nvidia-smi -q -x: elements and their texts, by path below <gpu id="...">. No general XML: what that program
// writes, read with limits.
#include "base/text.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kDepthMax = 32, kGpusMax = 4096;

std::string unescape(std::string text) {
  for (const auto& [from, to] : {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&quot;", "\""},
                                 std::pair{"&apos;", "'"}, std::pair{"&amp;", "&"}})
    text = replace_all(std::move(text), from, to);
  return text;
}

/// Where we are: the open elements, and the GPU that they belong to.
struct Place {
  std::vector<std::string> open;
  ImportedMachine machine;
  bool in_gpu = false;
  unsigned memory_mhz = 0;       // of the <supported_mem_clock> that is open
  unsigned graphics_clocks = 0;  // in it so far

  std::string path() const {  // below <nvidia_smi_log><gpu>
    return open.size() > 2 ? join({open.begin() + 2, open.end()}, "/") : "";
  }
};

/// <supported_clocks>: the lowest and highest graphics clock of each memory clock.
bool take_clock(Place& place, const std::string& path, std::string_view text) {
  if (!path.starts_with("supported_clocks/")) return false;
  const auto value = parse_shown(text, "", 1);
  if (!value || value->code != 0 || value->value < 0 || value->value > 100'000) return true;
  const auto mhz = static_cast<unsigned>(value->value);
  auto& clocks = place.machine.gpus.back().clocks;
  if (path.ends_with("/value")) {
    if (clocks.size() < 8) clocks.push_back({mhz, mhz, 0, 15});
    place.memory_mhz = mhz, place.graphics_clocks = 0;
  } else if (!clocks.empty() && clocks.back().memory_mhz == place.memory_mhz) {
    add_graphics_clock(clocks.back(), mhz, ++place.graphics_clocks);
  }
  return true;
}

Status open_element(Place& place, std::string_view tag, const std::string& where) {
  const auto words = split_words(tag);
  if (words.empty()) return {};
  place.open.emplace_back(
      replace_all(std::string(words[0]), "clocks_throttle_reason", "clocks_event_reason"));
  if (place.open.size() > kDepthMax)
    return fail(ErrorCode::kMalformed, where + ": elements are nested too deep", "");
  if (place.open.size() != 2 || words[0] != "gpu") return {};
  if (place.machine.gpus.size() == kGpusMax)
    return fail(ErrorCode::kMalformed, where + ": more than 4096 GPUs", "");
  ImportedGpu gpu;
  if (const auto id = cut(tag, "id=\"")) gpu.bdf = shown_address(id->second.substr(0, id->second.find('"')));
  place.machine.gpus.push_back(gpu);
  place.in_gpu = true;
  return {};
}

void close_element(Place& place, std::string_view text) {
  if (place.open.empty()) return;
  const std::string value = unescape(std::string(trim(text)));
  if (place.open.size() == 2 && place.open[1] == "driver_version")
    place.machine.driver_version = shown_version(value);
  const std::string path = place.path();
  // MIG devices repeat the names of their GPU's values below their own element.
  if (place.in_gpu && !path.empty() && !value.empty() && !take_clock(place, path, value))
    take_shown(place.machine, place.machine.gpus.back(), ImportFormat::kXml, path, value);
  if (place.open.size() == 2) place.in_gpu = false;
  place.open.pop_back();
}

}  // namespace

Result<ImportedMachine> import_xml(std::string_view text, const std::string& where) {
  Place place;
  std::string_view content;
  while (!text.empty()) {
    const std::size_t open = text.find('<');
    if (open == std::string_view::npos) break;
    content = text.substr(0, open);
    text.remove_prefix(open + 1);
    if (text.starts_with("!--")) {
      const std::size_t end = text.find("-->");
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 3);
      continue;
    }
    const std::size_t end = text.find('>');
    if (end == std::string_view::npos)
      return fail(ErrorCode::kMalformed, where + ": an element has no end", "was the file cut short?");
    const std::string_view tag = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (tag.starts_with("?") || tag.starts_with("!")) continue;
    if (tag.starts_with("/")) {
      close_element(place, content);
    } else {
      TRY(open_element(place, tag.ends_with("/") ? tag.substr(0, tag.size() - 1) : tag, where));
      if (tag.ends_with("/")) close_element(place, "");
    }
  }
  if (place.machine.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no <gpu> in it",
                "nvidia-smi -q -x writes what is read here");
  return place.machine;
}

}  // namespace nvstack::virt
