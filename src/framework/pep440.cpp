#include "framework/pep440.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

constexpr std::size_t kVersionBytesMax = 512;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

/// Reads from the left; a reader that does not match leaves the text as it was.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  char front() const { return left_.empty() ? '\0' : left_.front(); }
  std::string_view rest() const { return left_; }
  void back_to(std::string_view rest) { left_ = rest; }
  void skip(std::size_t count) { left_.remove_prefix(count); }

  bool take(char c) {
    if (front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  void take_separator() {
    if (is_separator(front())) left_.remove_prefix(1);
  }
  bool take_word(std::string_view word) {
    if (left_.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
      if (lower(left_[i]) != word[i]) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  /// Nothing where no digit stands, or the number is beyond 64 bits (then `too_large` stays set).
  std::optional<std::uint64_t> take_number() {
    if (!is_digit(front())) return std::nullopt;
    std::uint64_t value = 0;
    while (is_digit(front())) {
      const auto digit = static_cast<std::uint64_t>(front() - '0');
      if (value > (UINT64_MAX - digit) / 10) too_large = true;
      value = value * 10 + digit;
      left_.remove_prefix(1);
    }
    return value;
  }

  bool too_large = false;

 private:
  std::string_view left_;
};

bool read_release(Reader& reader, PythonVersion& version) {
  auto number = reader.take_number();
  if (!number) return false;
  if (reader.take('!')) {
    version.epoch = *number;
    number = reader.take_number();
    if (!number) return false;
  }
  version.release.reserve(4);
  version.release.push_back(*number);
  while (reader.front() == '.' && reader.rest().size() > 1 && is_digit(reader.rest()[1])) {
    reader.skip(1);
    version.release.push_back(*reader.take_number());
  }
  return true;
}

/// Longer spellings first: "preview" begins with "pre", "alpha" with "a".
constexpr std::array<std::pair<std::string_view, PreKind>, 8> kPreWords = {{
    {"alpha", PreKind::kAlpha},
    {"a", PreKind::kAlpha},
    {"beta", PreKind::kBeta},
    {"b", PreKind::kBeta},
    {"preview", PreKind::kCandidate},
    {"pre", PreKind::kCandidate},
    {"c", PreKind::kCandidate},
    {"rc", PreKind::kCandidate},
}};

/// The number behind a word, with or without a separator; "a" alone is "a0".
std::uint64_t number_behind(Reader& reader) {
  const std::string_view before = reader.rest();
  reader.take_separator();
  if (const auto number = reader.take_number()) return *number;
  reader.back_to(before);
  return 0;
}

void read_pre(Reader& reader, PythonVersion& version) {
  const std::string_view before = reader.rest();
  reader.take_separator();
  for (const auto& [word, kind] : kPreWords) {
    if (!reader.take_word(word)) continue;
    version.pre = PreRelease{kind, number_behind(reader)};
    return;
  }
  reader.back_to(before);
}

void read_post(Reader& reader, PythonVersion& version) {
  const std::string_view before = reader.rest();
  if (reader.take('-')) {
    version.post = reader.take_number();
    if (version.post) return;
    reader.back_to(before);
  }
  reader.take_separator();
  for (const std::string_view word : {"post", "rev", "r"}) {
    if (!reader.take_word(word)) continue;
    version.post = number_behind(reader);
    return;
  }
  reader.back_to(before);
}

void read_dev(Reader& reader, PythonVersion& version) {
  const std::string_view before = reader.rest();
  reader.take_separator();
  if (reader.take_word("dev")) {
    version.dev = number_behind(reader);
    return;
  }
  reader.back_to(before);
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool read_local(Reader& reader, PythonVersion& version) {
  if (!reader.take('+')) return true;
  while (true) {
    std::string word;
    bool digits = true;
    while (is_alphanumeric(reader.front())) {
      digits = digits && is_digit(reader.front());
      word += lower(reader.front());
      reader.skip(1);
    }
    if (word.empty()) return false;
    const auto number = digits ? parse_uint(word) : std::nullopt;
    if (digits && !number) reader.too_large = true;
    version.local.push_back(number ? LocalPart{number, ""} : LocalPart{std::nullopt, std::move(word)});
    if (!is_separator(reader.front())) return true;
    reader.skip(1);
  }
}

std::strong_ordering compare_releases(const std::vector<std::uint64_t>& left,
                                      const std::vector<std::uint64_t>& right) {
  const std::size_t length = std::max(left.size(), right.size());
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint64_t one = i < left.size() ? left[i] : 0, two = i < right.size() ? right[i] : 0;
    if (one != two) return one <=> two;
  }
  return std::strong_ordering::equal;
}

/// 1.0.dev1 < 1.0a1 < 1.0 : a dev release of nothing stands before all pre-releases, a final one behind them.
int pre_rank(const PythonVersion& version) {
  if (version.pre) return 1;
  return !version.post && version.dev ? 0 : 2;
}

template <typename T>
std::strong_ordering compare_optional(const std::optional<T>& left, const std::optional<T>& right,
                                      std::strong_ordering when_left_is_missing) {
  if (left && right) return *left <=> *right;
  if (!left && !right) return std::strong_ordering::equal;
  return left ? 0 <=> when_left_is_missing : when_left_is_missing;
}

}  // namespace

std::strong_ordering LocalPart::operator<=>(const LocalPart& other) const {
  if (number && other.number) return *number <=> *other.number;
  if (number.has_value() != other.number.has_value())
    return number ? std::strong_ordering::greater : std::strong_ordering::less;
  return word <=> other.word;
}

std::strong_ordering PythonVersion::operator<=>(const PythonVersion& other) const {
  if (epoch != other.epoch) return epoch <=> other.epoch;
  if (const auto order = compare_releases(release, other.release); order != 0) return order;
  if (pre_rank(*this) != pre_rank(other)) return pre_rank(*this) <=> pre_rank(other);
  if (const auto order = compare_optional(pre, other.pre, std::strong_ordering::less); order != 0)
    return order;
  if (const auto order = compare_optional(post, other.post, std::strong_ordering::less); order != 0)
    return order;
  if (const auto order = compare_optional(dev, other.dev, std::strong_ordering::greater); order != 0)
    return order;
  for (std::size_t i = 0; i < std::min(local.size(), other.local.size()); ++i)
    if (const auto order = local[i] <=> other.local[i]; order != 0) return order;
  return local.size() <=> other.local.size();
}

PythonVersion PythonVersion::base() const {
  PythonVersion out;
  out.epoch = epoch, out.release = release;
  return out;
}

PythonVersion PythonVersion::without_local() const {
  PythonVersion out = *this;
  out.local.clear();
  return out;
}

std::string PythonVersion::local_text() const {
  std::string out;
  for (const LocalPart& part : local) {
    if (!out.empty()) out += '.';
    out += part.number ? std::to_string(*part.number) : part.word;
  }
  return out;
}

std::string PythonVersion::text() const {
  std::string out;
  if (epoch != 0) out += std::to_string(epoch) + "!";
  for (std::size_t i = 0; i < release.size(); ++i) out += (i == 0 ? "" : ".") + std::to_string(release[i]);
  if (pre) {
    const bool alpha = pre->kind == PreKind::kAlpha, beta = pre->kind == PreKind::kBeta;
    out += (alpha ? "a" : beta ? "b" : "rc") + std::to_string(pre->number);
  }
  if (post) out += ".post" + std::to_string(*post);
  if (dev) out += ".dev" + std::to_string(*dev);
  if (!local.empty()) out += "+" + local_text();
  return out;
}

std::optional<PythonVersion> parse_python_version(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\n\r\f\v").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\n\r\f\v").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.empty() || text.size() > kVersionBytesMax) return std::nullopt;
  Reader reader(text);
  if (lower(reader.front()) == 'v') reader.skip(1);
  PythonVersion version;
  if (!read_release(reader, version)) return std::nullopt;
  if (!reader.done() && reader.front() != '+') {
    read_pre(reader, version);
    read_post(reader, version);
    read_dev(reader, version);
  }
  if (!read_local(reader, version) || !reader.done() || reader.too_large) return std::nullopt;
  return version;
}

Result<PythonVersion> read_python_version(std::string_view text) {
  if (auto version = parse_python_version(text)) return std::move(*version);
  return fail(ErrorCode::kMalformed, "\"" + printable(text, 80) + "\" is no Python package version",
              "a version looks like 2.6.0, 2.7.0.dev20250310 or 2.6.0+cu124");
}

}  // namespace nvstack::framework
