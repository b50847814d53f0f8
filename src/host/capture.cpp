#include "host/capture.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "host/archive.hpp"
#include "host/live_host.hpp"
#include "host/path.hpp"

namespace nvstack::host {

namespace {

constexpr std::size_t kFileBytesMax = 16u << 20;
constexpr std::size_t kCaptureBytesMax = 256u << 20;
constexpr std::size_t kEntriesMax = 100'000;
constexpr std::string_view kSideFiles[] = {"index.json", "commands.json", "nvml.json"};

/// "root/etc/x" -> "/etc/x"; an Error when the name would leave the capture.
Result<std::string> safe_name(std::string_view name) {
  while (name.substr(0, 2) == "./") name.remove_prefix(2);
  bool climbs = name.substr(0, 1) == "/";
  for (const std::string_view part : split(name, '/')) climbs = climbs || part == "..";
  if (climbs || name.find('\0') != std::string_view::npos)
    return fail(ErrorCode::kMalformed, "the name \"" + printable(name, 120) + "\" leaves the capture",
                "this archive was not made by nvstack capture; do not unpack it by hand");
  return std::string(name);
}

Status put_archive_entry(MachineImage& image, ArchiveEntry&& entry) {
  const std::string name = TRY(safe_name(entry.name));
  for (const std::string_view side : kSideFiles) {
    if (name != side) continue;
    image.attachments[name] = std::move(entry.content);
    return {};
  }
  if (name.empty() || name == "." || name == "root" || name == "root/") return {};
  if (name.substr(0, 5) != "root/") return {};  // expect/, README: nothing of the machine
  const std::string path = name.substr(4);
  switch (entry.type) {
    case FileType::kFile: image.put_file(path, std::move(entry.content)); return {};
    case FileType::kDirectory: image.put_directory(path); return {};
    case FileType::kLink: image.put_link(path, entry.target); return {};
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kOther: break;
  }
  return fail(ErrorCode::kMalformed, "\"" + printable(name, 120) + "\" is a device node or a hard link",
              "a capture holds only files, directories and symbolic links");
}

/// The message with the machine's path in place of the capture's.
std::string machine_message(const std::string& message, const std::string& path) {
  return replace_all(message, "/root" + path, path);
}

/// Adds a folder below root/ to the image, links unfollowed. Files over the limit keep their size and an
/// Error.
Status put_folder(MachineImage& image, const LiveHost& folder, const std::string& at,
                  std::size_t& bytes_left) {
  for (const DirectoryEntry& entry : TRY(folder.list("/root" + at))) {
    const std::string path = (at == "/" ? "" : at) + "/" + entry.name;
    if (image.entries.size() > kEntriesMax)
      return fail(ErrorCode::kTooLarge, "the captured machine has more than 100000 files",
                  "for a whole root file system use --root instead of --from");
    switch (entry.type) {
      case FileType::kDirectory:
        image.put_directory(path);
        TRY(put_folder(image, folder, path, bytes_left));
        break;
      case FileType::kLink: image.put_link(path, TRY(folder.readlink("/root" + path))); break;
      case FileType::kFile: {
        auto content = folder.read("/root" + path, {.bytes_max = std::min(kFileBytesMax, bytes_left)});
        image.put_file(path, content ? *content : "");
        if (content) bytes_left -= content->size();
        if (!content)
          image.find(path)->error = Error{
              content.error().code, machine_message(content.error().message, path), content.error().hint, {}};
        break;
      }
      case FileType::kCharDevice:
      case FileType::kBlockDevice:
      case FileType::kOther: break;
    }
  }
  return {};
}

Status apply_side_files(MachineImage& image) {
  for (const std::string_view name : {"index.json", "commands.json"}) {
    const auto at = image.attachments.find(std::string(name));
    if (at == image.attachments.end()) continue;
    const Json json = TRY_AS("reading " + std::string(name), parse_json(at->second));
    TRY(name == "index.json" ? apply_index_json(image, json) : apply_commands_json(image, json));
    image.attachments.erase(at);
  }
  return {};
}

Result<MachineImage> load_folder(const std::string& path) {
  const auto folder = TRY(LiveHost::open(path));
  if (const auto text = folder->read("/machine.txt", {.bytes_max = kFileBytesMax})) {
    const auto parts = LiveHost::open(path + "/../parts");
    return TRY_AS("reading " + path + "/machine.txt",
                  parse_machine_text(*text, [&](const std::string& name) -> Result<std::string> {
                    if (!parts) return fail(parts.error());
                    return (*parts)->read("/" + name, {.bytes_max = kFileBytesMax});
                  }));
  }
  MachineImage image;
  if (!exists(*folder, "/root"))
    return fail(ErrorCode::kMalformed, path + " holds neither machine.txt nor root/: no captured machine",
                "to look at a directory that is itself a machine's root, use --root");
  std::size_t bytes_left = kCaptureBytesMax;
  TRY(put_folder(image, *folder, "/", bytes_left));
  for (const std::string_view name : kSideFiles)
    if (const auto text = folder->read("/" + std::string(name), {.bytes_max = kCaptureBytesMax}))
      image.attachments[std::string(name)] = *text;
  TRY(apply_side_files(image));
  return image;
}

}  // namespace

namespace {

constexpr ArchiveLimits kCaptureLimits{.bytes_max = kCaptureBytesMax,
                                       .entries_max = kEntriesMax,
                                       .entry_bytes_max = kFileBytesMax,
                                       .want_content = true};

/// Fills an image from archive entries and counts what it holds.
class Collector {
 public:
  Status operator()(ArchiveEntry&& entry) {
    bytes_ += entry.content.size();
    if (bytes_ > kCaptureBytesMax) return fail(ErrorCode::kTooLarge, "it unpacks to more than 256 MiB");
    return put_archive_entry(image, std::move(entry));
  }
  MachineImage image;

 private:
  std::uint64_t bytes_ = 0;
};

Result<MachineImage> finish(Collector&& collector) {
  TRY(apply_side_files(collector.image));
  if (collector.image.entries.empty())
    return fail(ErrorCode::kMalformed, "it holds no captured machine", "make one with nvstack capture");
  return std::move(collector.image);
}

}  // namespace

Result<MachineImage> parse_capture(std::string_view bytes) {
  Collector collector;
  TRY(walk_archive(bytes, kCaptureLimits, [&](ArchiveEntry&& entry) { return collector(std::move(entry)); }));
  return finish(std::move(collector));
}

Result<MachineImage> load_capture(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  struct stat info {};
  ::fstat(file.number(), &info);
  if (S_ISDIR(info.st_mode)) return load_folder(path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kMalformed, path + " is neither a file nor a folder");
  Collector collector;
  TRY_AS("reading " + path, walk_archive_file(file.number(), kCaptureLimits, [&](ArchiveEntry&& entry) {
           return collector(std::move(entry));
         }));
  return TRY_AS("reading " + path, finish(std::move(collector)));
}

Result<std::string> render_capture(const MachineImage& image, const std::string& name) {
  std::vector<ArchiveEntry> entries;
  const auto add_side = [&](const std::string& side, std::string text) {
    entries.push_back({side, FileType::kFile, 0644, "", text.size(), std::move(text)});
  };
  add_side("index.json", image_index_json(image).dump(1) + "\n");
  add_side("commands.json", image_commands_json(image).dump(1) + "\n");
  for (const auto& [side, text] : image.attachments) add_side(side, text);
  for (const auto& [path, entry] : image.entries) {
    const bool stored_file = entry.status.type == FileType::kFile && entry.content_known && !entry.error;
    if (stored_file)
      entries.push_back({"root" + path, FileType::kFile, 0644, "", entry.content.size(), entry.content});
    if (entry.status.type == FileType::kLink)
      entries.push_back({"root" + path, FileType::kLink, 0777, entry.target, 0, ""});
  }
  return make_tar(entries, name);
}

}  // namespace nvstack::host
