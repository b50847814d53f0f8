#include "framework/wheel_name.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kNameBytesMax = 512;
constexpr std::size_t kTagsMax = 64;

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

tl::unexpected<Error> bad_name(std::string_view file, const char* why) {
  return fail(ErrorCode::kMalformed, "\"" + printable(file, 160) + "\" is no wheel's name: " + why,
              "a wheel is named project-version[-build]-python-abi-platform.whl");
}

Result<std::vector<std::string>> tag_set(std::string_view file, std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view tag : split(text, '.')) {
    if (tag.empty() || out.size() == kTagsMax) return bad_name(file, "an empty or endless set of tags");
    out.push_back(to_lower(tag));
  }
  return out;
}

std::optional<BuildTag> parse_build(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_uint(text.substr(0, end));
  if (!number) return std::nullopt;
  return BuildTag{*number, std::string(text.substr(end))};
}

}  // namespace

std::string normalize_project(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (out.empty() || out.back() != '-') out += '-';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  return out;
}

Result<WheelName> parse_wheel_name(std::string_view file) {
  if (file.size() > kNameBytesMax) return bad_name(file, "too long");
  if (!file.ends_with(".whl")) return bad_name(file, "it does not end with .whl");
  const auto parts = split(file.substr(0, file.size() - 4), '-');
  if (parts.size() != 5 && parts.size() != 6) return bad_name(file, "five or six parts are needed");
  WheelName name;
  name.file = file;
  const bool plain = !parts[0].empty() && std::all_of(parts[0].begin(), parts[0].end(), is_word_byte) &&
                     !contains(parts[0], "__");
  if (!plain) return bad_name(file, "its first part is no project");
  name.project = normalize_project(parts[0]);
  auto version = parse_python_version(parts[1]);
  if (!version) return bad_name(file, "its second part is no version");
  name.version = std::move(*version);
  if (parts.size() == 6) {
    name.build = parse_build(parts[2]);
    if (!name.build) return bad_name(file, "its build part does not begin with a number");
  }
  name.interpreters = TRY(tag_set(file, parts[parts.size() - 3]));
  name.abis = TRY(tag_set(file, parts[parts.size() - 2]));
  name.platforms = TRY(tag_set(file, parts[parts.size() - 1]));
  return name;
}

}  // namespace nvstack::framework
