// The one home of libarchive: bounded walks over tar and cpio archives in any compression, and writing a tar.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace nvstack::host {

struct ArchiveEntry {
  std::string name;  // as it stands in the archive
  FileType type = FileType::kFile;
  std::uint32_t mode = 0644;
  std::string target;  // of a link
  std::uint64_t size_bytes = 0;
  std::string content;  // only when wanted
};

struct ArchiveLimits {
  std::uint64_t bytes_max = 512u << 20;  // unpacked, in all
  std::uint64_t entries_max = 500'000;
  std::uint64_t entry_bytes_max = 64u << 20;
  std::chrono::milliseconds deadline{20'000};
  bool want_content = false;
};

/// Calls `visit` for each entry until it fails. Formats: tar and cpio; compressions: all that libarchive
/// knows.
Status walk_archive(std::string_view bytes, const ArchiveLimits& limits,
                    const std::function<Status(ArchiveEntry&&)>& visit);
/// The same for an open file, without holding it in memory.
Status walk_archive_file(int number, const ArchiveLimits& limits,
                         const std::function<Status(ArchiveEntry&&)>& visit);

/// A tar of the entries; compression by the name's ending: .tar, .tar.gz, .tar.zst. Reproducible: no times,
/// no owners.
Result<std::string> make_tar(const std::vector<ArchiveEntry>& entries, std::string_view name);

}  // namespace nvstack::host
