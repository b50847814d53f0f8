// nvidia-smi -q as texts by path of -x: the rows of the log say which element of -x a line of -q is.
#include "base/text.hpp"
#include "history/seen.hpp"
#include "smi/log.hpp"

namespace nvstack::history {

namespace {

/// "PCI/GPU Link Info/Link Width/Current" -> "pci/pci_gpu_link_info/link_widths/current_link_width".
std::map<std::string, std::string> title_paths() {
  std::map<std::string, std::string> paths;
  for (const auto rows : {smi::identity_rows(), smi::state_rows(), smi::error_rows(), smi::power_rows()}) {
    std::vector<std::string> titles, tags;
    for (const smi::LogRow& row : rows) {
      const auto depth = static_cast<std::size_t>(row.depth);
      titles.resize(std::min(titles.size(), depth)), tags.resize(std::min(tags.size(), depth));
      titles.emplace_back(row.title ? row.title : ""), tags.emplace_back(row.tag ? row.tag : "");
      if (row.title && row.tag) paths.emplace(join(titles, "/"), current_path(join(tags, "/")));
    }
  }
  return paths;
}

struct Label {
  std::size_t indent;
  std::string word;
};

std::string path_of(const std::vector<Label>& labels) {
  std::vector<std::string> words;
  for (const Label& label : labels) words.push_back(label.word);
  return replace_all(join(words, "/"), "Clocks Throttle Reasons", "Clocks Event Reasons");
}

}  // namespace

Result<Seen> parse_seen_query(std::string_view text, const std::string& where) {
  static const std::map<std::string, std::string> paths = title_paths();
  Seen seen;
  std::vector<Label> labels;
  bool in_gpu = false;
  for (const std::string_view line : split_lines(text)) {
    const std::size_t indent = line.find_first_not_of(" \t");
    if (indent == std::string_view::npos) continue;
    const auto pair = cut(line, " : ");
    const std::string word(trim(pair ? pair->first : line).substr(0, 100));
    if (indent == 0) {
      if (pair && word == "Driver Version") seen.driver_version = plain_version(pair->second);
      if (pair && word == "CUDA Version") seen.cuda_version = plain_version(pair->second);
      in_gpu = !pair && word.starts_with("GPU ") && contains(word, ":") && seen.gpus.size() < kGpusMax;
      if (in_gpu) seen.gpus.push_back({word.substr(4), std::nullopt, false, {}});
      labels.clear();
      continue;
    }
    if (!in_gpu || indent > 64) continue;
    while (!labels.empty() && labels.back().indent >= indent) labels.pop_back();
    labels.push_back({indent, word});
    const auto at = pair ? paths.find(path_of(labels)) : paths.end();
    if (at != paths.end()) seen.gpus.back().texts.emplace(at->second, trim(pair->second));
  }
  if (seen.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no \"GPU 00000000:01:00.0\" line in it",
                "nvidia-smi -q writes what is read here");
  return seen;
}

}  // namespace nvstack::history
