// Every copy of NVIDIA's user-space libraries: where the loader finds them, which version, real, stub or
// compat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/version.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

/// kDriver: where the loader looks by itself. kOther: anywhere else, only reached by LD_LIBRARY_PATH.
enum class LibraryKind { kDriver, kStub, kCompat, kWsl, kOther };
std::string_view library_kind_name(LibraryKind kind);

/// One file: libcuda.so.1, libnvidia-ml.so.1, libnvidia-cfg.so.1, ... `real_path` has all links followed.
/// A file with its full version as name (libcuda.so.535.183.06) is only listed when no other name in its
/// directory leads to it: then it was left behind, or has no shorter name. `soname` is the name without the
/// directory, by which the loader looks for it.
struct Library {
  std::string soname;  // "libcuda.so.1"
  std::string path;    // as found
  std::string real_path;
  std::optional<Version> version;  // from the file's own name libcuda.so.580.95.05
  LibraryKind kind = LibraryKind::kDriver;
  std::string found_by;   // "ld.so.cache", "LD_LIBRARY_PATH", "/usr/local/cuda-12.4/compat", ...
  bool dangling = false;  // a link whose target is not there
  bool is_32_bit = false;
};

struct Libraries {
  std::vector<Library>
      all;  // in the loader's order: LD_LIBRARY_PATH, cache, default directories, then the rest
  std::string library_path;          // LD_LIBRARY_PATH, verbatim
  std::optional<Error> cache_error;  // the loader's cache is there but could not be read or understood

  /// What the loader would open for this soname (64 bit).
  const Library* first(std::string_view soname) const;
};

Result<Libraries> read_libraries(const host::Host& host);

struct CachedLibrary {
  std::string soname;
  std::string path;
  std::uint32_t flags = 0;  // glibc: 0x0303 x86-64, 0x0a03 AArch64 64-bit, 0x0003 32-bit x86
};
/// /etc/ld.so.cache, format glibc-ld.so.cache1.1 (with or without the old table before it). Hostile bytes
/// allowed.
Result<std::vector<CachedLibrary>> parse_ld_cache(std::string_view bytes);
/// Is this file name one of the driver's user-space libraries (libcuda.so*, libnvidia-*.so*)?
bool is_driver_library(std::string_view file_name);
/// "libcuda.so.580.95.05" -> 580.95.05; nothing for ".so" and ".so.1".
std::optional<Version> version_of_library(std::string_view path);

}  // namespace nvstack::facts
