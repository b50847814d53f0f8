#include "persist/intents.hpp"

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

constexpr std::size_t kLinesMax = 4096;
constexpr std::size_t kNameBytesMax = 96;

bool is_uuid(std::string_view name) {
  return name.starts_with("GPU-") && name.size() > 4 && name.size() <= kNameBytesMax &&
         !has_control_bytes(name) && is_utf8(name);
}

}  // namespace

std::optional<bool> Intents::find(const std::string& uuid, const GpuAddress& address) const {
  if (const auto found = by_name.find(uuid); !uuid.empty() && found != by_name.end()) return found->second;
  if (const auto found = by_name.find(render_address(address)); found != by_name.end()) return found->second;
  return all;
}

Result<Intents> parse_intents(std::string_view text) {
  Intents intents;
  const auto lines = split_lines(text);
  if (lines.size() > kLinesMax)
    return fail(ErrorCode::kTooLarge, "more than " + std::to_string(kLinesMax) + " lines");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    if (line.empty() || line.starts_with("#")) continue;
    const auto words = split_words(line);
    const auto wrong = [&](const std::string& what) {
      return fail(ErrorCode::kMalformed, "line " + std::to_string(i + 1) + ": " + what,
                  "each line is \"GPU-UUID on\", \"0000:10:00.0 off\" or \"all on\"");
    };
    if (words.size() != 2 || (words[1] != "on" && words[1] != "off"))
      return wrong("\"" + printable(line, 80) + "\"");
    const bool on = words[1] == "on";
    const auto address = parse_address(words[0]);
    if (words[0] == "all")
      intents.all = on;
    else if (address)
      intents.by_name[render_address(*address)] = on;
    else if (is_uuid(words[0]))
      intents.by_name[std::string(words[0])] = on;
    else
      return wrong("\"" + printable(words[0], 80) + "\" is neither a UUID nor an address");
  }
  return intents;
}

std::string render_intents(const Intents& intents) {
  std::string text = "# What was asked for each GPU; written by nvidia-persistenced.\n";
  if (intents.all) text += std::string("all ") + (*intents.all ? "on\n" : "off\n");
  for (const auto& [name, on] : intents.by_name) text += name + (on ? " on\n" : " off\n");
  return text;
}

std::string intent_name(const std::string& uuid, const GpuAddress& address) {
  return is_uuid(uuid) && uuid.find_first_of(" \t\r\n\v\f#") == std::string::npos ? uuid
                                                                                  : render_address(address);
}

}  // namespace nvstack::persist
