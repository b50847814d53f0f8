#include "host/recording_host.hpp"

#include "host/path.hpp"

namespace nvstack::host {

namespace {

/// "Not there" needs no record: it is what an image answers for a path that it does not hold.
bool worth_keeping(const Error& error) {
  return error.code != ErrorCode::kNotFound;
}

}  // namespace

std::optional<std::string> RecordingHost::note_path(const std::string& path, bool follow_last) const {
  const auto plain = resolve_beneath(
      path,
      [this](const std::string& prefix) -> std::optional<std::string> {
        const auto target = inner_.readlink(prefix);
        if (!target) return std::nullopt;
        image_.put_link(prefix, *target);
        return *target;
      },
      follow_last);
  return plain ? std::optional(*plain) : std::nullopt;
}

ImageEntry& RecordingHost::note_entry(const std::string& plain_path) const {
  if (ImageEntry* known = image_.find(plain_path)) return *known;
  ImageEntry entry;
  entry.content_known = false;
  if (const auto status = inner_.status(plain_path)) entry.status = *status;
  image_.put(plain_path, std::move(entry));
  return *image_.find(plain_path);
}

Result<std::string> RecordingHost::read(const std::string& path, const ReadLimits& limits) const {
  auto answer = inner_.read(path, limits);
  const auto plain = note_path(path);
  if (!plain || (!answer && !worth_keeping(answer.error()))) return answer;
  ImageEntry& entry = note_entry(*plain);
  // The same file can be read under several limits; the longest answer serves them all.
  if (answer && (!entry.content_known || answer->size() >= entry.content.size())) {
    entry.content = *answer, entry.content_known = true, entry.error.reset();
  } else if (!answer && !entry.content_known && entry.status.type == FileType::kFile) {
    // Of a directory or a device the type says it; an error would stand in the way of listing it.
    entry.error = answer.error();
  }
  return answer;
}

Result<std::vector<DirectoryEntry>> RecordingHost::list(const std::string& path) const {
  auto answer = inner_.list(path);
  const auto plain = note_path(path);
  if (!plain || (!answer && !worth_keeping(answer.error()))) return answer;
  if (!answer) {
    note_entry(*plain).error = answer.error();
    return answer;
  }
  image_.put_directory(*plain);
  for (const DirectoryEntry& child : *answer) {
    const std::string child_path = (*plain == "/" ? "" : *plain) + "/" + child.name;
    if (child.type == FileType::kLink) {
      if (const auto target = inner_.readlink(child_path)) image_.put_link(child_path, *target);
    } else {
      note_entry(child_path);
    }
  }
  return answer;
}

Result<std::string> RecordingHost::readlink(const std::string& path) const {
  auto answer = inner_.readlink(path);
  const auto plain = note_path(path, false);
  if (answer && plain) image_.put_link(*plain, *answer);
  return answer;
}

Result<FileStatus> RecordingHost::status(const std::string& path) const {
  auto answer = inner_.status(path);
  const auto plain = note_path(path);
  if (answer && plain) note_entry(*plain).status = *answer;
  return answer;
}

Result<std::string> RecordingHost::resolve(const std::string& path) const {
  auto answer = inner_.resolve(path);
  const auto plain = note_path(path);
  if (answer && plain && *plain != "/") note_entry(*plain);
  return answer;
}

Result<std::string> RecordingHost::view(const std::string& path, View view) const {
  auto answer = inner_.view(path, view);
  const auto plain = note_path(path);
  if (!plain || (!answer && !worth_keeping(answer.error()))) return answer;
  note_entry(*plain);
  image_.views.insert_or_assign({*plain, view}, answer);
  return answer;
}

Result<ProcessOutput> RecordingHost::query(const Command& command) const {
  auto answer = inner_.query(command);
  if (answer || worth_keeping(answer.error())) image_.commands.insert_or_assign(command.argv, answer);
  return answer;
}

Result<std::string> RecordingHost::environment(const std::string& name) const {
  auto answer = inner_.environment(name);
  if (answer) image_.environment[name] = *answer;
  return answer;
}

}  // namespace nvstack::host
