#include "host/memory_host.hpp"

#include <cerrno>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "host/path.hpp"
#include "host/view.hpp"

namespace nvstack::host {

Result<const ImageEntry*> MemoryHost::entry_at(const std::string& path) const {
  const std::string plain = TRY(image_.resolve(path));
  static const ImageEntry top = [] {
    ImageEntry entry;
    entry.status = {FileType::kDirectory, 0755};
    return entry;
  }();
  if (plain == "/") return &top;
  const ImageEntry* entry = image_.find(plain);
  if (!entry) return fail(errno_error(ENOENT, "open " + path));
  return entry;
}

Result<std::string> MemoryHost::read(const std::string& path, const ReadLimits& limits) const {
  const ImageEntry* entry = TRY(entry_at(path));
  if (entry->error) return fail(*entry->error);
  switch (entry->status.type) {
    case FileType::kFile: break;
    case FileType::kDirectory: return fail(ErrorCode::kMalformed, path + " is a directory, not a file");
    case FileType::kLink:
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kOther: return fail(ErrorCode::kMalformed, path + " is a device or a pipe, not a file");
  }
  if (!entry->content_known) return fail(ErrorCode::kNotAvailable, path + " was not captured");
  if (entry->content.size() <= limits.bytes_max) return entry->content;
  switch (limits.excess) {
    case ReadLimits::Excess::kRefuse: break;
    case ReadLimits::Excess::kKeepStart: return entry->content.substr(0, limits.bytes_max);
    case ReadLimits::Excess::kKeepEnd: return entry->content.substr(entry->content.size() - limits.bytes_max);
  }
  return fail(ErrorCode::kTooLarge,
              path + " is larger than the " + std::to_string(limits.bytes_max) + " bytes that belong there");
}

Result<std::vector<DirectoryEntry>> MemoryHost::list(const std::string& path) const {
  const ImageEntry* entry = TRY(entry_at(path));
  if (entry->error) return fail(*entry->error);
  if (entry->status.type != FileType::kDirectory) return fail(errno_error(ENOTDIR, "list " + path));
  return image_.children(TRY(image_.resolve(path)));
}

Result<std::string> MemoryHost::readlink(const std::string& path) const {
  const ImageEntry* entry = image_.find(TRY(image_.resolve(path, false)));
  if (!entry) return fail(errno_error(ENOENT, "open " + path));
  if (entry->status.type != FileType::kLink) return fail(errno_error(EINVAL, "read the link " + path));
  return entry->target;
}

Result<FileStatus> MemoryHost::status(const std::string& path) const {
  return TRY(entry_at(path))->status;
}

Result<std::string> MemoryHost::resolve(const std::string& path) const {
  TRY(entry_at(path));
  return image_.resolve(path);
}

Result<std::string> MemoryHost::view(const std::string& path, View view) const {
  const std::string plain = TRY(image_.resolve(path));
  if (const auto at = image_.views.find({plain, view}); at != image_.views.end()) return at->second;
  const std::string bytes = TRY(read(path, {.bytes_max = 256u << 20}));
  const std::string doing = "reading " + path;
  switch (view) {
    case View::kModule:
      return TRY_AS(doing, module_view(bytes.substr(0, 4) == "\x7f"
                                                             "ELF"
                                           ? bytes
                                           : TRY(decompress(bytes, 256u << 20))));
    case View::kArchive: return TRY_AS(doing, archive_view(bytes));
    case View::kElf: return TRY_AS(doing, elf_view(bytes));
  }
  return fail(ErrorCode::kMalformed, "no such view");
}

Result<ProcessOutput> MemoryHost::query(const Command& command) const {
  const auto at = image_.commands.find(command.argv);
  if (at == image_.commands.end()) return fail(ErrorCode::kNotFound, "no program " + command.argv[0]);
  return at->second;
}

Result<std::string> MemoryHost::environment(const std::string& name) const {
  const auto at = image_.environment.find(name);
  if (at == image_.environment.end()) return fail(ErrorCode::kNotFound, "no environment variable " + name);
  return at->second;
}

FakeHost& FakeHost::file(const std::string& path, std::string content) {
  image_.put_file(path, std::move(content));
  return *this;
}
FakeHost& FakeHost::directory(const std::string& path) {
  image_.put_directory(path);
  return *this;
}
FakeHost& FakeHost::link(const std::string& path, std::string target) {
  image_.put_link(path, std::move(target));
  return *this;
}
FakeHost& FakeHost::node(const std::string& path, std::uint32_t device_major, std::uint32_t device_minor,
                         std::uint32_t mode) {
  ImageEntry entry;
  entry.status = {FileType::kCharDevice, mode, 0, 0, 0, device_major, device_minor};
  image_.put(path, std::move(entry));
  return *this;
}
FakeHost& FakeHost::module_file(const std::string& path, std::string view_text) {
  return view_of(path, View::kModule, std::move(view_text));
}
FakeHost& FakeHost::view_of(const std::string& path, View view, std::string text) {
  ImageEntry entry;
  entry.content_known = false;
  image_.put(path, std::move(entry));
  image_.views.insert_or_assign({clean_path(path), view}, Result<std::string>(std::move(text)));
  return *this;
}
FakeHost& FakeHost::command(std::vector<std::string> argv, std::string out, int exit_code) {
  image_.commands.insert_or_assign(std::move(argv), ProcessOutput{exit_code, std::move(out), {}});
  return *this;
}
FakeHost& FakeHost::variable(const std::string& name, std::string value) {
  image_.environment[name] = std::move(value);
  return *this;
}
FakeHost& FakeHost::error(const std::string& path, Error error) {
  ImageEntry entry;
  entry.error = std::move(error);
  image_.put(path, std::move(entry));
  return *this;
}

}  // namespace nvstack::host
