// Module is PTX decoded for one context, its variables placed in that context's memory; libraries hold an
// image and make a module of it in each context that asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "virtcuda/context.hpp"
#include "virtcuda/ptx_program.hpp"

struct CUmod_st;
struct CUfunc_st {
  CUmodule module = nullptr;
  std::uint32_t index = 0;           // in the program
  int dynamic_shared_bytes_max = 0;  // set by cuFuncSetAttribute; 0: the usual 48 KiB
  int carveout = -1;
};
struct CUmod_st {
  CUcontext context = nullptr;
  nvstack::virtcuda::Program program;
  std::vector<CUdeviceptr> variables;                 // addresses, as in the program
  std::vector<std::unique_ptr<CUfunc_st>> functions;  // the program's entries
};
struct CUlib_st;
struct CUkern_st {
  CUlibrary library = nullptr;
  std::string name;
};
struct CUlib_st {
  std::string text;
  std::vector<std::pair<CUcontext, CUmodule>> modules;
  std::vector<std::unique_ptr<CUkern_st>> kernels;
};

namespace nvstack::virtcuda {

/// Where a caller wants the JIT's words: CU_JIT_ERROR_LOG_BUFFER and its size among the options.
class JitLog {
 public:
  JitLog(unsigned count, const CUjit_option* options, void** values);
  /// Copies as much as fits and tells the length.
  void write(std::string_view words);

 private:
  char* buffer_ = nullptr;
  std::size_t bytes_ = 0;
  void** length_ = nullptr;
};

/// `bytes`: as for find_ptx.
CUresult load_module(CUcontext context, const void* image, std::size_t bytes, JitLog& log, CUmodule& module);
CUresult unload_module(CUmodule module);
bool is_module(CUmodule module);
CUresult find_function(CUmodule module, std::string_view name, CUfunction& function);
/// NOT_FOUND when the module has no such variable.
CUresult find_variable(CUmodule module, std::string_view name, CUdeviceptr& address, std::size_t& bytes);
/// A function, or a library's kernel taken for one, in the current context.
CUresult resolve_function(CUcontext context, CUfunction handle, CUfunction& function);
/// The library's module in a context, made when it is first asked for.
CUresult module_of(CUlibrary library, CUcontext context, CUmodule& module);
bool is_kernel(CUkernel kernel);
void forget_modules(CUcontext context);

}  // namespace nvstack::virtcuda
