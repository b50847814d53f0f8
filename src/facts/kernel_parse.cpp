// The pure half of kernel.hpp: release names, /proc/version, the command line, a kernel's configuration.
#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "facts/kernel.hpp"

namespace nvstack::facts {

namespace {

constexpr std::pair<KernelFlavor, std::string_view> kFlavors[] = {
    {KernelFlavor::kGeneric, "generic"}, {KernelFlavor::kAzure, "azure"}, {KernelFlavor::k64k, "64k"},
    {KernelFlavor::kRt, "rt"},           {KernelFlavor::kUek, "uek"},     {KernelFlavor::kCloud, "cloud"},
    {KernelFlavor::kWsl, "wsl"},         {KernelFlavor::kTegra, "tegra"},
};

/// Words of a release between '-', '.', '+' and '_' that tell what it is built for. The order decides where
/// two stand in one release: Oracle's uek64k and Ubuntu's aws-64k take packages of the first one here.
constexpr std::pair<std::string_view, KernelFlavor> kWords[] = {
    {"microsoft", KernelFlavor::kWsl}, {"tegra", KernelFlavor::kTegra}, {"uek", KernelFlavor::kUek},
    {"64k", KernelFlavor::k64k},       {"64kb", KernelFlavor::k64k},    {"azure", KernelFlavor::kAzure},
    {"rt", KernelFlavor::kRt},         {"realtime", KernelFlavor::kRt}, {"cloud", KernelFlavor::kCloud},
    {"gcp", KernelFlavor::kCloud},     {"gke", KernelFlavor::kCloud},   {"aws", KernelFlavor::kCloud},
    {"oracle", KernelFlavor::kCloud},
};

std::vector<std::string> release_words(std::string_view release) {
  std::string text = to_lower(release.substr(0, 256));
  for (char& c : text)
    if (c == '-' || c == '.' || c == '+' || c == '_') c = ' ';
  std::vector<std::string> words;
  for (const std::string_view word : split_words(text)) words.emplace_back(word);
  return words;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "rt" also in "rt15" (the PREEMPT_RT patch's number), "uek" also in "el9uek".
bool word_names(std::string_view word, std::string_view flavor) {
  if (word == flavor) return true;
  if (flavor == "uek") return word.ends_with("uek");
  return flavor == "rt" && word.starts_with("rt") && std::all_of(word.begin() + 2, word.end(), is_digit);
}

/// The texts of the outermost parentheses.
std::vector<std::string_view> parenthesized(std::string_view text) {
  std::vector<std::string_view> groups;
  std::size_t depth = 0, start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && depth++ == 0) start = i + 1;
    if (text[i] == ')' && depth > 0 && --depth == 0) groups.push_back(text.substr(start, i - start));
  }
  return groups;
}

/// Up to the first comma outside parentheses: before it the compiler, behind it the linker.
std::string_view before_comma(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (text[i] == ',' && depth <= 0) return text.substr(0, i);
  }
  return text;
}

/// The number at `at`, its leading zeros skipped, as digits: their count and then their bytes order it.
std::string_view number_at(std::string_view text, std::size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(start, at - start);
}

}  // namespace

KernelFlavor flavor_of_release(std::string_view release) {
  const auto words = release_words(release);
  for (const auto& [name, flavor] : kWords)
    for (const std::string& word : words)
      if (word_names(word, name)) return flavor;
  return KernelFlavor::kGeneric;
}

std::string_view kernel_flavor_name(KernelFlavor flavor) {
  for (const auto& [value, name] : kFlavors)
    if (value == flavor) return name;
  return "";
}

std::optional<KernelFlavor> kernel_flavor_of(std::string_view name) {
  for (const auto& [value, word] : kFlavors)
    if (word == name) return value;
  return std::nullopt;
}

std::vector<std::string> parse_command_line(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (c == '"') {
      quoted = !quoted;
    } else if (blank && !quoted) {
      if (!word.empty()) words.push_back(printable(word, 4096));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(printable(word, 4096));
  return words;
}

std::optional<std::string> Kernel::parameter(std::string_view name) const {
  // The kernel takes '-' and '_' in a parameter's name for the same.
  const auto plain = [](std::string_view text) { return replace_all(std::string(text), "-", "_"); };
  std::optional<std::string> value;
  for (const std::string& word : command_line) {
    const auto parts = cut(word, "=");
    const std::string_view key = parts ? parts->first : std::string_view(word);
    if (plain(key) == plain(name)) value = std::string(parts ? parts->second : "");
  }
  return value;
}

std::string parse_lockdown(std::string_view text) {
  const auto opened = cut(text, "[");
  const auto closed = opened ? cut(opened->second, "]") : std::nullopt;
  return closed ? printable(trim(closed->first), 40) : "";
}

ProcVersion parse_proc_version(std::string_view text) {
  text = text.substr(0, std::min(text.find('\n'), std::size_t{4096}));
  ProcVersion version;
  const auto words = split_words(text);
  if (words.size() < 3 || words[0] != "Linux" || words[1] != "version") return version;
  version.release = printable(words[2], 200);
  // "(who built it) (compiler, linker)"
  const auto groups = parenthesized(text);
  if (groups.size() >= 2) version.compiler = printable(trim(before_comma(groups[1])), 200);
  return version;
}

std::optional<int> parse_gcc_major(std::string_view compiler) {
  if (!contains(compiler, "gcc") || contains(compiler, "clang")) return std::nullopt;
  std::string bare;  // without the distribution's own version in parentheses
  int depth = 0;
  for (const char c : compiler.substr(0, 1000)) {
    if (c == '(') ++depth;
    if (depth == 0) bare += c;
    if (c == ')' && depth > 0) --depth;
  }
  const auto version = find_version(bare, 2);
  if (!version || version->branch() > 999) return std::nullopt;
  return static_cast<int>(version->branch());
}

KernelConfig parse_kernel_config(std::string_view text) {
  KernelConfig config;
  for (const std::string_view line : split_lines(text)) {
    if (line == "CONFIG_MODULE_SIG_FORCE=y") config.module_sig_force = true;
    if (line == "# CONFIG_MODULE_SIG_FORCE is not set") config.module_sig_force = false;
    constexpr std::string_view kCompiler = "CONFIG_CC_VERSION_TEXT=\"";
    if (!line.starts_with(kCompiler)) continue;
    const std::string_view value = line.substr(kCompiler.size());
    config.compiler = printable(value.substr(0, value.rfind('"')), 200);
  }
  return config;
}

bool release_less(std::string_view left, std::string_view right) {
  std::size_t l = 0, r = 0;
  while (l < left.size() && r < right.size()) {
    if (is_digit(left[l]) && is_digit(right[r])) {
      const std::string_view a = number_at(left, l), b = number_at(right, r);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else {
      if (left[l] != right[r]) return left[l] < right[r];
      ++l, ++r;
    }
  }
  if ((l == left.size()) != (r == right.size())) return l == left.size();
  return left < right;  // equal numbers, other zeros: some order, always the same
}

}  // namespace nvstack::facts
