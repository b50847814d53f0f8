// LiveHost looks at the running machine, or at a directory that holds one (--root DIR). Every path is
// resolved beneath its root, so that a link in a foreign root can never lead out of it.
#pragma once

#include <memory>
#include <string>

#include "base/fd.hpp"
#include "host/host.hpp"

namespace nvstack::host {

class LiveHost : public Host {
 public:
  /// How paths are kept beneath the root: openat2(2) where the kernel has it, else part by part in user
  /// space.
  enum class Resolution { kAutomatic, kUserSpace };

  /// `root` must be a directory. Commands and the environment are only asked when root is "/".
  static Result<std::unique_ptr<LiveHost>> open(const std::string& root,
                                                Resolution resolution = Resolution::kAutomatic);

  Result<std::string> read(const std::string& path, const ReadLimits& limits) const override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override;
  Result<std::string> readlink(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;
  Result<std::string> view(const std::string& path, View view) const override;
  Result<ProcessOutput> query(const Command& command) const override;
  Result<std::string> environment(const std::string& name) const override;

 private:
  LiveHost(Fd root, bool running_machine, Resolution resolution);
  Result<Fd> open_beneath(const std::string& path, int flags) const;
  Result<Fd> open_part_by_part(const std::string& path, int flags) const;

  Fd root_;
  bool running_machine_;
  Resolution resolution_;
};

/// Reads an open file under the limits; a file that gives no byte for `deadline` (a pipe, a stuck /proc file)
/// is an Error.
Result<std::string> read_open_file(int number, const std::string& path, const ReadLimits& limits);

}  // namespace nvstack::host
