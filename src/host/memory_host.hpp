// MemoryHost answers from a MachineImage: a captured machine, or one that a test wrote down (FakeHost).
#pragma once

#include <string>

#include "host/host.hpp"
#include "host/image.hpp"

namespace nvstack::host {

class MemoryHost : public Host {
 public:
  explicit MemoryHost(MachineImage image) : image_(std::move(image)) {}

  Result<std::string> read(const std::string& path, const ReadLimits& limits = {}) const override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override;
  Result<std::string> readlink(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;
  Result<std::string> view(const std::string& path, View view) const override;
  Result<ProcessOutput> query(const Command& command) const override;
  Result<std::string> environment(const std::string& name) const override;
  const MachineImage& image() const { return image_; }

 protected:
  MachineImage image_;

 private:
  Result<const ImageEntry*> entry_at(const std::string& path) const;
};

/// The host of unit tests: FakeHost().file("/etc/hostname", "a\n").command({"uname", "-r"}, "6.1.0\n").
class FakeHost : public MemoryHost {
 public:
  FakeHost() : MemoryHost({}) {}
  FakeHost& file(const std::string& path, std::string content);
  FakeHost& directory(const std::string& path);
  FakeHost& link(const std::string& path, std::string target);
  FakeHost& node(const std::string& path, std::uint32_t device_major, std::uint32_t device_minor,
                 std::uint32_t mode = 0666);
  FakeHost& module_file(const std::string& path, std::string view_text);
  FakeHost& view_of(const std::string& path, View view, std::string text);
  FakeHost& command(std::vector<std::string> argv, std::string out, int exit_code = 0);
  FakeHost& variable(const std::string& name, std::string value);
  /// Makes every read of the path fail so.
  FakeHost& error(const std::string& path, Error error);
};

}  // namespace nvstack::host
