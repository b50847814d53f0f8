#include "history/replay_words.hpp"

#include "base/text.hpp"
#include "history/seen.hpp"

namespace nvstack::history {

namespace {

constexpr std::string_view kProcesses = "processes", kReasons = "clocks_event_reasons/";
constexpr std::size_t kWordMax = 400;

/// "process=123 C 512 python3"; each part as the driver answered it.
std::string process_word(const Json& process) {
  const std::string memory = shown_text(process["used_memory"]);
  return "process=" + shown_text(process["pid"]) + " " + printable(process["type"].text("value"), 8) + " " +
         memory.substr(0, memory.find(' ')) + " " + printable(shown_text(process["process_name"]), 200);
}

void add_words(std::vector<std::string>& words, const std::string& path, const Json& value) {
  const std::string now = current_path(path);
  if (now == kProcesses) {
    words.emplace_back("processes=");
    if (value.items())
      for (const Json& process : *value.items()) words.push_back(process_word(process));
    return;
  }
  if (value.items()) return;
  const std::string text = shown_text(value);
  if (!text.empty() && now.size() + text.size() < kWordMax) words.push_back(now + "=" + text);
}

}  // namespace

std::vector<std::string> replay_words(const GpuState& gpu) {
  std::vector<std::string> words;
  for (const auto& [path, value] : gpu.values) add_words(words, path, value);
  return words;
}

std::vector<std::string> replay_words(const GpuState& gpu, const GpuChange& change) {
  std::vector<std::string> words;
  bool reasons = false;
  for (const auto& [path, value] : change.set) {
    const auto at = gpu.values.find(path);
    if (current_path(path).starts_with(kReasons))
      reasons = true;
    else if (at != gpu.values.end())
      add_words(words, path, at->second);
  }
  for (const auto& [path, value] : gpu.values)
    if (reasons && current_path(path).starts_with(kReasons)) add_words(words, path, value);
  return words;
}

}  // namespace nvstack::history
