#include "virtcuda/module.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "virtcuda/image.hpp"
#include "virtcuda/libraries.hpp"
#include "virtcuda/memory.hpp"

namespace nvstack::virtcuda {

namespace {

std::unordered_set<CUmodule>& modules() {
  static auto* const all = new std::unordered_set<CUmodule>;
  return *all;
}
std::unordered_set<const CUfunc_st*>& functions() {
  static auto* const all = new std::unordered_set<const CUfunc_st*>;
  return *all;
}

/// The newest PTX version that a driver's CUDA reads (13.0: 9.0). Source: the PTX ISA's release notes;
/// from 9.0 on they move together.
unsigned ptx_version_max(unsigned cuda_version) {
  static constexpr struct {
    unsigned cuda, ptx;
  } kRows[] = {{13000, 90}, {12090, 88}, {12080, 87}, {12070, 86}, {12050, 85}, {12040, 84}, {12030, 83},
               {12020, 82}, {12010, 81}, {12000, 80}, {11080, 78}, {11070, 77}, {11060, 76}, {11050, 75},
               {11040, 74}, {11030, 73}, {11020, 72}, {11010, 71}, {11000, 70}, {10020, 65}, {10010, 64},
               {10000, 63}, {9020, 62},  {9010, 61},  {9000, 60}};
  if (cuda_version > 13000) return 90 + (cuda_version - 13000) / 10;
  for (const auto& row : kRows)
    if (cuda_version >= row.cuda) return row.ptx;
  return 50;
}

CUresult place_variables(CUmod_st& module) {
  for (const GlobalVariable& variable : module.program.variables) {
    CUdeviceptr address = 0;
    const std::uint64_t bytes = std::max<std::uint64_t>(variable.bytes, 1);
    CUDA_TRY(allocate(module.context, bytes, MemoryKind::kModule, 0, address));
    module.variables.push_back(address);
    if (!variable.initial.empty())
      std::memcpy(host_of(address, bytes), variable.initial.data(), variable.initial.size());
  }
  for (const Relocation& relocation : module.program.relocations) {
    const std::uint64_t value =
        module.variables[relocation.variable] + static_cast<std::uint64_t>(relocation.addend);
    if (relocation.function != kInVariable)
      module.program.functions[relocation.function].frame[relocation.at] = value;
    else
      std::memcpy(host_of(module.variables[relocation.holder] + relocation.at, sizeof value), &value,
                  sizeof value);
  }
  return CUDA_SUCCESS;
}

void drop(CUmodule module) {
  for (const CUdeviceptr address : module->variables) release_variable(address);
  for (const auto& function : module->functions) functions().erase(function.get());
  modules().erase(module);
  delete module;
}

}  // namespace

JitLog::JitLog(unsigned count, const CUjit_option* options, void** values) {
  if (!options || !values) return;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER) buffer_ = static_cast<char*>(values[i]);
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
      bytes_ = reinterpret_cast<std::size_t>(values[i]) & 0xffffffffu;
      length_ = &values[i];
    }
    if (options[i] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES) values[i] = nullptr;  // nothing to tell
  }
  write("");
}

void JitLog::write(std::string_view words) {
  if (!buffer_ || bytes_ == 0) return;
  const std::size_t length = std::min(words.size(), bytes_ - 1);
  std::memcpy(buffer_, words.data(), length);
  buffer_[length] = '\0';
  *length_ = reinterpret_cast<void*>(length ? length + 1 : 0);
}

CUresult load_module(CUcontext context, const void* image, std::size_t bytes, JitLog& log, CUmodule& module) {
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(find_device(context->device, gpu));
  std::string text, words;
  const unsigned capability = capability_of(*gpu);
  if (const CUresult code = find_ptx(image, bytes, capability, text, words); code != CUDA_SUCCESS) {
    log.write(words);
    return code;
  }
  if (const char* disabled = std::getenv("CUDA_DISABLE_PTX_JIT"); disabled && std::strcmp(disabled, "1") == 0)
    return CUDA_ERROR_JIT_COMPILATION_DISABLED;
  auto fresh = std::make_unique<CUmod_st>();
  fresh->context = context;
  Diagnostics diagnostics;
  if (!compile(text, {ptx_version_max(session().page->cuda_version), capability}, fresh->program,
               diagnostics)) {
    log.write(diagnostics.log);
    return diagnostics.code;
  }
  for (std::uint32_t i = 0; i < fresh->program.functions.size(); ++i) {
    if (!fresh->program.functions[i].is_entry) continue;
    fresh->functions.push_back(std::make_unique<CUfunc_st>());
    fresh->functions.back()->index = i;
    fresh->functions.back()->module = fresh.get();
    functions().insert(fresh->functions.back().get());
  }
  module = fresh.release();
  modules().insert(module);
  const CUresult placed = place_variables(*module);
  if (placed != CUDA_SUCCESS) drop(module);
  return placed;
}

CUresult unload_module(CUmodule module) {
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  drop(module);
  return CUDA_SUCCESS;
}

bool is_module(CUmodule module) {
  return modules().count(module) != 0;
}

CUresult find_function(CUmodule module, std::string_view name, CUfunction& function) {
  for (const auto& candidate : module->functions)
    if (module->program.functions[candidate->index].name == name) {
      function = candidate.get();
      return CUDA_SUCCESS;
    }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult find_variable(CUmodule module, std::string_view name, CUdeviceptr& address, std::size_t& bytes) {
  for (std::size_t i = 0; i < module->program.variables.size(); ++i)
    if (module->program.variables[i].name == name) {
      address = module->variables[i];
      bytes = module->program.variables[i].bytes;
      return CUDA_SUCCESS;
    }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult resolve_function(CUcontext context, CUfunction handle, CUfunction& function) {
  function = handle;
  if (functions().count(handle))
    return handle->module->context == context ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
  const auto kernel = reinterpret_cast<CUkernel>(handle);
  if (!is_kernel(kernel)) return CUDA_ERROR_INVALID_HANDLE;
  CUmodule module = nullptr;
  CUDA_TRY(module_of(kernel->library, context, module));
  return find_function(module, kernel->name, function);
}

void forget_modules(CUcontext context) {
  forget_library_modules(context);
  for (auto at = modules().begin(); at != modules().end();) {
    const CUmodule module = *at++;
    if (module->context == context) drop(module);
  }
}

}  // namespace nvstack::virtcuda
