#include "framework/wheel_name.hpp"

#include <algorithm>
#include <array>

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

/// The text cut at its dashes: at most six parts, more are counted alone.
std::size_t cut_parts(std::string_view text, std::array<std::string_view, 6>& parts) {
  std::size_t count = 0;
  for (std::size_t start = 0; start <= text.size(); ++count) {
    const std::size_t end = std::min(text.find('-', start), text.size());
    if (count < parts.size()) parts[count] = text.substr(start, end - start);
    start = end + 1;
  }
  return count;
}

std::optional<BuildTag> parse_build(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_uint(text.substr(0, end));
  if (!number) return std::nullopt;
  return BuildTag{*number, std::string(text.substr(end))};
}

}  // namespace

std::optional<TagSet> TagSet::parse(std::string_view text) {
  const bool has_hole = text.empty() || text.front() == '.' || text.back() == '.' || contains(text, "..");
  TagSet set;
  set.text_ = to_lower(text);
  return has_hole || set.size() > kTagsMax ? std::nullopt : std::optional(std::move(set));
}

std::size_t TagSet::size() const {
  return text_.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '.'));
}

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

Result<WheelName> parse_wheel_name(std::string whole) {
  const std::string_view file = whole;
  if (file.size() > kNameBytesMax) return bad_name(file, "too long");
  if (!file.ends_with(".whl")) return bad_name(file, "it does not end with .whl");
  // A line end in a tag would be printed as one, and one around the version is trimmed by its parser.
  const bool printed = std::all_of(file.begin(), file.end(), [](char c) { return c > ' ' && c < 127; });
  if (!printed) return bad_name(file, "blanks, control bytes or letters beyond ASCII are in it");
  std::array<std::string_view, 6> parts;
  const std::size_t count = cut_parts(file.substr(0, file.size() - 4), parts);
  if (count != 5 && count != 6) return bad_name(file, "five or six parts are needed");
  WheelName name;
  const bool plain = !parts[0].empty() && std::all_of(parts[0].begin(), parts[0].end(), is_word_byte) &&
                     !contains(parts[0], "__");
  if (!plain) return bad_name(file, "its first part is no project");
  name.project = normalize_project(parts[0]);
  auto version = parse_python_version(parts[1]);
  if (!version) return bad_name(file, "its second part is no version");
  name.version = std::move(*version);
  if (count == 6) {
    name.build = parse_build(parts[2]);
    if (!name.build) return bad_name(file, "its build part does not begin with a number");
  }
  for (auto [set, at] : {std::pair(&name.interpreters, count - 3), std::pair(&name.abis, count - 2),
                         std::pair(&name.platforms, count - 1)}) {
    auto tags = TagSet::parse(parts[at]);
    if (!tags) return bad_name(file, "an empty or endless set of tags");
    *set = std::move(*tags);
  }
  name.file = std::move(whole);  // the parts are views of it: last
  return name;
}

}  // namespace nvstack::framework
