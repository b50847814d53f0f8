// The first entry points: life of the library, the count and the handles.
#include "virtml/session.hpp"

using namespace nvstack;

nvmlReturn_t nvmlInit_v2(void) { return virtml::initialize(0); }
nvmlReturn_t nvmlInitWithFlags(unsigned int flags) { return virtml::initialize(flags); }
nvmlReturn_t nvmlInit(void) { return virtml::initialize(0); }
nvmlReturn_t nvmlShutdown(void) { return virtml::shut_down(); }

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) {
  const channel::Page* page = virtml::page();
  if (!page) return NVML_ERROR_UNINITIALIZED;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned visible = 0;
  for (std::size_t i = 0; i < page->gpu_count; ++i)
    visible += (page->gpus[i].flags & channel::kBound) && !(page->gpus[i].flags & channel::kExcluded);
  *count = visible;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device) {
  return virtml::open_handle(index, device);
}
