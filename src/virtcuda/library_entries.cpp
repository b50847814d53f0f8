// Entry points of libraries and kernels.
#include <algorithm>

#include "virtcuda/image.hpp"
#include "virtcuda/libraries.hpp"

namespace nvstack::virtcuda {

namespace {

std::unordered_set<CUlibrary>& libraries() {
  static auto* const all = new std::unordered_set<CUlibrary>;
  return *all;
}
std::unordered_set<CUkernel>& kernels() {
  static auto* const all = new std::unordered_set<CUkernel>;
  return *all;
}

/// The PTX is taken out when the library is loaded, for the first device: a library belongs to no context.
CUresult load_library(CUlibrary* library, const void* image, unsigned count, CUjit_option* options,
                      void** values) {
  CUDA_TRY(ready());
  if (!library || !image) return CUDA_ERROR_INVALID_VALUE;
  JitLog log(count, options, values);
  unsigned least = 999;
  for (const VisibleDevice& device : session().devices)
    least = std::min(least, capability_of(session().page->gpus[device.position]));
  auto fresh = std::make_unique<CUlib_st>();
  std::string words;
  if (const CUresult code = find_ptx(image, 0, least, fresh->text, words); code != CUDA_SUCCESS) {
    log.write(words);
    return code;
  }
  *library = fresh.release();
  libraries().insert(*library);
  return CUDA_SUCCESS;
}

CUresult current_module(CUlibrary library, CUmodule& module) {
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return libraries().count(library) ? module_of(library, context, module) : CUDA_ERROR_INVALID_HANDLE;
}

CUresult kernel_function(CUkernel kernel, CUfunction& function) {
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return is_kernel(kernel) ? resolve_function(context, reinterpret_cast<CUfunction>(kernel), function)
                           : CUDA_ERROR_INVALID_HANDLE;
}

}  // namespace

bool is_kernel(CUkernel kernel) {
  return kernels().count(kernel) != 0;
}

CUresult module_of(CUlibrary library, CUcontext context, CUmodule& module) {
  for (const auto& [owner, made] : library->modules)
    if (owner == context) {
      module = made;
      return CUDA_SUCCESS;
    }
  JitLog log(0, nullptr, nullptr);
  CUDA_TRY(load_module(context, library->text.c_str(), library->text.size(), log, module));
  library->modules.emplace_back(context, module);
  return CUDA_SUCCESS;
}

void forget_library_modules(CUcontext context) {
  for (const CUlibrary library : libraries())
    std::erase_if(library->modules, [&](const auto& pair) { return pair.first == context; });
}

}  // namespace nvstack::virtcuda

using namespace nvstack::virtcuda;

extern "C" {

CUresult cuLibraryLoadData(CUlibrary* library, const void* image, CUjit_option* options, void** values,
                           unsigned count, void*, void**, unsigned) {
  const Lock lock;
  return load_library(library, image, count, options, values);
}
CUresult cuLibraryUnload(CUlibrary library) {
  const Lock lock;
  CUDA_TRY(ready());
  if (libraries().erase(library) == 0) return CUDA_ERROR_INVALID_HANDLE;
  for (const auto& [context, module] : library->modules) unload_module(module);
  for (const auto& kernel : library->kernels) kernels().erase(kernel.get());
  delete library;
  return CUDA_SUCCESS;
}
/// Whether the library has the kernel is known when there is a context to decode it for, and else when it is
/// launched.
CUresult cuLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!kernel || !name) return CUDA_ERROR_INVALID_VALUE;
  if (!libraries().count(library)) return CUDA_ERROR_INVALID_HANDLE;
  for (const auto& known : library->kernels)
    if (known->name == name) {
      *kernel = known.get();
      return CUDA_SUCCESS;
    }
  if (library->text.find(name) == std::string::npos) return CUDA_ERROR_NOT_FOUND;
  library->kernels.push_back(std::make_unique<CUkern_st>());
  library->kernels.back()->library = library;
  library->kernels.back()->name = name;
  *kernel = library->kernels.back().get();
  kernels().insert(*kernel);
  return CUDA_SUCCESS;
}
CUresult cuLibraryGetModule(CUmodule* module, CUlibrary library) {
  const Lock lock;
  return module ? current_module(library, *module) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuLibraryGetGlobal(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  const Lock lock;
  CUmodule module = nullptr;
  CUDA_TRY(current_module(library, module));
  if (!name || (!address && !bytes)) return CUDA_ERROR_INVALID_VALUE;
  CUdeviceptr found = 0;
  std::size_t found_bytes = 0;
  CUDA_TRY(find_variable(module, name, found, found_bytes));
  if (address) *address = found;
  if (bytes) *bytes = found_bytes;
  return CUDA_SUCCESS;
}
CUresult cuLibraryGetManaged(CUdeviceptr* address, size_t* bytes, CUlibrary library, const char* name) {
  return cuLibraryGetGlobal(address, bytes, library, name);
}
CUresult cuLibraryGetKernelCount(unsigned* count, CUlibrary library) {
  const Lock lock;
  CUmodule module = nullptr;
  CUDA_TRY(current_module(library, module));
  if (!count) return CUDA_ERROR_INVALID_VALUE;
  *count = static_cast<unsigned>(module->functions.size());
  return CUDA_SUCCESS;
}
CUresult cuKernelGetFunction(CUfunction* function, CUkernel kernel) {
  const Lock lock;
  return function ? kernel_function(kernel, *function) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuKernelGetLibrary(CUlibrary* library, CUkernel kernel) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!library) return CUDA_ERROR_INVALID_VALUE;
  if (!is_kernel(kernel)) return CUDA_ERROR_INVALID_HANDLE;
  *library = kernel->library;
  return CUDA_SUCCESS;
}
CUresult cuKernelGetName(const char** name, CUkernel kernel) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!name) return CUDA_ERROR_INVALID_VALUE;
  if (!is_kernel(kernel)) return CUDA_ERROR_INVALID_HANDLE;
  *name = kernel->name.c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function);
CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value);
CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t* offset, size_t* bytes);

/// Of a kernel on a device: with the current context when it is there.
CUresult cuKernelGetAttribute(int* value, int attribute, CUkernel kernel, CUdevice) {
  return cuFuncGetAttribute(value, attribute, reinterpret_cast<CUfunction>(kernel));
}
CUresult cuKernelSetAttribute(int attribute, int value, CUkernel kernel, CUdevice) {
  return cuFuncSetAttribute(reinterpret_cast<CUfunction>(kernel), attribute, value);
}
CUresult cuKernelSetCacheConfig(CUkernel kernel, int configuration, CUdevice) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!is_kernel(kernel)) return CUDA_ERROR_INVALID_HANDLE;
  return configuration < 0 || configuration > 3 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
CUresult cuKernelGetParamInfo(CUkernel kernel, size_t index, size_t* offset, size_t* bytes) {
  return cuFuncGetParamInfo(reinterpret_cast<CUfunction>(kernel), index, offset, bytes);
}

}  // extern "C"
