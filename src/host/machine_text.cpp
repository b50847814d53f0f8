// parse_machine_text: a whole machine written down by a person. docs/formats/machine-text.md is its
// reference.
#include <array>
#include <map>

#include "base/text.hpp"
#include "host/capture.hpp"
#include "host/machine_gpu.hpp"
#include "host/path.hpp"
#include "host/view.hpp"

namespace nvstack::host {

namespace {

constexpr int kIncludesMax = 64;
constexpr std::size_t kWordBytesMax = 64;           // the name of a `set`
constexpr std::size_t kFilledBytesMax = 64u << 20;  // of all lines, with their words filled in

struct Reader {
  MachineImage image;
  const std::function<Result<std::string>(const std::string&)>& load_part;
  int includes = 0;
  std::map<std::string, std::string> words = {};  // of `set`, for ${NAME}
  std::size_t filled_bytes = 0;
};

/// The line with each ${NAME} replaced, once: a value is not looked into again. What all lines become is
/// bounded: `set A ${A}${A}` doubles a word each time.
Result<std::string> fill_words(Reader& reader, std::string_view line) {
  std::string out;
  while (true) {
    const std::size_t open = line.find("${");
    out += line.substr(0, open);
    if (open == std::string_view::npos) break;
    line.remove_prefix(open + 2);
    const std::size_t close = line.substr(0, kWordBytesMax + 1).find('}');
    const auto word = close == std::string_view::npos ? reader.words.end()
                                                      : reader.words.find(std::string(line.substr(0, close)));
    if (word == reader.words.end()) {
      out += "${";
    } else {
      out += word->second, line.remove_prefix(close + 1);
    }
    if (out.size() > kFilledBytesMax) break;
  }
  reader.filled_bytes += out.size();
  if (reader.filled_bytes > kFilledBytesMax)
    return fail(ErrorCode::kTooLarge, "with its words filled in it is larger than 64 MiB");
  return out;
}

/// One directive: its name, the rest of its line, and the "| " lines below it.
struct Block {
  std::string name;
  std::string rest;
  std::string body;
  std::size_t line = 0;
};

tl::unexpected<Error> wrong(const Block& block, const std::string& what) {
  return fail(ErrorCode::kMalformed, "line " + std::to_string(block.line) + ": " + what);
}

Status put_node(Reader& reader, const Block& block) {
  const auto words = split_words(block.rest);
  const auto numbers = words.size() >= 3 ? cut(words[2], ":") : std::nullopt;
  const auto major_number = numbers ? parse_uint(numbers->first) : std::nullopt;
  const auto minor_number = numbers ? parse_uint(numbers->second) : std::nullopt;
  if (!major_number || !minor_number || (words[1] != "c" && words[1] != "b"))
    return wrong(block, "node PATH c|b MAJOR:MINOR [MODE [UID:GID]]");
  ImageEntry entry;
  entry.status.type = words[1] == "b" ? FileType::kBlockDevice : FileType::kCharDevice;
  entry.status.device_major = static_cast<std::uint32_t>(*major_number);
  entry.status.device_minor = static_cast<std::uint32_t>(*minor_number);
  entry.status.mode = 0666;
  if (words.size() > 3) {
    std::uint32_t mode = 0;
    for (const char c : words[3]) {
      if (c < '0' || c > '7' || mode > 0777) return wrong(block, "the mode is not octal");
      mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
    }
    entry.status.mode = mode;
  }
  if (words.size() > 4) {
    const auto owner = cut(words[4], ":");
    const auto user = owner ? parse_uint(owner->first) : std::nullopt;
    const auto group = owner ? parse_uint(owner->second) : std::nullopt;
    if (!user || !group) return wrong(block, "the owner is UID:GID, two numbers");
    entry.status.uid = static_cast<std::uint32_t>(*user);
    entry.status.gid = static_cast<std::uint32_t>(*group);
  }
  reader.image.put(std::string(words[0]), std::move(entry));
  return {};
}

Status put_command(Reader& reader, const Block& block) {
  std::string_view words = block.rest;
  int exit_code = 0;
  if (const auto parts = cut(words, " => ")) {
    const auto code = parse_uint(trim(parts->second));
    if (!code || *code > 255) return wrong(block, "an exit code is 0 to 255");
    words = parts->first, exit_code = static_cast<int>(*code);
  }
  std::vector<std::string> argv;
  if (words.substr(0, 1) == "[") {
    const auto list = parse_json(words);
    if (!list) return wrong(block, list.error().message);
    for (const Json& word : *list->items()) {
      if (!word.string()) return wrong(block, "the words of a command are strings");
      argv.push_back(*word.string());
    }
  } else {
    for (const std::string_view word : split_words(words)) argv.emplace_back(word);
  }
  if (argv.empty()) return wrong(block, "command WORD... [=> EXIT]");
  reader.image.commands.insert_or_assign(std::move(argv), ProcessOutput{exit_code, block.body, {}});
  return {};
}

Status put_view(Reader& reader, const Block& block, View view) {
  const std::string path(trim(block.rest));
  ImageEntry entry;
  entry.content_known = false;
  reader.image.put(path, std::move(entry));
  reader.image.views.insert_or_assign({clean_path(path), view}, Result<std::string>(block.body));
  return {};
}

Status put_error(Reader& reader, const Block& block) {
  const auto words = split_words(block.rest);
  constexpr std::array codes = {ErrorCode::kDenied, ErrorCode::kMalformed, ErrorCode::kTooLarge,
                                ErrorCode::kTimedOut};
  for (const ErrorCode code : codes) {
    if (words.size() < 2 || words[1] != error_code_name(code)) continue;
    ImageEntry entry;
    entry.error = Error{code, std::string(words[0]) + ": " + std::string(words[1]), "", {}};
    reader.image.put(std::string(words[0]), std::move(entry));
    return {};
  }
  return wrong(block, "error PATH denied|malformed|too-large|timed-out");
}

Status put_link(Reader& reader, const Block& block) {
  const auto parts = cut(block.rest, " -> ");
  if (!parts) return wrong(block, "link PATH -> TARGET");
  reader.image.put_link(std::string(trim(parts->first)), std::string(trim(parts->second)));
  return {};
}

Status put_file(Reader& reader, const Block& block) {
  if (const auto parts = cut(block.rest, " = ")) {
    reader.image.put_file(std::string(trim(parts->first)), std::string(parts->second) + "\n");
  } else {
    reader.image.put_file(std::string(trim(block.rest)), block.body);
  }
  return {};
}

/// More of a file that is there already: packages, log lines, loaded modules.
Status append_file(Reader& reader, const Block& block) {
  const std::string path(trim(block.rest));
  const ImageEntry* present = reader.image.find(clean_path(path));
  reader.image.put_file(path, (present ? present->content : "") + block.body);
  return {};
}

Status delete_tree(Reader& reader, const Block& block) {
  const std::string path = clean_path(trim(block.rest));
  auto& entries = reader.image.entries;
  entries.erase(path);
  for (auto at = entries.lower_bound(path + "/"); at != entries.end() && at->first.starts_with(path + "/");)
    at = entries.erase(at);
  std::erase_if(reader.image.views, [&](const auto& view) {
    return view.first.first == path || view.first.first.starts_with(path + "/");
  });
  return {};
}

Status read_text(Reader& reader, std::string_view text);

Status include(Reader& reader, const Block& block) {
  const std::string name(trim(block.rest));
  if (name.empty() || name[0] == '.' || contains(name, "/"))
    return wrong(block, "include takes the plain name of a part");
  if (++reader.includes > kIncludesMax) return wrong(block, "more than 64 includes");
  const std::string part = TRY_AS("line " + std::to_string(block.line), reader.load_part(name));
  TRY_AS("in " + name, read_text(reader, part));
  return {};
}

Status set_environment(Reader& reader, const Block& block) {
  const auto parts = cut(block.rest, "=");
  if (!parts) return wrong(block, "env NAME=VALUE");
  reader.image.environment[std::string(trim(parts->first))] = std::string(parts->second);
  return {};
}

/// A UEFI variable of one byte, behind its four bytes of attributes: the only binary file that people write
/// here.
Status put_efi_variable(Reader& reader, const Block& block) {
  const auto words = split_words(block.rest);
  const auto value = words.size() == 2 ? parse_uint(words[1]) : std::nullopt;
  if (!value || *value > 255) return wrong(block, "efivar PATH VALUE");
  reader.image.put_file(std::string(words[0]), std::string("\x06\0\0\0", 4) + static_cast<char>(*value));
  return {};
}

Status set_word(Reader& reader, const Block& block) {
  const auto parts = cut(block.rest, " ");
  if (!parts) return wrong(block, "set NAME VALUE");
  reader.words[std::string(parts->first)] = trim(parts->second);
  return {};
}

Status put_nvml(Reader& reader, const Block& block) {
  reader.image.attachments["nvml.json"] = block.body;
  return {};
}

Status put_gpu(Reader& reader, const Block& block) {
  const auto done = put_gpu_files(reader.image, block.rest);
  if (!done) return wrong(block, done.error().message);
  return {};
}

enum class Rest { kAny, kPath };  // what stands behind the name of a directive

struct Directive {
  std::string_view name;
  Rest rest;
  Status (*put)(Reader&, const Block&);
};

constexpr Directive kDirectives[] = {
    {"include", Rest::kAny, include},
    {"file", Rest::kPath, put_file},
    {"append", Rest::kPath, append_file},
    {"link", Rest::kPath, put_link},
    {"node", Rest::kPath, put_node},
    {"command", Rest::kAny, put_command},
    {"error", Rest::kPath, put_error},
    {"delete", Rest::kPath, delete_tree},
    {"env", Rest::kAny, set_environment},
    {"set", Rest::kAny, set_word},
    {"efivar", Rest::kPath, put_efi_variable},
    {"nvml", Rest::kAny, put_nvml},
    {"gpu", Rest::kAny, put_gpu},
    {"dir", Rest::kPath,
     [](Reader& reader, const Block& block) -> Status {
       reader.image.put_directory(std::string(trim(block.rest)));
       return {};
     }},
    {"module", Rest::kPath,
     [](Reader& reader, const Block& block) { return put_view(reader, block, View::kModule); }},
    {"archive", Rest::kPath,
     [](Reader& reader, const Block& block) { return put_view(reader, block, View::kArchive); }},
    {"elf", Rest::kPath,
     [](Reader& reader, const Block& block) { return put_view(reader, block, View::kElf); }},
};

Status apply(Reader& reader, const Block& block) {
  for (const Directive& directive : kDirectives)
    if (directive.name == block.name) {
      if (directive.rest == Rest::kPath && block.rest.substr(0, 1) != "/")
        return wrong(block, block.name + " takes a path that begins with /");
      return directive.put(reader, block);
    }
  return wrong(block, "no directive \"" + printable(block.name, 40) + "\"");
}

Status read_text(Reader& reader, std::string_view text) {
  const auto lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (trim(lines[i]).empty() || lines[i].front() == '#') continue;
    const std::string line = TRY(fill_words(reader, lines[i]));
    Block block;
    block.line = i + 1;
    const auto parts = cut(line, " ");
    block.name = parts ? parts->first : line;
    block.rest = parts ? trim(parts->second) : std::string_view();
    while (i + 1 < lines.size() && lines[i + 1].substr(0, 1) == "|") {
      std::string_view content = lines[++i].substr(1);
      if (content.substr(0, 1) == " ") content.remove_prefix(1);
      block.body += TRY(fill_words(reader, content)) + "\n";
    }
    TRY(apply(reader, block));
  }
  return {};
}

}  // namespace

Result<MachineImage> parse_machine_text(
    std::string_view text, const std::function<Result<std::string>(const std::string&)>& load_part) {
  Reader reader{{}, load_part};
  TRY(read_text(reader, text));
  return std::move(reader.image);
}

}  // namespace nvstack::host
