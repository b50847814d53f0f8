#include "doctor/xid.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "doctor/xid_words.hpp"

namespace nvstack::doctor {

namespace {

constexpr std::size_t kGroupsMax = 500, kDevicesMax = 64, kTextsMax = 16;
constexpr std::size_t kEvidenceMax = 3;
constexpr std::size_t kDigitsMax = 6;
constexpr std::size_t kPrefixMax = 200, kPrefixKept = 12;
constexpr std::string_view kMark = "Xid (";

bool is_device(std::string_view text) {
  if (text.size() < 5 || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
}

std::string group_id(const ErrorLine& line) {
  if (line.kind == NumberKind::kSxid) return "sxid-" + std::to_string(line.code);
  if (line.code >= 144 && line.code <= 150) {
    if (const auto status = parse_nvlink_status(line.text))
      return "nvlink-" + std::to_string(line.code) + "-" + replace_all(to_lower(status->unit), "_", "-");
  }
  return "xid-" + std::to_string(line.code);
}

bool is_unit(std::string_view word) {
  return !word.empty() && word.size() <= 40 && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
  });
}

// What follows "Xid (". The number ends at the first byte that is no digit: logs are cut, padded with NUL
// bytes and wrapped in quotes by those who carry them, and the number must count all the same.
std::optional<ErrorLine> parse_from(std::string_view text) {
  const auto parts = cut(text, "):");
  if (!parts) return std::nullopt;
  std::string_view device = parts->first;
  if (to_lower(device.substr(0, 4)) == "pci:") device.remove_prefix(4);
  device = device.substr(0, device.find(' '));  // a MIG device follows: " GPU-I:01 GPU-CI:00"
  const std::string_view rest = trim(parts->second);
  const std::string_view number = rest.substr(0, rest.find_first_not_of("0123456789"));
  const auto code = number.size() <= kDigitsMax ? parse_uint(number) : std::nullopt;
  if (!is_device(device) || !code) return std::nullopt;
  ErrorLine out;
  out.device = to_lower(device), out.code = static_cast<int>(*code);
  const std::size_t comma = rest.find(',');
  if (comma != std::string_view::npos) out.text = trim(rest.substr(comma + 1));
  return out;
}

// The part of a line that shows the number, when a long prefix (JSON fields, NUL bytes) stands before it.
std::string excerpt(std::string_view line) {
  const std::size_t at = std::min(line.find(kMark), line.size());
  if (at < kPrefixMax) return printable(line);
  return "..." + printable(line.substr(at - kPrefixKept));
}

template <typename T>
void add_new(std::vector<T>& list, const T& value, std::size_t most) {
  if (list.size() < most && std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

std::optional<ErrorLine> parse_error_line(std::string_view line) {
  // A line may speak of Xids before it shows one.
  for (std::size_t at = line.find(kMark); at != std::string_view::npos; at = line.find(kMark, at + 1)) {
    auto out = parse_from(line.substr(at + kMark.size()));
    if (!out) continue;
    if (at > 0 && line[at - 1] == 'S') out->kind = NumberKind::kSxid;
    return out;
  }
  return std::nullopt;
}

std::optional<NvlinkStatus> parse_nvlink_status(std::string_view text) {
  while (text.starts_with("pid=") || text.starts_with("name=") || text.starts_with("Ch ")) {
    const auto parts = cut(text, ", ");
    if (!parts) return std::nullopt;
    text = trim(parts->second);
  }
  const auto words = split_words(text);
  if (words.size() < 2 || !is_unit(words[0])) return std::nullopt;
  NvlinkStatus status;
  status.unit = words[0];
  status.fatal = words[1] == "Fatal";
  const std::size_t open = text.find("(0x");
  if (open == std::string_view::npos) return std::nullopt;
  const auto numbers = split_words(text.substr(open + 1, text.find(')', open) - open - 1));
  if (numbers.size() < 2) return std::nullopt;
  const auto interrupt = parse_hex(numbers[0]), word = parse_hex(numbers[1]);
  if (!interrupt || !word || *interrupt > 0xFFFFFFFF || *word > 0xFFFFFFFF) return std::nullopt;
  status.interrupt = static_cast<std::uint32_t>(*interrupt);
  status.status = static_cast<std::uint32_t>(*word);
  return status;
}

bool bits_match(std::string_view pattern, std::uint32_t word) {
  if (pattern.size() != 32) return false;
  for (std::size_t i = 0; i < 32; ++i) {
    const bool bit = (word >> (31 - i)) & 1;
    if (pattern[i] != '-' && (pattern[i] == '1') != bit) return false;
  }
  return true;
}

void ErrorNumbers::add(std::string_view line, const std::string& where) {
  const auto parsed = parse_error_line(line);
  if (!parsed) return;
  const std::string id = group_id(*parsed);
  if (groups_.size() == kGroupsMax && !groups_.contains(id)) return;
  ErrorGroup& group = groups_[id];
  if (group.count++ == 0) group.first = *parsed;
  add_new(group.devices, parsed->device, kDevicesMax);
  add_new(group.texts, parsed->text, kTextsMax);
  const Evidence evidence{where, excerpt(line)};
  if (group.evidence.size() < kEvidenceMax) {
    group.evidence.push_back(evidence);
  } else {
    group.last = evidence;
  }
}

std::vector<Finding> ErrorNumbers::findings(const catalog::Catalog& catalog) const {
  std::vector<Finding> all;
  for (const auto& [id, group] : groups_) {
    Finding finding = id.starts_with("sxid")     ? sxid_finding(group, catalog)
                      : id.starts_with("nvlink") ? nvlink_finding(group, catalog)
                                                 : xid_finding(group, catalog);
    finding.id = id, finding.count = group.count, finding.evidence = group.evidence;
    if (!group.last.line.empty()) finding.evidence.push_back(group.last);
    all.push_back(std::move(finding));
  }
  std::stable_sort(all.begin(), all.end(), [&](const Finding& a, const Finding& b) {
    return groups_.at(a.id).first.code < groups_.at(b.id).first.code;
  });
  return all;
}

}  // namespace nvstack::doctor
