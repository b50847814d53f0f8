#include "nvml/loader.hpp"

#include <dlfcn.h>
#include <link.h>

#include <utility>

namespace nvstack::nvml {

Result<LoadedLibrary> LoadedLibrary::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle) return LoadedLibrary(handle);
  const char* reason = ::dlerror();
  return fail(ErrorCode::kNotFound, reason ? reason : "cannot load " + name);
}

LoadedLibrary::LoadedLibrary(LoadedLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
LoadedLibrary::~LoadedLibrary() {
  if (handle_) ::dlclose(handle_);
}

void* LoadedLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

std::string LoadedLibrary::path() const {
  link_map* map = nullptr;
  return ::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : "";
}

}  // namespace nvstack::nvml
