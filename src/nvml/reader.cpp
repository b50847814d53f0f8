#include "nvml/reader.hpp"

#include <memory>

#include "base/shared_library.hpp"

namespace nvstack::nvml {

Result<Nvml> Nvml::open(const std::string& name) {
  auto library = std::make_shared<SharedLibrary>(TRY(SharedLibrary::open(name)));
  return Nvml([library](const char* symbol) { return library->symbol(symbol); });
}

void* Nvml::find(const char* name) {
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  return found_.emplace(name, symbols_(name)).first->second;
}

}  // namespace nvstack::nvml
