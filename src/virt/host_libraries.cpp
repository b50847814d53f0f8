// Libraries, the loader's cache and programs of the virtual host.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "virt/host_files.hpp"
#include "virt/host_state.hpp"
#include "virt/loader_cache.hpp"

namespace nvstack::virt {

namespace {

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

}  // namespace

std::string library_folder() {
  for (const char* path : {kTriplet, "/usr/lib64"})
    if (is_folder(path)) return path;
  return "/usr/lib";
}

Status place_libraries(const std::string& usr_root, const std::string& etc_root,
                       const std::vector<HostLibrary>& libraries, const std::string& version) {
  if (libraries.empty()) return {};
  const std::string folder = library_folder();
  TRY(make_folders_like(usr_root, folder.substr(4), usr_root == "/usr" ? "" : "/usr"));
  std::vector<CachedLibrary> cached;
  for (const HostLibrary& library : libraries) {
    const std::string file = library.name + ".so." + version, soname = library.name + ".so.1";
    const std::string path = usr_root + folder.substr(4) + "/";
    TRY(copy_file(library.source, path + "." + file, 0644));
    if (::rename((path + "." + file).c_str(), (path + file).c_str()) != 0)
      return fail(errno_error(errno, "install " + path + file));
    TRY(make_link(file, path + soname));
    TRY(make_link(soname, path + library.name + ".so"));
    // The cache names libraries as the loader's own path does: /lib where that is a link to /usr/lib.
    const bool merged = !read_link("/lib").empty();
    cached.push_back({soname, (merged ? folder.substr(4) : folder) + "/" + soname});
    cached.push_back({library.name + ".so", (merged ? folder.substr(4) : folder) + "/" + library.name + ".so"});
  }
  const auto cache = add_to_loader_cache(read_text_file("/etc/ld.so.cache"), cached);
  if (!cache) return fail_in(cache.error(), "reading /etc/ld.so.cache");
  Node node;
  node.content = *cache;
  node.mode = 0644;
  return write_node(etc_root + "/ld.so.cache", node);
}

Status place_programs(const std::string& usr_root, const std::vector<HostProgram>& programs) {
  for (const HostProgram& program : programs) {
    TRY(make_folders_like(usr_root, "/bin", "/usr"));
    TRY(copy_file(program.source, usr_root + "/bin/" + program.name, program.mode));
  }
  return {};
}

}  // namespace nvstack::virt
