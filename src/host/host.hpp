// Host is the one door through which facts look at a machine: files, directories, links and the output of
// commands, all bounded in size and time. Whoever reads through it cannot tell a live machine from a captured
// one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"

namespace nvstack::host {

enum class FileType { kFile, kDirectory, kLink, kCharDevice, kBlockDevice, kOther };

/// lstat(2) of what a path names, links followed. `size_bytes` is 0 for most of /proc and /sys.
struct FileStatus {
  FileType type = FileType::kFile;
  std::uint32_t mode = 0;  // permission bits, 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t device_major = 0;  // of a device node
  std::uint32_t device_minor = 0;
  bool operator==(const FileStatus&) const = default;
};

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::kFile;  // of the entry itself: a link is kLink
  bool operator==(const DirectoryEntry&) const = default;
};

/// What a read takes at most. A file longer than `bytes_max` is an Error (kTooLarge), or is cut.
struct ReadLimits {
  enum class Excess { kRefuse, kKeepStart, kKeepEnd };
  std::size_t bytes_max = 1u << 20;
  Excess excess = Excess::kRefuse;
};

/// A digest of a file that is too large or too binary to carry whole. See host/view.hpp for the texts.
enum class View {
  kModule,   // a kernel module (.ko, .ko.xz, .ko.zst, .ko.gz): its .modinfo entries and signer, one
             // "key=value" a line
  kArchive,  // an initramfs (concatenated cpio, any compression) or tar: the names in it, one a line
  kElf,      // an ELF file: "machine", "soname", "needed", one "key=value" a line
};

struct Command {
  std::vector<std::string> argv;
  ProcessLimits limits = {};
};

class Host {
 public:
  virtual ~Host() = default;

  /// The bytes of a file; follows links beneath the host's root. Paths are absolute.
  virtual Result<std::string> read(const std::string& path, const ReadLimits& limits = {}) const = 0;
  /// A directory's entries by name in byte order, without "." and "..".
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) const = 0;
  virtual Result<std::string> readlink(const std::string& path) const = 0;
  virtual Result<FileStatus> status(const std::string& path) const = 0;
  /// The path with every link beneath the root followed: "/sys/class/x" -> "/sys/devices/...".
  virtual Result<std::string> resolve(const std::string& path) const = 0;
  virtual Result<std::string> view(const std::string& path, View view) const = 0;
  /// Runs a command that only looks. kNotAvailable where the machine is not the running one.
  virtual Result<ProcessOutput> query(const Command& command) const = 0;
  /// An environment variable of the caller; kNotFound when unset.
  virtual Result<std::string> environment(const std::string& name) const = 0;
};

/// The first line, trimmed: what most of /proc and /sys hold.
Result<std::string> read_line(const Host& host, const std::string& path);
bool exists(const Host& host, const std::string& path);
/// Names in a directory that match a glob ("nvidia*.conf"); empty when the directory is not there.
std::vector<std::string> list_matching(const Host& host, const std::string& directory,
                                       std::string_view pattern);

}  // namespace nvstack::host
