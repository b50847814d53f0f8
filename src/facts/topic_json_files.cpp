// JSON of what is installed: packages, libraries, device nodes, firmware, and traces of the .run installer.
#include "facts/topic_json.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kLogBytesMax = 4096;

Json package_json(const Package& package) {
  return Json::object()
      .set("name", package.name)
      .set("version", package.version)
      .set("arch", package.arch)
      .set("state", package_state_name(package.state))
      .set("held", package.held)
      .set("origin", package.origin);
}

Json stream_json(const ModuleStream& stream) {
  return Json::object().set("module", stream.module).set("stream", stream.stream).set("state", stream.state);
}

Json repository_json(const Repository& repository) {
  return Json::object()
      .set("file", repository.file)
      .set("name", repository.name)
      .set("url", repository.url)
      .set("enabled", repository.enabled)
      .set("nvidia", repository.nvidia)
      .set("module_hotfixes", repository.module_hotfixes);
}

Json library_json(const Library& library) {
  return Json::object()
      .set("soname", library.soname)
      .set("path", library.path)
      .set("real_path", library.real_path)
      .set("version", version_json(library.version))
      .set("kind", library_kind_name(library.kind))
      .set("found_by", library.found_by)
      .set("dangling", library.dangling)
      .set("is_32_bit", library.is_32_bit);
}

std::string_view type_name(host::FileType type) {
  switch (type) {
    case host::FileType::kFile: return "file";
    case host::FileType::kDirectory: return "directory";
    case host::FileType::kLink: return "link";
    case host::FileType::kCharDevice: return "character-device";
    case host::FileType::kBlockDevice: return "block-device";
    case host::FileType::kOther: return "other";
  }
  return "other";
}

/// 0666 -> "0666", as chmod takes it.
std::string mode_text(std::uint32_t mode) {
  std::string digits(4, '0');
  for (std::size_t i = 4; i-- > 0; mode >>= 3) digits[i] = static_cast<char>('0' + (mode & 7));
  return digits;
}

Json node_json(const DeviceNode& node) {
  return Json::object()
      .set("path", node.path)
      .set("type", type_name(node.status.type))
      .set("mode", mode_text(node.status.mode))
      .set("uid", node.status.uid)
      .set("gid", node.status.gid)
      .set("device_major", node.status.device_major)
      .set("device_minor", node.status.device_minor);
}

Json firmware_json(const FirmwareVersion& version) {
  return Json::object()
      .set("version", version.version)
      .set("directory", version.directory)
      .set("files", version.files)
      .set("empty_files", version.empty_files);
}

}  // namespace

Json error_json(const Error& error) {
  return Json::object()
      .set("code", error_code_name(error.code))
      .set("message", error.text())
      .set("hint", error.hint);
}

std::string log_end(std::string_view text) {
  if (text.size() <= kLogBytesMax) return std::string(text);
  text.remove_prefix(text.size() - kLogBytesMax);
  const std::size_t line = text.find('\n');
  // A single line that is too long is better told by its end than by nothing.
  const bool one_line = line == std::string_view::npos || line + 1 == text.size();
  return std::string(one_line ? text : text.substr(line + 1));
}

Json version_json(const std::optional<Version>& version) {
  return version ? Json(version->text) : Json();
}

Json topic_json(const Packages& packages) {
  return Json::object()
      .set("packages", array_of(packages.packages, package_json))
      .set("streams", array_of(packages.streams, stream_json))
      .set("repositories", array_of(packages.repositories, repository_json))
      .set("locks", packages.locks)
      .set("lock_files", packages.lock_files)
      .set("other_broken", packages.other_broken)
      .set("keys", packages.keys)
      .set("unread", array_of(packages.unread, error_json));
}

Json topic_json(const Runfile& runfile) {
  return Json::object()
      .set("uninstaller", runfile.uninstaller)
      .set("backup_log", runfile.backup_log)
      .set("version", runfile.version)
      .set("log_tail", log_end(runfile.log_tail))
      .set("hooks", runfile.hooks);
}

Json topic_json(const Libraries& libraries) {
  return Json::object()
      .set("all", array_of(libraries.all, library_json))
      .set("library_path", libraries.library_path)
      .set("cache_error", libraries.cache_error ? error_json(*libraries.cache_error) : Json());
}

Json topic_json(const Devices& devices) {
  Json majors = Json::object();
  for (const auto& [name, number] : devices.char_majors) majors.set(name, number);
  return Json::object()
      .set("nodes", array_of(devices.nodes, node_json))
      .set("char_majors", std::move(majors))
      .set("dri", devices.dri);
}

Json topic_json(const Firmware& firmware) {
  return Json::object()
      .set("versions", array_of(firmware.versions, firmware_json))
      .set("search_path", firmware.search_path);
}

}  // namespace nvstack::facts
