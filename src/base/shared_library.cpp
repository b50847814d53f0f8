#include "base/shared_library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <utility>

namespace nvstack {

Result<SharedLibrary> SharedLibrary::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle) return SharedLibrary(handle);
  const char* reason = ::dlerror();
  return fail(ErrorCode::kNotFound, reason ? reason : "cannot load " + name);
}

SharedLibrary::SharedLibrary(SharedLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)) {}
SharedLibrary& SharedLibrary::operator=(SharedLibrary&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}
SharedLibrary::~SharedLibrary() {
  if (handle_) ::dlclose(handle_);
}

void* SharedLibrary::symbol(const char* name) const {
  return ::dlsym(handle_, name);
}

Result<void*> SharedLibrary::require(const char* name) const {
  if (void* address = symbol(name)) return address;
  const char* reason = ::dlerror();
  return fail(ErrorCode::kNotFound, reason ? reason : "not there");
}

std::string SharedLibrary::path() const {
  link_map* map = nullptr;
  return ::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : "";
}

}  // namespace nvstack
