// cuGetErrorName and cuGetErrorString: they answer at any time.
#include "abi/cuda_driver.h"

namespace {

struct ErrorRow {
  int code;
  const char *name, *text;
};
constexpr ErrorRow kErrors[] = {
#define ERROR(code, name, text) {code, name, text},
#include "virtcuda/error_texts.inc"
#undef ERROR
};

const ErrorRow* find_error(int code) {
  for (const ErrorRow& row : kErrors)
    if (row.code == code) return &row;
  return nullptr;
}

}  // namespace

CUresult cuGetErrorName(CUresult error, const char** name) {
  if (!name) return CUDA_ERROR_INVALID_VALUE;
  const ErrorRow* row = find_error(error);
  *name = row ? row->name : nullptr;
  return row ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult error, const char** text) {
  if (!text) return CUDA_ERROR_INVALID_VALUE;
  const ErrorRow* row = find_error(error);
  *text = row ? row->text : nullptr;
  return row ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
