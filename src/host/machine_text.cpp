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

struct Reader {
  MachineImage image;
  const std::function<Result<std::string>(const std::string&)>& load_part;
  int includes = 0;
  std::map<std::string, std::string> words = {};  // of `set`, for ${NAME}
};

/// The line with each ${NAME} replaced, once: a value is not looked into again.
std::string fill_words(const Reader& reader, std::string_view line) {
  std::string out;
  while (true) {
    const std::size_t open = line.find("${"), close = line.find('}', open);
    out += line.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto word = close == std::string_view::npos
                          ? reader.words.end()
                          : reader.words.find(std::string(line.substr(open + 2, close - open - 2)));
    if (word == reader.words.end()) {
      out += "${", line.remove_prefix(open + 2);
    } else {
      out += word->second, line.remove_prefix(close + 1);
    }
  }
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
  if (!major_number || !minor_number) return wrong(block, "node PATH c MAJOR:MINOR [MODE [UID:GID]]");
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
  if (const auto owner = words.size() > 4 ? cut(words[4], ":") : std::nullopt) {
    entry.status.uid = static_cast<std::uint32_t>(parse_uint(owner->first).value_or(0));
    entry.status.gid = static_cast<std::uint32_t>(parse_uint(owner->second).value_or(0));
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
    const Json list = TRY(parse_json(words));
    if (list.items())
      for (const Json& word : *list.items())
        if (word.string()) argv.push_back(*word.string());
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
  for (const View view : {View::kModule, View::kArchive, View::kElf}) reader.image.views.erase({path, view});
  return {};
}

Status read_text(Reader& reader, std::string_view text);

Status include(Reader& reader, const Block& block) {
  const std::string name(trim(block.rest));
  if (name.empty() || name[0] == '.' || contains(name, "/"))
    return wrong(block, "include takes the plain name of a part");
  if (++reader.includes > kIncludesMax) return wrong(block, "more than 64 includes");
  const std::string part = TRY(reader.load_part(name));
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

struct Directive {
  std::string_view name;
  Status (*put)(Reader&, const Block&);
};

constexpr Directive kDirectives[] = {
    {"include", include},
    {"file", put_file},
    {"append", append_file},
    {"link", put_link},
    {"node", put_node},
    {"command", put_command},
    {"error", put_error},
    {"delete", delete_tree},
    {"env", set_environment},
    {"set", set_word},
    {"efivar", put_efi_variable},
    {"nvml", put_nvml},
    {"gpu", put_gpu},
    {"dir",
     [](Reader& reader, const Block& block) -> Status {
       reader.image.put_directory(std::string(trim(block.rest)));
       return {};
     }},
    {"module", [](Reader& reader, const Block& block) { return put_view(reader, block, View::kModule); }},
    {"archive", [](Reader& reader, const Block& block) { return put_view(reader, block, View::kArchive); }},
    {"elf", [](Reader& reader, const Block& block) { return put_view(reader, block, View::kElf); }},
};

Status apply(Reader& reader, const Block& block) {
  for (const Directive& directive : kDirectives)
    if (directive.name == block.name) return directive.put(reader, block);
  return wrong(block, "no directive \"" + printable(block.name, 40) + "\"");
}

Status read_text(Reader& reader, std::string_view text) {
  const auto lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (trim(lines[i]).empty() || lines[i].front() == '#') continue;
    const std::string line = fill_words(reader, lines[i]);
    Block block;
    block.line = i + 1;
    const auto parts = cut(line, " ");
    block.name = parts ? parts->first : line;
    block.rest = parts ? trim(parts->second) : std::string_view();
    while (i + 1 < lines.size() && lines[i + 1].substr(0, 1) == "|") {
      std::string_view content = lines[++i].substr(1);
      if (content.substr(0, 1) == " ") content.remove_prefix(1);
      block.body += fill_words(reader, content) + "\n";
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
