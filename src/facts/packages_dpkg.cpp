// dpkg's status file: megabytes of paragraphs of which a few dozen matter, so a paragraph is left as soon as
// its name and state say that it does not.
#include "base/text.hpp"
#include "facts/packages.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kStatusBytesMax = 64u << 20;
constexpr const char* kStatusFile = "/var/lib/dpkg/status";

/// Walks lines without copying; remembers the line's number for messages.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return true;
  }
  /// Behind the blank line that ends this paragraph.
  void skip_paragraph() {
    if (rest_.substr(0, 1) == "\n") return rest_.remove_prefix(1);
    const std::size_t end = rest_.find("\n\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 2);
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

struct Paragraph {
  std::string_view package, status, version, arch, maintainer;
};

/// The value when the line is "KEY: value".
bool take_field(std::string_view line, std::string_view key, std::string_view& value) {
  if (line.size() <= key.size() || line.substr(0, key.size()) != key || line[key.size()] != ':') return false;
  value = trim(line.substr(key.size() + 1));
  return true;
}

std::optional<PackageState> state_of(std::string_view word) {
  if (word == "installed" || word == "triggers-awaited" || word == "triggers-pending")
    return PackageState::kInstalled;
  if (word == "half-installed") return PackageState::kHalfInstalled;
  if (word == "unpacked") return PackageState::kUnpacked;
  if (word == "half-configured") return PackageState::kHalfConfigured;
  if (word == "config-files") return PackageState::kConfigFiles;
  return std::nullopt;  // not-installed
}

bool is_broken(PackageState state) {
  return state != PackageState::kInstalled && state != PackageState::kConfigFiles;
}

/// "hold ok installed": what is wanted, whether dpkg saw an error, what is.
struct StatusWords {
  std::optional<PackageState> state;
  bool held = false;
};
StatusWords status_words(std::string_view status) {
  const auto words = split_words(status.substr(0, 200));
  if (words.size() != 3) return {};
  return {state_of(words[2]), words[0] == "hold"};
}

Error broken_paragraph(std::string_view text, std::size_t left) {
  const std::string_view before = text.substr(0, text.size() - left);
  const std::size_t line = split_lines(before).size();
  return {
      ErrorCode::kMalformed, "line " + std::to_string(line) + ": a paragraph without a package name", "", {}};
}

}  // namespace

Result<std::vector<Package>> parse_dpkg_status(std::string_view text,
                                               std::vector<std::string>& other_broken) {
  if (text.find('\0') != std::string_view::npos)
    return fail(ErrorCode::kMalformed, "NUL bytes where only text belongs");
  std::vector<Package> found;
  LineReader lines(text);
  Paragraph now;
  const auto finish = [&] {
    const auto [state, held] = status_words(now.status);
    if (now.package.empty() || !state) {
      now = {};
      return;
    }
    if (belongs_to_stack(now.package)) {
      found.push_back({std::string(now.package), std::string(now.version), std::string(now.arch), *state,
                       held, std::string(now.maintainer)});
    } else if (is_broken(*state)) {
      other_broken.emplace_back(now.package);
    }
    now = {};
  };
  std::string_view line;
  while (lines.next(line)) {
    if (trim(line).empty()) {
      finish();
    } else if (line.front() == ' ' || line.front() == '\t' || take_field(line, "Package", now.package) ||
               take_field(line, "Version", now.version) || take_field(line, "Architecture", now.arch) ||
               take_field(line, "Maintainer", now.maintainer)) {
      continue;
    } else if (now.package.empty()) {
      return fail(broken_paragraph(text, lines.left()));
    } else if (take_field(line, "Status", now.status) && !belongs_to_stack(now.package)) {
      finish(), lines.skip_paragraph();
    }
  }
  finish();
  return found;
}

Result<std::vector<Package>> read_dpkg_packages(const host::Host& host, Packages& answer) {
  const std::string text = TRY(host.read(kStatusFile, {.bytes_max = kStatusBytesMax}));
  return TRY_AS(std::string("reading ") + kStatusFile, parse_dpkg_status(text, answer.other_broken));
}

}  // namespace nvstack::facts
