#include "facts/libraries.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kWslDirectory = "/usr/lib/wsl/lib";
constexpr const char* kCache = "/etc/ld.so.cache";
constexpr std::size_t kCacheBytesMax = 16u << 20;
constexpr std::size_t kPathPartsMax = 256;
constexpr std::size_t kLibrariesMax = 4096;
constexpr std::array kDefaultDirectories = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                                            "/usr/lib64", "/usr/lib"};

/// ldconfig.h of glibc: the high byte is the architecture; these are its 64-bit values.
bool is_64_bit_flag(std::uint32_t flags) {
  const std::uint32_t architecture = flags & 0xff00;
  return architecture == 0x0300 || architecture == 0x0a00 || architecture == 0x0500;  // x86, AArch64, POWER
}

LibraryKind kind_of(const Library& library) {
  const auto is_below = [&](std::string_view part) {
    return contains(library.path, part) || contains(library.real_path, part);
  };
  if (is_below("/stubs/")) return LibraryKind::kStub;
  if (is_below("/compat/")) return LibraryKind::kCompat;
  if (is_below("/usr/lib/wsl/")) return LibraryKind::kWsl;
  if (library.found_by != "LD_LIBRARY_PATH") return LibraryKind::kDriver;
  for (const std::string_view standard : {"/usr/lib", "/lib", "/usr/local/nvidia/"})
    if (library.path.substr(0, standard.size()) == standard) return LibraryKind::kDriver;
  return LibraryKind::kOther;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// How much a name says by itself: "x.so.1" is what programs ask for, "x.so" is for linkers, a full version
/// is what the others lead to.
int name_rank(std::string_view name) {
  const std::size_t at = name.find(".so");
  const std::string_view rest = name.substr(at + 3);
  if (rest.empty()) return 1;
  return std::count(rest.begin(), rest.end(), '.') == 1 ? 0 : 2;
}

/// Collects the libraries of one machine; a file in a directory counts once, however often it is reached.
class Collector {
 public:
  Collector(const host::Host& host, Libraries& answer) : host_(host), answer_(answer) {}

  void add_cache();
  void add_directory(const std::string& directory, const std::string& found_by);
  void add_cuda_directories();

 private:
  enum class Width { kUnknown, k32, k64 };
  void add(Library library, Width width);
  bool is_32_bit(const Library& library) const;

  const host::Host& host_;
  Libraries& answer_;
  std::set<std::string> names_;   // resolved directory + "/" + name
  std::set<std::string> led_to_;  // resolved directory + "/" + resolved file
};

/// Follows the links; passes over what is already listed.
void Collector::add(Library library, Width width) {
  const std::string directory = library.path.substr(0, library.path.rfind('/'));
  const auto real_directory = host_.resolve(directory.empty() ? "/" : directory);
  const std::string place = (real_directory ? *real_directory : directory) + "/";
  if (answer_.all.size() == kLibrariesMax || !names_.insert(place + library.soname).second) return;
  if (auto real = host_.resolve(library.path)) {
    const bool is_new = led_to_.insert(place + *real).second;
    if (!is_new && name_rank(library.soname) != 0) return;
    library.real_path = std::move(*real);
    library.version = version_of_library(library.real_path);
  } else {
    library.dangling = true;
    library.real_path = host_.readlink(library.path).value_or(library.path);
  }
  library.kind = kind_of(library);
  library.is_32_bit = width == Width::kUnknown ? is_32_bit(library) : width == Width::k32;
  answer_.all.push_back(std::move(library));
}

/// By the directory's name where that is a rule, else by the file itself.
bool Collector::is_32_bit(const Library& library) const {
  for (const std::string_view part :
       {"/lib32/", "/i386-linux-gnu/", "/i686-linux-gnu/", "/arm-linux-gnueabihf/"})
    if (contains(library.path, part)) return true;
  for (const std::string_view part : {"/x86_64-linux-gnu/", "/aarch64-linux-gnu/", "/lib64/", "/wsl/"})
    if (contains(library.path, part)) return false;
  if (library.dangling) return false;
  const auto elf = host_.view(library.path, host::View::kElf);
  return elf && contains("\n" + *elf, "\nclass=32\n");
}

void Collector::add_cache() {
  const auto bytes = host_.read(kCache, {.bytes_max = kCacheBytesMax});
  if (!bytes) {
    const ErrorCode code = bytes.error().code;
    if (code != ErrorCode::kNotFound && code != ErrorCode::kNotAvailable) answer_.cache_error = bytes.error();
    return;
  }
  const auto cached = parse_ld_cache(*bytes);
  if (!cached) {
    answer_.cache_error = fail_in(cached.error(), std::string("reading ") + kCache).value();
    return;
  }
  for (const CachedLibrary& entry : *cached) {
    Library library;
    library.soname = entry.soname, library.path = entry.path, library.found_by = "ld.so.cache";
    add(std::move(library), is_64_bit_flag(entry.flags) ? Width::k64 : Width::k32);
  }
}

void Collector::add_directory(const std::string& directory, const std::string& found_by) {
  std::vector<std::string> names;
  for (const std::string_view pattern : {"libcuda.so*", "libnvidia-*.so*"})
    for (std::string& name : host::list_matching(host_, directory, pattern))
      if (is_driver_library(name)) names.push_back(std::move(name));
  std::stable_sort(names.begin(), names.end(),
                   [](const std::string& a, const std::string& b) { return name_rank(a) < name_rank(b); });
  for (const std::string& name : names) {
    Library library;
    library.soname = name, library.path = directory + "/" + name, library.found_by = found_by;
    add(std::move(library), Width::kUnknown);
  }
}

void Collector::add_cuda_directories() {
  // The bare link comes last, so that what it leads to is listed under its own name.
  std::vector<std::string> names = host::list_matching(host_, "/usr/local", "cuda-*");
  names.push_back("cuda");
  for (const std::string& name : names) {
    const std::string top = "/usr/local/" + name;
    for (const char* below : {"/compat", "/lib64/stubs"}) add_directory(top + below, top + below);
    for (const std::string& target : host::list_matching(host_, top + "/targets", "*")) {
      const std::string stubs = top + "/targets/" + target + "/lib/stubs";
      add_directory(stubs, stubs);
    }
  }
}

std::string without_last_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path);
}

}  // namespace

std::string_view library_kind_name(LibraryKind kind) {
  switch (kind) {
    case LibraryKind::kDriver: return "driver";
    case LibraryKind::kStub: return "stub";
    case LibraryKind::kCompat: return "compat";
    case LibraryKind::kWsl: return "wsl";
    case LibraryKind::kOther: return "other";
  }
  return "other";
}

bool is_driver_library(std::string_view name) {
  return glob_match("libcuda.so", name) || glob_match("libcuda.so.*", name) ||
         glob_match("libnvidia-*.so", name) || glob_match("libnvidia-*.so.*", name);
}

std::optional<Version> version_of_library(std::string_view path) {
  const std::string_view name = file_name(path);
  const std::size_t at = name.rfind(".so.");
  if (at == std::string_view::npos) return std::nullopt;
  auto version = parse_version(name.substr(at + 4));
  // ".so.1" and the ".so.1.1" of WSL are interface numbers; no driver had a branch below 10.
  if (!version || version->parts.size() < 2 || version->branch() < 10) return std::nullopt;
  return version;
}

const Library* Libraries::first(std::string_view soname) const {
  for (const Library& library : all) {
    // Directories that the loader is not told of are listed too, behind those that it is.
    const bool searched =
        library.found_by.substr(0, 11) != "/usr/local/" && library.found_by != kWslDirectory;
    if (library.soname == soname && searched && !library.is_32_bit && !library.dangling) return &library;
  }
  return nullptr;
}

Result<Libraries> read_libraries(const host::Host& host) {
  Libraries answer;
  Collector collector(host, answer);
  answer.library_path = host.environment("LD_LIBRARY_PATH").value_or("");
  const std::string searched = replace_all(answer.library_path, ";", ":");
  std::size_t parts = 0;
  for (const std::string_view part : split(searched, ':')) {
    if (part.substr(0, 1) != "/" || ++parts > kPathPartsMax) continue;
    collector.add_directory(without_last_slashes(part), "LD_LIBRARY_PATH");
  }
  collector.add_cache();
  for (const char* directory : kDefaultDirectories) collector.add_directory(directory, directory);
  for (const char* directory : {"/usr/local/nvidia/lib64", kWslDirectory})
    collector.add_directory(directory, directory);
  collector.add_cuda_directories();
  return answer;
}

}  // namespace nvstack::facts
