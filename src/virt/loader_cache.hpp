// The loader's cache, /etc/ld.so.cache, with some libraries more: what ldconfig would write after they were
// installed, in a hundredth of its time. Pure: bytes in, bytes out. Format: glibc's dl-cache.h
// (glibc-ld.so.cache1.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nvstack::virt {

struct CachedLibrary {
  std::string soname, path;
};

/// `cache` with these libraries of this machine's architecture; entries with one of their names that end with
/// another path make room. An empty `cache` is a valid start. Errors: kMalformed when it is no such cache or
/// cut short.
Result<std::string> add_to_loader_cache(std::string_view cache, const std::vector<CachedLibrary>& added);

/// Names as the loader orders them: digits compare as numbers. < 0, 0, > 0.
int compare_loader_names(std::string_view a, std::string_view b);

}  // namespace nvstack::virt
