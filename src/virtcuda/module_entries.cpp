// Entry points of modules and their functions.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "virtcuda/capability_limits.hpp"
#include "virtcuda/module.hpp"
#include "virtcuda/registers.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

CUresult load(CUmodule* module, const void* image, std::size_t bytes, unsigned count, CUjit_option* options,
              void** values) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!module || !image) return CUDA_ERROR_INVALID_VALUE;
  JitLog log(count, options, values);
  return load_module(context, image, bytes, log, *module);
}

const Function& function_of(CUfunction function) {
  return function->module->program.functions[function->index];
}

CUresult function_attribute(int* value, int attribute, CUfunction function) {
  const Function& entry = function_of(function);
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(function->module->context->device, gpu));
  switch (attribute) {
    case 0:
      *value = entry.threads_max
                   ? static_cast<int>(std::min<std::uint32_t>(entry.threads_max, kThreadsPerBlock))
                   : kThreadsPerBlock;
      break;
    case 1: *value = static_cast<int>(entry.shared_bytes); break;
    case 2: *value = 0; break;
    case 3: *value = static_cast<int>(entry.local_bytes); break;
    case 4: *value = registers_of(entry); break;
    case 5: *value = static_cast<int>(function->module->program.target); break;
    case 6: *value = static_cast<int>(capability_of(*gpu)); break;
    case 7: *value = 0; break;
    case 8:
      *value = function->dynamic_shared_bytes_max ? function->dynamic_shared_bytes_max
                                                  : kSharedPerBlock - static_cast<int>(entry.shared_bytes);
      break;
    case 9: *value = function->carveout; break;
    default:
      if (attribute < 0 || attribute > 15) return CUDA_ERROR_INVALID_VALUE;
      *value = 0;
  }
  return CUDA_SUCCESS;
}

CUresult set_function_attribute(CUfunction function, int attribute, int value) {
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(function->module->context->device, gpu));
  const int most = (limits_of(capability_of(*gpu)).shared_optin_kib << 10) -
                   static_cast<int>(function_of(function).shared_bytes);
  if (attribute == 9 && value >= -1 && value <= 100) {
    function->carveout = value;
  } else if (attribute == 8 && value >= 0 && value <= most) {
    function->dynamic_shared_bytes_max = value;
  } else {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

CUresult resolve(CUfunction handle, CUfunction& function) {
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return resolve_function(context, handle, function);
}

/// A whole file, at most 1 GiB.
CUresult read_file(const char* path, std::string& bytes) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return CUDA_ERROR_FILE_NOT_FOUND;
  struct stat status {};
  CUresult code = CUDA_ERROR_INVALID_SOURCE;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
      status.st_size <= (1 << 30)) {
    bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t at = 0;
    for (ssize_t got; at < bytes.size() && (got = ::read(file, &bytes[at], bytes.size() - at)) > 0;)
      at += static_cast<std::size_t>(got);
    if (at == bytes.size()) code = CUDA_SUCCESS;
  }
  ::close(file);
  return code;
}

}  // namespace

extern "C" {

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned int option_count,
                            CUjit_option* options, void** option_values) {
  return load(module, image, 0, option_count, options, option_values);
}
CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return load(module, image, 0, 0, nullptr, nullptr);
}
CUresult cuModuleLoadFatBinary(CUmodule* module, const void* image) {
  return load(module, image, 0, 0, nullptr, nullptr);
}
CUresult cuModuleLoad(CUmodule* module, const char* path) {
  if (!path) return CUDA_ERROR_INVALID_VALUE;
  std::string bytes;
  CUDA_TRY(read_file(path, bytes));
  return load(module, bytes.data(), bytes.size(), 0, nullptr, nullptr);
}
CUresult cuModuleUnload(CUmodule module) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return unload_module(module);
}
CUresult cuModuleGetLoadingMode(int* mode) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!mode) return CUDA_ERROR_INVALID_VALUE;
  *mode = 1;  // eager
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!function || !name) return CUDA_ERROR_INVALID_VALUE;
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  return find_function(module, name, *function);
}
CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule module) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!count) return CUDA_ERROR_INVALID_VALUE;
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  *count = static_cast<unsigned>(module->functions.size());
  return CUDA_SUCCESS;
}
CUresult cuModuleEnumerateFunctions(CUfunction* functions, unsigned count, CUmodule module) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!functions) return CUDA_ERROR_INVALID_VALUE;
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  for (std::size_t i = 0; i < count && i < module->functions.size(); ++i)
    functions[i] = module->functions[i].get();
  return CUDA_SUCCESS;
}
CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!name || (!address && !bytes)) return CUDA_ERROR_INVALID_VALUE;
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  CUdeviceptr found = 0;
  std::size_t found_bytes = 0;
  CUDA_TRY(find_variable(module, name, found, found_bytes));
  if (address) *address = found;
  if (bytes) *bytes = found_bytes;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  return value ? function_attribute(value, attribute, function) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  return set_function_attribute(function, attribute, value);
}
CUresult cuFuncSetCacheConfig(CUfunction handle, int configuration) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  return configuration < 0 || configuration > 3 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
CUresult cuFuncSetSharedMemConfig(CUfunction handle, int configuration) {
  return cuFuncSetCacheConfig(handle, configuration);
}
CUresult cuFuncGetModule(CUmodule* module, CUfunction handle) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  if (!module) return CUDA_ERROR_INVALID_VALUE;
  *module = function->module;
  return CUDA_SUCCESS;
}
CUresult cuFuncGetName(const char** name, CUfunction handle) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  if (!name) return CUDA_ERROR_INVALID_VALUE;
  *name = function_of(function).name.c_str();
  return CUDA_SUCCESS;
}
CUresult cuFuncGetParamInfo(CUfunction handle, size_t index, size_t* offset, size_t* bytes) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  const auto& parameters = function_of(function).parameters;
  if (!offset || index >= parameters.size()) return CUDA_ERROR_INVALID_VALUE;
  *offset = parameters[index].offset;
  if (bytes) *bytes = parameters[index].bytes;
  return CUDA_SUCCESS;
}
CUresult cuFuncLoad(CUfunction handle) {
  const Lock lock;
  CUfunction function = nullptr;
  return resolve(handle, function);
}
CUresult cuFuncIsLoaded(int* state, CUfunction handle) {
  const Lock lock;
  CUfunction function = nullptr;
  CUDA_TRY(resolve(handle, function));
  if (!state) return CUDA_ERROR_INVALID_VALUE;
  *state = 1;
  return CUDA_SUCCESS;
}

}  // extern "C"
