#include "facts/modprobe.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kFilesMax = 1000;
constexpr std::size_t kLinesMax = 10'000;  // about the stack, of one file
constexpr const char* kDirectories[] = {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
                                        "/usr/lib/modprobe.d", "/lib/modprobe.d"};

constexpr std::pair<std::string_view, ModprobeVerb> kVerbs[] = {
    {"blacklist", ModprobeVerb::kBlacklist}, {"install", ModprobeVerb::kInstall},
    {"remove", ModprobeVerb::kRemove},       {"options", ModprobeVerb::kOptions},
    {"alias", ModprobeVerb::kAlias},         {"softdep", ModprobeVerb::kSoftdep},
};

std::string plain_name(std::string_view name) {
  return replace_all(printable(name, 200), "-", "_");
}

bool of_the_stack(std::string_view module) {
  for (const char* prefix : {"nvidia", "nouveau", "nova", "vfio"})
    if (module.starts_with(prefix)) return true;
  return false;
}

/// The first word of the text, removed from it.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

/// An alias and a soft dependency also matter for what they name.
bool names_the_stack(ModprobeVerb verb, std::string_view argument) {
  if (verb != ModprobeVerb::kAlias && verb != ModprobeVerb::kSoftdep) return false;
  for (const std::string_view word : split_words(argument))
    if (of_the_stack(word)) return true;
  return false;
}

void add_line(std::vector<ModprobeLine>& lines, const std::string& text, const std::string& file,
              int number) {
  std::string_view rest = text;
  const std::string_view first = take_word(rest);
  for (const auto& [word, verb] : kVerbs) {
    if (word != first) continue;
    const std::string module = plain_name(take_word(rest));
    if (module.empty() || (!of_the_stack(module) && !names_the_stack(verb, rest))) return;
    lines.push_back({verb, module, printable(rest, 4096), file, number, printable(text, 4096)});
  }
}

/// The words of an options line; quotes keep blanks together and are dropped.
std::vector<std::string> option_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (const char c : text) {
    if (quote ? c == quote : c == '"' || c == '\'') {
      quote = quote ? 0 : c;
    } else if (!quote && (c == ' ' || c == '\t')) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

bool does_nothing(std::string_view command) {
  const auto words = split_words(command);
  return !words.empty() && (words[0].ends_with("/false") || words[0].ends_with("/true") ||
                            words[0] == "false" || words[0] == "true" || words[0] == ":");
}

}  // namespace

std::vector<ModprobeLine> parse_modprobe_file(std::string_view text, const std::string& file) {
  std::vector<ModprobeLine> lines;
  const auto physical = split_lines(text);
  for (std::size_t i = 0; i < physical.size() && lines.size() < kLinesMax; ++i) {
    const int number = static_cast<int>(i) + 1;
    std::string logical(physical[i]);
    // A backslash joins the next line, also that of a comment.
    while (logical.ends_with('\\') && i + 1 < physical.size()) {
      logical.pop_back();
      logical += physical[++i];
    }
    add_line(lines, logical, file, number);
  }
  return lines;
}

bool Modprobe::blacklisted(std::string_view module) const {
  const std::string wanted = plain_name(module);
  return std::any_of(lines.begin(), lines.end(), [&](const ModprobeLine& line) {
    if (line.module != wanted) return false;
    return line.verb == ModprobeVerb::kBlacklist ||
           (line.verb == ModprobeVerb::kInstall && does_nothing(line.argument)) ||
           (line.verb == ModprobeVerb::kAlias && line.argument == "off");
  });
}

std::vector<std::pair<std::string, const ModprobeLine*>> Modprobe::options(std::string_view module,
                                                                           std::string_view name) const {
  std::vector<std::pair<std::string, const ModprobeLine*>> values;
  const std::string wanted = plain_name(module);
  for (const ModprobeLine& line : lines) {
    if (line.verb != ModprobeVerb::kOptions || line.module != wanted) continue;
    for (const std::string& word : option_words(line.argument)) {
      const auto parts = cut(word, "=");
      if ((parts ? parts->first : std::string_view(word)) != name) continue;
      values.emplace_back(parts ? parts->second : std::string_view(), &line);
    }
  }
  return values;
}

Result<Modprobe> read_modprobe(const host::Host& host) {
  Modprobe modprobe;
  // By name, as modprobe reads them: the first directory that has a name hides the others.
  std::map<std::string, std::string> files;
  const bool one_lib = host.resolve("/lib").value_or("/lib") != "/lib";
  for (const std::string directory : kDirectories) {
    if (directory == "/lib/modprobe.d" && one_lib) continue;
    const auto entries = host.list(directory);
    if (!entries && entries.error().code != ErrorCode::kNotFound)
      modprobe.unreadable.push_back(entries.error());
    if (!entries) continue;
    for (const host::DirectoryEntry& entry : *entries)
      if (entry.name.ends_with(".conf") && entry.type != host::FileType::kDirectory &&
          files.size() < kFilesMax)
        files.try_emplace(entry.name, directory + "/" + entry.name);
  }
  for (const auto& [name, path] : files) {
    // A link to /dev/null switches the file of that name off.
    const auto status = host.status(path);
    if (status && status->type == host::FileType::kCharDevice) continue;
    const auto text = host.read(path);
    if (!text && text.error().code != ErrorCode::kNotFound) modprobe.unreadable.push_back(text.error());
    if (!text) continue;
    auto lines = parse_modprobe_file(*text, path);
    std::move(lines.begin(), lines.end(), std::back_inserter(modprobe.lines));
  }
  return modprobe;
}

}  // namespace nvstack::facts
