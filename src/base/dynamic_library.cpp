#include "base/dynamic_library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <utility>

namespace nvstack {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* reason = ::dlerror();
    return fail(ErrorCode::kNotFound, reason ? reason : "cannot load " + name);
  }
  return DynamicLibrary(handle);
}

DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)) {}
DynamicLibrary::~DynamicLibrary() {
  if (handle_) ::dlclose(handle_);
}

void* DynamicLibrary::find(const char* symbol) const {
  return ::dlsym(handle_, symbol);
}

std::string DynamicLibrary::path() const {
  link_map* map = nullptr;
  return ::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : "";
}

}  // namespace nvstack
