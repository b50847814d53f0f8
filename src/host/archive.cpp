#include "host/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>

#include "base/text.hpp"
#include "host/view.hpp"

namespace nvstack::host {

namespace {

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
using Reader = std::unique_ptr<archive, FreeReader>;
using Writer = std::unique_ptr<archive, FreeWriter>;
using Clock = std::chrono::steady_clock;

tl::unexpected<Error> archive_error(archive* of) {
  const char* text = archive_error_string(of);
  return fail(ErrorCode::kMalformed,
              std::string("not a readable archive: ") + printable(text ? text : "unknown", 120));
}

FileType type_of(mode_t type) {
  switch (type) {
    case AE_IFREG: return FileType::kFile;
    case AE_IFDIR: return FileType::kDirectory;
    case AE_IFLNK: return FileType::kLink;
    case AE_IFCHR: return FileType::kCharDevice;
    case AE_IFBLK: return FileType::kBlockDevice;
    default: return FileType::kOther;
  }
}

Result<std::string> entry_content(archive* reader, std::uint64_t bytes_max) {
  std::string content;
  std::array<char, 65536> buffer;
  while (true) {
    const la_ssize_t count = archive_read_data(reader, buffer.data(), buffer.size());
    if (count < 0) return archive_error(reader);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > bytes_max)
      return fail(ErrorCode::kTooLarge, "an archive entry is larger than its limit");
  }
}

Status check_limits(archive* reader, const ArchiveLimits& limits, Clock::time_point end) {
  if (Clock::now() > end) return fail(ErrorCode::kTimedOut, "reading the archive took too long");
  if (static_cast<std::uint64_t>(archive_filter_bytes(reader, 0)) > limits.bytes_max)
    return fail(ErrorCode::kTooLarge, "the archive unpacks to more than its limit");
  return {};
}

/// Passes over what is left of an entry, block by block: the library's own skip would unpack all of it before
/// any limit is looked at again.
Status skip_content(archive* reader, const ArchiveLimits& limits, Clock::time_point end) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int rc = archive_read_data_block(reader, &block, &size, &offset);
    if (rc != ARCHIVE_EOF && rc < ARCHIVE_WARN) return archive_error(reader);
    TRY(check_limits(reader, limits, end));
    if (rc == ARCHIVE_EOF) return {};
  }
}

Status visit_entries(archive* reader, const ArchiveLimits& limits,
                     const std::function<Status(ArchiveEntry&&)>& visit) {
  const auto end = Clock::now() + limits.deadline;
  std::uint64_t entries = 0;
  archive_entry* raw = nullptr;
  while (true) {
    const int rc = archive_read_next_header(reader, &raw);
    if (rc == ARCHIVE_EOF) return {};
    if (rc < ARCHIVE_WARN) return archive_error(reader);
    if (++entries > limits.entries_max) return fail(ErrorCode::kTooLarge, "the archive has too many entries");
    ArchiveEntry entry;
    const char* name = archive_entry_pathname(raw);
    const char* target = archive_entry_symlink(raw);
    if (!name) return fail(ErrorCode::kMalformed, "an archive entry has no name");
    entry.name = name;
    entry.target = target ? target : "";
    entry.type = archive_entry_hardlink(raw) ? FileType::kOther : type_of(archive_entry_filetype(raw));
    entry.mode = archive_entry_perm(raw);
    entry.size_bytes = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(raw), 0));
    if (limits.want_content && entry.type == FileType::kFile)
      entry.content =
          TRY_AS("entry " + printable(entry.name, 120), entry_content(reader, limits.entry_bytes_max));
    TRY(visit(std::move(entry)));
    TRY(skip_content(reader, limits, end));
  }
}

Reader make_reader() {
  Reader reader(archive_read_new());
  NV_ASSERT(reader);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_cpio(reader.get());
  return reader;
}

la_ssize_t append_bytes(archive*, void* sink, const void* bytes, size_t count) {
  static_cast<std::string*>(sink)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

unsigned archive_type(FileType type) {
  if (type == FileType::kDirectory) return AE_IFDIR;
  return type == FileType::kLink ? AE_IFLNK : AE_IFREG;
}

}  // namespace

Status walk_archive(std::string_view bytes, const ArchiveLimits& limits,
                    const std::function<Status(ArchiveEntry&&)>& visit) {
  const Reader reader = make_reader();
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return archive_error(reader.get());
  return visit_entries(reader.get(), limits, visit);
}

Status walk_archive_file(int number, const ArchiveLimits& limits,
                         const std::function<Status(ArchiveEntry&&)>& visit) {
  const Reader reader = make_reader();
  if (archive_read_open_fd(reader.get(), number, 128u << 10) != ARCHIVE_OK)
    return archive_error(reader.get());
  return visit_entries(reader.get(), limits, visit);
}

Result<std::string> decompress(std::string_view bytes, std::size_t bytes_max) {
  const Reader reader(archive_read_new());
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) < ARCHIVE_WARN)
    return archive_error(reader.get());
  return entry_content(reader.get(), bytes_max);
}

Result<std::string> make_tar(const std::vector<ArchiveEntry>& entries, std::string_view name) {
  std::string bytes;
  const Writer writer(archive_write_new());
  archive_write_set_format_pax_restricted(writer.get());
  // Names are bytes, whatever the locale: "C" would refuse a file called "é".
  archive_write_set_format_option(writer.get(), "pax", "hdrcharset", "BINARY");
  if (name.ends_with(".gz")) archive_write_add_filter_gzip(writer.get());
  if (name.ends_with(".gz")) archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  if (name.ends_with(".zst")) archive_write_add_filter_zstd(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);  // no padding behind the compressed stream
  if (archive_write_open(writer.get(), &bytes, nullptr, append_bytes, nullptr) != ARCHIVE_OK)
    return archive_error(writer.get());
  for (const ArchiveEntry& entry : entries) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> raw(archive_entry_new(),
                                                                       archive_entry_free);
    archive_entry_set_pathname(raw.get(), entry.name.c_str());
    archive_entry_set_filetype(raw.get(), archive_type(entry.type));
    archive_entry_set_perm(raw.get(), entry.mode);
    if (entry.type == FileType::kLink) archive_entry_set_symlink(raw.get(), entry.target.c_str());
    archive_entry_set_size(raw.get(), static_cast<la_int64_t>(entry.content.size()));
    if (archive_write_header(writer.get(), raw.get()) != ARCHIVE_OK ||
        archive_write_data(writer.get(), entry.content.data(), entry.content.size()) < 0)
      return archive_error(writer.get());
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return archive_error(writer.get());
  return bytes;
}

}  // namespace nvstack::host
