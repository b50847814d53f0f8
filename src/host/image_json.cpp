// index.json and commands.json of a capture, both ways. docs/formats/capture.md describes them.
#include "base/text.hpp"
#include "host/image.hpp"
#include "host/path.hpp"
#include "host/view.hpp"

namespace nvstack::host {

namespace {

constexpr std::pair<FileType, std::string_view> kTypeNames[] = {
    {FileType::kFile, "file"},       {FileType::kDirectory, "directory"}, {FileType::kLink, "link"},
    {FileType::kCharDevice, "char"}, {FileType::kBlockDevice, "block"},   {FileType::kOther, "other"},
};
constexpr View kViews[] = {View::kModule, View::kArchive, View::kElf};
constexpr ErrorCode kErrorCodes[] = {ErrorCode::kNotFound, ErrorCode::kDenied,   ErrorCode::kMalformed,
                                     ErrorCode::kTooLarge, ErrorCode::kTimedOut, ErrorCode::kNotAvailable,
                                     ErrorCode::kUsage,    ErrorCode::kIo};

Json error_json(const Error& error) {
  Json json;
  json.set("code", error_code_name(error.code)).set("message", error.text());
  if (!error.hint.empty()) json.set("hint", error.hint);
  return json;
}

Error error_of(const Json& json) {
  Error error{ErrorCode::kIo, json.text("message"), json.text("hint"), {}};
  for (const ErrorCode code : kErrorCodes)
    if (error_code_name(code) == json.text("code")) error.code = code;
  return error;
}

std::uint32_t number_of(const Json& json, std::string_view name, std::uint32_t otherwise) {
  const std::int64_t* value = json[name].integer();
  return value && *value >= 0 && *value <= UINT32_MAX ? static_cast<std::uint32_t>(*value) : otherwise;
}

Json entry_json(const std::string& path, const ImageEntry& entry) {
  Json json;
  json.set("path", path);
  for (const auto& [type, name] : kTypeNames)
    if (type == entry.status.type) json.set("type", name);
  if (entry.status.mode != 0644) json.set("mode", entry.status.mode);
  if (entry.status.uid != 0) json.set("uid", entry.status.uid);
  if (entry.status.gid != 0) json.set("gid", entry.status.gid);
  if (entry.status.size_bytes != entry.content.size()) json.set("size", entry.status.size_bytes);
  if (entry.status.type == FileType::kCharDevice || entry.status.type == FileType::kBlockDevice)
    json.set("major", entry.status.device_major).set("minor", entry.status.device_minor);
  if (!entry.content_known) json.set("unread", true);
  if (entry.error) json.set("error", error_json(*entry.error));
  return json;
}

/// Is the entry just what its file in the tar says?
bool tells_nothing_more(const ImageEntry& entry) {
  FileStatus plain{FileType::kFile, 0644};
  plain.size_bytes = entry.content.size();
  return entry.status == plain && entry.content_known && !entry.error;
}

}  // namespace

Json image_index_json(const MachineImage& image) {
  Json entries = Json::array(), views = Json::array(), environment = Json::object();
  for (const auto& [path, entry] : image.entries)
    if (entry.status.type != FileType::kLink && path != "/" && !tells_nothing_more(entry))
      entries.add(entry_json(path, entry));
  for (const auto& [key, answer] : image.views) {
    Json view;
    view.set("path", key.first).set("view", view_name(key.second));
    if (answer) {
      view.set("text", *answer);
    } else {
      view.set("error", error_json(answer.error()));
    }
    views.add(std::move(view));
  }
  for (const auto& [name, value] : image.environment) environment.set(name, value);
  Json index;
  index.set("format", 1).set("entries", std::move(entries)).set("views", std::move(views));
  return index.set("environment", std::move(environment));
}

Json image_commands_json(const MachineImage& image) {
  Json commands = Json::array();
  for (const auto& [argv, answer] : image.commands) {
    Json command;
    command.set("argv", argv);
    if (answer) {
      command.set("exit", answer->exit_code).set("out", answer->out).set("err", answer->err);
    } else {
      command.set("error", error_json(answer.error()));
    }
    commands.add(std::move(command));
  }
  return commands;
}

namespace {

Status apply_entry(MachineImage& image, const Json& json) {
  const std::string path = clean_path(json.text("path"));
  if (path == "/") return fail(ErrorCode::kMalformed, "index.json: an entry without a path");
  ImageEntry entry;
  // A file that was taken out of the capture by hand was not captured; it is not empty.
  const ImageEntry* stored = image.find(path);
  if (stored) entry = *stored;
  if (entry.status.type == FileType::kLink) return {};
  for (const auto& [type, name] : kTypeNames)
    if (name == json.text("type")) entry.status.type = type;
  entry.status.mode = number_of(json, "mode", 0644) & 07777u;  // the default is not written
  entry.status.uid = number_of(json, "uid", 0), entry.status.gid = number_of(json, "gid", 0);
  entry.status.device_major = number_of(json, "major", 0),
  entry.status.device_minor = number_of(json, "minor", 0);
  if (!stored && entry.status.type == FileType::kFile) entry.content_known = false;
  if (const std::int64_t* size = json["size"].integer(); size && *size >= 0)
    entry.status.size_bytes = static_cast<std::uint64_t>(*size);
  if (const bool* unread = json["unread"].boolean()) entry.content_known = !*unread;
  if (json["error"].members()) entry.error = error_of(json["error"]);
  image.put(path, std::move(entry));
  return {};
}

}  // namespace

Status apply_index_json(MachineImage& image, const Json& index) {
  const std::int64_t* format = index["format"].integer();
  if (!format || *format != 1)
    return fail(ErrorCode::kMalformed, "index.json is not of format 1",
                "capture the machine again with this nvstack");
  if (const auto* entries = index["entries"].items())
    for (const Json& entry : *entries) TRY(apply_entry(image, entry));
  if (const auto* views = index["views"].items()) {
    for (const Json& json : *views) {
      for (const View view : kViews) {
        if (view_name(view) != json.text("view")) continue;
        Result<std::string> answer = json.text("text");
        if (json["error"].members()) answer = fail(error_of(json["error"]));
        image.views.insert_or_assign({clean_path(json.text("path")), view}, std::move(answer));
      }
    }
  }
  if (const auto* variables = index["environment"].members())
    for (const auto& [name, value] : *variables)
      if (value.string()) image.environment[name] = *value.string();
  return {};
}

Status apply_commands_json(MachineImage& image, const Json& commands) {
  if (!commands.items()) return fail(ErrorCode::kMalformed, "commands.json is not a list");
  for (const Json& json : *commands.items()) {
    std::vector<std::string> argv;
    if (const auto* words = json["argv"].items())
      for (const Json& word : *words)
        if (word.string()) argv.push_back(*word.string());
    if (argv.empty()) return fail(ErrorCode::kMalformed, "commands.json: a command without argv");
    Result<ProcessOutput> answer = ProcessOutput{0, json.text("out"), json.text("err")};
    if (const std::int64_t* code = json["exit"].integer()) answer->exit_code = static_cast<int>(*code & 255);
    if (json["error"].members()) answer = fail(error_of(json["error"]));
    image.commands.insert_or_assign(std::move(argv), std::move(answer));
  }
  return {};
}

}  // namespace nvstack::host
