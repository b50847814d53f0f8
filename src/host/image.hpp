// MachineImage is a machine as a value: paths, views, command answers. Captures are read into one, snapshots
// and tests are written as one, MemoryHost answers from one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "host/host.hpp"

namespace nvstack::host {

struct ImageEntry {
  FileStatus status;
  std::string content;         // of a file
  std::string target;          // of a link
  std::optional<Error> error;  // what reading or listing it answered on the captured machine
  bool content_known = true;   // false: it was seen in a listing, never read
};

class MachineImage {
 public:
  using ViewKey = std::pair<std::string, View>;

  void put_file(const std::string& path, std::string content);
  void put_directory(const std::string& path);
  void put_link(const std::string& path, std::string target);
  /// Any other entry; missing parent directories are made. An existing entry is replaced.
  void put(const std::string& path, ImageEntry entry);
  const ImageEntry* find(const std::string& plain_path) const;
  ImageEntry* find(const std::string& plain_path);
  /// Follows the image's own links; the last part only when wanted.
  Result<std::string> resolve(const std::string& path, bool follow_last = true) const;
  std::vector<DirectoryEntry> children(const std::string& plain_path) const;

  std::map<std::string, ImageEntry> entries;  // by path without links in its parents
  std::map<ViewKey, Result<std::string>> views;
  std::map<std::vector<std::string>, Result<ProcessOutput>> commands;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> attachments;  // "nvml.json": what stands beside root/

 private:
  Result<std::string> resolve_each(const std::string& path, bool follow_last) const;
  mutable std::map<std::string, std::string> folders_;  // resolved already; forgotten when an entry is put
};

/// The index.json, commands.json and views of a capture; the files themselves are stored as files.
Json image_index_json(const MachineImage& image);
Json image_commands_json(const MachineImage& image);
Status apply_index_json(MachineImage& image, const Json& index);
Status apply_commands_json(MachineImage& image, const Json& commands);

}  // namespace nvstack::host
