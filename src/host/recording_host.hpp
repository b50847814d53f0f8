// RecordingHost passes every question on to another host and keeps the answers as a MachineImage: what
// `nvstack capture` writes is exactly what the facts asked, no more.
#pragma once

#include <optional>
#include <string>

#include "host/host.hpp"
#include "host/image.hpp"

namespace nvstack::host {

class RecordingHost : public Host {
 public:
  explicit RecordingHost(const Host& inner) : inner_(inner) {}

  Result<std::string> read(const std::string& path, const ReadLimits& limits = {}) const override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override;
  Result<std::string> readlink(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;
  Result<std::string> view(const std::string& path, View view) const override;
  Result<ProcessOutput> query(const Command& command) const override;
  Result<std::string> environment(const std::string& name) const override;

  const MachineImage& image() const { return image_; }

 private:
  /// Records the links on the way and gives the path without them; nothing when it cannot be reached.
  std::optional<std::string> note_path(const std::string& path, bool follow_last = true) const;
  /// Makes sure that an entry stands at the path, without its content.
  ImageEntry& note_entry(const std::string& plain_path) const;

  const Host& inner_;
  mutable MachineImage image_;
};

}  // namespace nvstack::host
