#include "host/live_host.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "host/path.hpp"
#include "host/view.hpp"

namespace nvstack::host {

namespace {

constexpr std::size_t kEntriesMax = 200'000;

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::kFile;
  if (S_ISDIR(mode)) return FileType::kDirectory;
  if (S_ISLNK(mode)) return FileType::kLink;
  if (S_ISCHR(mode)) return FileType::kCharDevice;
  if (S_ISBLK(mode)) return FileType::kBlockDevice;
  return FileType::kOther;
}

Result<std::string> readlink_of(int directory, const char* name, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
  if (length < 0) return fail(errno_error(errno, "read the link " + path));
  return std::string(target.data(), static_cast<std::size_t>(length));
}

bool openat2_works() {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  const long number = ::syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
  if (number < 0) return false;
  ::close(static_cast<int>(number));
  return true;
}

std::string relative(const std::string& path) {
  const std::size_t start = path.find_first_not_of('/');
  return start == std::string::npos ? "." : path.substr(start);
}

}  // namespace

LiveHost::LiveHost(Fd root, bool running_machine, Resolution resolution)
    : root_(std::move(root)), running_machine_(running_machine), resolution_(resolution) {}

Result<std::unique_ptr<LiveHost>> LiveHost::open(const std::string& root, Resolution resolution) {
  Fd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return fail(errno_error(errno, "open the root " + root));
  if (resolution == Resolution::kAutomatic && !openat2_works()) resolution = Resolution::kUserSpace;
  return std::unique_ptr<LiveHost>(new LiveHost(std::move(directory), root == "/", resolution));
}

Result<Fd> LiveHost::open_beneath(const std::string& path, int flags) const {
  if (path.find('\0') != std::string::npos) return fail(ErrorCode::kMalformed, "a path with a NUL byte");
  if (resolution_ == Resolution::kUserSpace) return open_part_by_part(path, flags);
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | O_NONBLOCK);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  if (flags & O_PATH) how.flags &= ~static_cast<unsigned long long>(O_NONBLOCK);
  const long number = ::syscall(SYS_openat2, root_.number(), relative(path).c_str(), &how, sizeof how);
  if (number < 0 && errno == ELOOP && !(flags & O_NOFOLLOW))
    return fail(ErrorCode::kMalformed, "too many links on the way to " + path);
  if (number < 0) return fail(errno_error(errno, "open " + path));
  return Fd(static_cast<int>(number));
}

// The fallback for kernels and sandboxes without openat2: walk with O_PATH|O_NOFOLLOW, follow links by hand.
// A directory that is moved during the walk could still lead ".." astray, hence the resolved path is walked
// once more without any link or "..".
Result<Fd> LiveHost::open_part_by_part(const std::string& path, int flags) const {
  const auto open_plain = [&](const std::string& plain, int last_flags) -> Result<Fd> {
    Fd at(::fcntl(root_.number(), F_DUPFD_CLOEXEC, 0));
    const std::vector<std::string> parts = path_parts(plain);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool last = i + 1 == parts.size();
      const int how = last ? last_flags | O_NOFOLLOW | O_CLOEXEC : O_PATH | O_NOFOLLOW | O_CLOEXEC;
      Fd next(::openat(at.number(), parts[i].c_str(), how | (how & O_PATH ? 0 : O_NONBLOCK)));
      if (!next.valid()) return fail(errno_error(errno, "open " + plain));
      at = std::move(next);
    }
    if (!parts.empty() || (last_flags & O_PATH)) return at;
    Fd top(::openat(root_.number(), ".", last_flags | O_CLOEXEC));
    if (!top.valid()) return fail(errno_error(errno, "open " + plain));
    return top;
  };
  const std::string plain = TRY(resolve_beneath(
      path,
      [&](const std::string& prefix) -> std::optional<std::string> {
        const auto link = open_plain(prefix, O_PATH);
        if (!link) return std::nullopt;
        const auto target = readlink_of(link->number(), "", prefix);
        return target ? std::optional(*target) : std::nullopt;
      },
      !(flags & O_NOFOLLOW)));
  return open_plain(plain, flags);
}

Result<std::string> LiveHost::read(const std::string& path, const ReadLimits& limits) const {
  const Fd file = TRY(open_beneath(path, O_RDONLY));
  return read_open_file(file.number(), path, limits);
}

Result<std::vector<DirectoryEntry>> LiveHost::list(const std::string& path) const {
  Fd directory = TRY(open_beneath(path, O_RDONLY | O_DIRECTORY));
  DIR* stream = ::fdopendir(directory.number());
  if (!stream) return fail(errno_error(errno, "list " + path));
  directory.release();
  std::vector<DirectoryEntry> entries;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    FileType type = FileType::kOther;
    struct stat info {};
    if (entry->d_type != DT_UNKNOWN) {
      type = type_of(DTTOIF(entry->d_type));
    } else if (::fstatat(::dirfd(stream), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      type = type_of(info.st_mode);
    }
    entries.push_back({name, type});
    if (entries.size() > kEntriesMax) break;
  }
  ::closedir(stream);
  if (entries.size() > kEntriesMax) return fail(ErrorCode::kTooLarge, path + " has more than 200000 entries");
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> LiveHost::readlink(const std::string& path) const {
  const Fd link = TRY(open_beneath(path, O_PATH | O_NOFOLLOW));
  return readlink_of(link.number(), "", path);
}

Result<FileStatus> LiveHost::status(const std::string& path) const {
  const Fd file = TRY(open_beneath(path, O_PATH));
  struct stat info {};
  if (::fstat(file.number(), &info) != 0) return fail(errno_error(errno, "look at " + path));
  return FileStatus{type_of(info.st_mode),
                    info.st_mode & 07777u,
                    info.st_uid,
                    info.st_gid,
                    static_cast<std::uint64_t>(info.st_size),
                    major(info.st_rdev),
                    minor(info.st_rdev)};
}

Result<std::string> LiveHost::resolve(const std::string& path) const {
  TRY(open_beneath(path, O_PATH));
  return resolve_beneath(path, [&](const std::string& prefix) -> std::optional<std::string> {
    const auto target = readlink(prefix);
    return target ? std::optional(*target) : std::nullopt;
  });
}

Result<std::string> LiveHost::view(const std::string& path, View view) const {
  const Fd file = TRY(open_beneath(path, O_RDONLY));
  return make_view(file.number(), path, view);
}

Result<ProcessOutput> LiveHost::query(const Command& command) const {
  if (!running_machine_)
    return fail(ErrorCode::kNotAvailable,
                "the machine under this root is not running: " + command.argv[0] + " was not asked");
  return run_process(command.argv, command.limits);
}

Result<std::string> LiveHost::environment(const std::string& name) const {
  const char* value = running_machine_ ? std::getenv(name.c_str()) : nullptr;
  if (!value) return fail(ErrorCode::kNotFound, "no environment variable " + name);
  return std::string(value);
}

}  // namespace nvstack::host
