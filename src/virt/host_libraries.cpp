// Libraries, the loader's cache and programs of the virtual host.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string_view>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"
#include "virt/loader_cache.hpp"

namespace nvstack::virt {

namespace {

constexpr std::string_view kUsr = "/usr";
#if defined(__aarch64__)
constexpr const char* kTriplet = "/usr/lib/aarch64-linux-gnu";
#else
constexpr const char* kTriplet = "/usr/lib/x86_64-linux-gnu";
#endif

bool is_folder(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

Status make_link(const std::string& target, const std::string& path) {
  Node node;
  node.kind = NodeKind::kSymlink;
  node.content = target;
  return write_node(path, node);
}

/// Copying megabytes into memory at each start is felt. What every user of the host can reach where it lies
/// is linked to; what must have another mode is not.
bool is_cheaper_linked(const HostProgram& program) {
  constexpr off_t kCopiedBytesMax = 1 << 20;
  struct stat status {};
  if (!program.source.starts_with("/") || ::stat(program.source.c_str(), &status) != 0) return false;
  if (status.st_size <= kCopiedBytesMax || (status.st_mode & 07777u) != program.mode) return false;
  for (const std::string_view hidden : {"/run/", "/dev/", "/proc/", "/sys/"})  // not the same inside
    if (program.source.starts_with(hidden)) return false;
  for (std::size_t slash = program.source.find('/', 1); slash != std::string::npos;
       slash = program.source.find('/', slash + 1))
    if (::stat(program.source.substr(0, slash).c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0)
      return false;
  return true;
}

}  // namespace

std::string library_folder() {
  for (const char* path : {kTriplet, "/usr/lib64"})
    if (is_folder(path)) return path;
  return "/usr/lib";
}

Status place_libraries(const InstallRoots& roots, const std::string& folder,
                       const std::vector<HostLibrary>& libraries, const std::string& version) {
  if (libraries.empty()) return {};
  const std::string below = folder.substr(kUsr.size());
  TRY(make_folders_like(roots.usr, below, roots.usr == kUsr ? "" : std::string(kUsr)));
  // The cache names libraries as the loader's own path does: /lib where that is a link to /usr/lib.
  const std::string named = read_link("/lib").empty() ? folder : below;
  std::vector<CachedLibrary> cached;
  for (const HostLibrary& library : libraries) {
    const std::string file = library.name + ".so." + version, soname = library.name + ".so.1";
    const std::string plain = library.name + ".so", path = roots.usr + below + "/";
    TRY(copy_file(library.source, path + "." + file, 0644));
    if (::rename((path + "." + file).c_str(), (path + file).c_str()) != 0)
      return fail(errno_error(errno, "install " + path + file));
    TRY(make_link(file, path + soname));
    TRY(make_link(soname, path + plain));
    cached.push_back({soname, named + "/" + soname});
    cached.push_back({plain, named + "/" + plain});
  }
  const auto cache = add_to_loader_cache(read_text_file("/etc/ld.so.cache"), cached);
  if (!cache) return fail_in(cache.error(), "reading /etc/ld.so.cache");
  Node node;
  node.content = *cache;
  node.mode = 0644;
  return write_node(roots.etc + "/ld.so.cache", node);
}

Status place_programs(const std::string& usr_root, const std::vector<HostProgram>& programs) {
  std::map<std::string, std::string> placed;  // by source
  for (const HostProgram& program : programs) {
    const std::string path = (program.name.find('/') == std::string::npos ? "/bin/" : "/") + program.name;
    if (program.source == std::string(kUsr) + path && usr_root != kUsr) continue;  // it is there
    if (program.only_where_missing && ::access((std::string(kUsr) + path).c_str(), X_OK) == 0) continue;
    TRY(make_folders_like(usr_root, path.substr(0, path.rfind('/')), std::string(kUsr)));
    std::string& first = placed[program.source + ":" + std::to_string(program.mode)];
    if (!first.empty() && ::link(first.c_str(), (usr_root + path).c_str()) == 0) continue;
    first = usr_root + path;
    if (is_cheaper_linked(program)) {
      TRY(make_link(program.source, usr_root + path));
    } else {
      TRY(copy_file(program.source, usr_root + path, program.mode));
    }
  }
  return {};
}

}  // namespace nvstack::virt
