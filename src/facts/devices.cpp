#include "facts/devices.hpp"

#include <array>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kNodesMax = 4096;
constexpr std::array kNames = {"nvidia*", "dxg", "nvhost*", "nvmap"};

bool is_wanted(std::string_view name) {
  for (const char* pattern : kNames)
    if (glob_match(pattern, name)) return true;
  return false;
}

void add_node(const host::Host& host, const std::string& path, Devices& answer) {
  if (answer.nodes.size() == kNodesMax) return;
  if (const auto status = host.status(path)) answer.nodes.push_back({path, *status});
}

}  // namespace

const DeviceNode* Devices::find(std::string_view path) const {
  for (const DeviceNode& node : nodes)
    if (node.path == path) return &node;
  return nullptr;
}

std::map<std::string, std::uint32_t> parse_proc_devices(std::string_view text) {
  std::map<std::string, std::uint32_t> majors;
  for (const std::string_view line : split_lines(text)) {
    if (line.substr(0, 6) == "Block ") break;
    const auto words = split_words(line);
    if (words.size() != 2 || words[1].size() > 256) continue;
    if (const auto number = parse_uint(words[0]); number && *number <= UINT32_MAX)
      majors[std::string(words[1])] = static_cast<std::uint32_t>(*number);
  }
  return majors;
}

Result<Devices> read_devices(const host::Host& host) {
  Devices answer;
  for (const host::DirectoryEntry& entry : TRY(host.list("/dev"))) {
    if (!is_wanted(entry.name)) continue;
    const std::string path = "/dev/" + entry.name;
    if (entry.type != host::FileType::kDirectory) {
      add_node(host, path, answer);
      continue;
    }
    for (const std::string& name : host::list_matching(host, path, "*"))
      add_node(host, path + "/" + name, answer);
  }
  answer.dri = host::list_matching(host, "/dev/dri", "*");
  if (const auto text = host.read("/proc/devices")) answer.char_majors = parse_proc_devices(*text);
  return answer;
}

}  // namespace nvstack::facts
