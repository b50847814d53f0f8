#include "cli/redact.hpp"

#include <array>
#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"

namespace nvstack::cli {

namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) {
  return is_hex(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '_';
}

/// Length of hex groups joined by `separator` at the start of the text, or 0: {8,4,4,4,12} with '-' is a
/// UUID.
template <std::size_t N>
std::size_t match_groups(std::string_view text, const std::array<std::size_t, N>& groups, char separator) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != separator)) return 0;
    for (std::size_t j = 0; j < groups[i]; ++j)
      if (at >= text.size() || !is_hex(text[at++])) return 0;
  }
  const bool ends = at >= text.size() || (!is_word(text[at]) && text[at] != separator);
  return ends ? at : 0;
}

std::size_t match_ipv4(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return 0;
    std::size_t end = at;
    while (end < text.size() && end - at < 4 && text[end] >= '0' && text[end] <= '9') ++end;
    const auto number = parse_uint(text.substr(at, end - at));
    if (!number || *number > 255) return 0;
    at = end;
  }
  const bool ends = at >= text.size() || (!is_word(text[at]) && text[at] != '.' && text[at] != '-');
  return ends ? at : 0;
}

/// An IPv6 address has "::" or seven colons; a PCI address (0000:01:00.0) has neither.
std::size_t match_ipv6(std::string_view text) {
  std::size_t at = 0, colons = 0;
  bool doubled = false;
  while (at < text.size() && at < 45 && (is_hex(text[at]) || text[at] == ':')) {
    if (text[at] == ':') ++colons, doubled = doubled || (at > 0 && text[at - 1] == ':');
    ++at;
  }
  const bool ends = at >= text.size() || !is_word(text[at]);
  return ends && at > 4 && ((doubled && colons >= 2) || colons == 7) ? at : 0;
}

constexpr std::array<std::size_t, 5> kUuid = {8, 4, 4, 4, 12};
constexpr std::array<std::size_t, 6> kMac = {2, 2, 2, 2, 2, 2};

/// Words behind which a serial number stands, as the kernel, dmidecode and nvidia-smi write them.
constexpr std::string_view kSerialMarks[] = {
    "SerialNumber: ", "Serial Number: ", "serial number: ", "\"serial\": \"", "\"serial\":\"", "serial="};

}  // namespace

void Redactor::add_word(std::string_view word, std::string_view stand_in) {
  if (word.size() >= 3) words_.emplace(word, stand_in);
}

std::string Redactor::stand_in_for(std::string_view kind, const std::string& secret) {
  const auto known = known_.find(secret);
  if (known != known_.end()) return known->second;
  const int number = ++counts_[std::string(kind)];
  std::array<char, 64> text{};
  if (kind == "uuid") std::snprintf(text.data(), text.size(), "00000000-0000-0000-0000-%012d", number);
  if (kind == "mac")
    std::snprintf(text.data(), text.size(), "02:00:00:00:%02x:%02x", number >> 8 & 255, number & 255);
  if (kind == "ipv4") std::snprintf(text.data(), text.size(), "192.0.2.%d", number % 256);
  if (kind == "ipv6") std::snprintf(text.data(), text.size(), "2001:db8::%x", number);
  if (kind == "serial") std::snprintf(text.data(), text.size(), "SERIAL%04d", number);
  return known_[secret] = text.data();
}

std::string Redactor::redact(std::string_view text, bool addresses) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const std::string_view rest = text.substr(at);
    const auto take = [&](std::string_view kind, std::size_t length) {
      if (length == 0) return false;
      out += stand_in_for(kind, to_lower(rest.substr(0, length))), at += length;
      return true;
    };
    if (starts) {
      if (is_hex(text[at]) && take("uuid", match_groups(rest, kUuid, '-'))) continue;
      const bool after_colon = at > 0 && text[at - 1] == ':';
      if (!after_colon && is_hex(text[at]) && take("mac", match_groups(rest, kMac, ':'))) continue;
      const bool after_dot = at > 0 && (text[at - 1] == '.' || text[at - 1] == '-');
      if (addresses && !after_dot && take("ipv4", match_ipv4(rest))) continue;
      if (addresses && !after_colon && take("ipv6", match_ipv6(rest))) continue;
      std::size_t end = 0;
      while (end < rest.size() && (is_word(rest[end]) || rest[end] == '-')) ++end;
      if (const auto word = words_.find(rest.substr(0, end)); word != words_.end()) {
        out += word->second, at += end;
        continue;
      }
    }
    bool serial = false;
    for (const std::string_view mark : kSerialMarks) {
      if (serial || !rest.starts_with(mark)) continue;
      std::size_t end = mark.size();
      while (end < rest.size() && is_word(rest[end])) ++end;
      if (end == mark.size()) continue;
      out += std::string(mark) +
             stand_in_for("serial", std::string(rest.substr(mark.size(), end - mark.size())));
      at += end, serial = true;
    }
    if (!serial) out += text[at++];
  }
  return out;
}

namespace {

/// Package lists, repositories and kernel configurations are full of four-part versions.
bool has_versions(std::string_view path) {
  for (const std::string_view prefix :
       {"/var/lib/dpkg", "/var/lib/pacman", "/usr", "/lib", "/opt", "/boot", "/sys"})
    if (path.starts_with(prefix)) return true;
  return false;
}

std::string host_name(const host::MachineImage& image) {
  for (const char* path : {"/etc/hostname", "/proc/sys/kernel/hostname"})
    if (const auto* entry = image.find(path)) return std::string(trim(entry->content));
  // A journal line is "[   12.3] HOST kernel: ..." or "Nov 22 10:00:00 HOST kernel: ...".
  for (const auto& [argv, answer] : image.commands) {
    if (argv[0] != "journalctl" || !answer) continue;
    for (const std::string_view line : split_lines(std::string_view(answer->out).substr(0, 4096)))
      if (const auto parts = cut(line, " kernel: ")) {
        const auto words = split_words(parts->first);
        if (!words.empty()) return std::string(words.back());
      }
  }
  return {};
}

}  // namespace

void redact(host::MachineImage& image) {
  Redactor redactor;
  const std::string name = host_name(image);
  if (name != "localhost" && name != "linux") redactor.add_word(name, "host");
  std::map<std::string, host::ImageEntry> entries;
  for (auto& [path, entry] : image.entries) {
    entry.content = redactor.redact(entry.content, !has_versions(path));
    entry.target = redactor.redact(entry.target, false);
    entries[redactor.redact(path, false)] = std::move(entry);
  }
  image.entries = std::move(entries);
  for (auto& [argv, answer] : image.commands) {
    const bool log = argv[0] == "journalctl" || argv[0] == "dmesg";
    if (answer)
      answer->out = redactor.redact(answer->out, log), answer->err = redactor.redact(answer->err, log);
  }
  for (auto& [key, value] : image.environment) value = redactor.redact(value, true);
  for (auto& [side, text] : image.attachments) text = redactor.redact(text, false);
}

}  // namespace nvstack::cli
