/* Waits for the events of all GPUs: writes "ready" to the file that it is given, then prints the first event. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/nvml.h"

static void* library;
#define CALL(name, ...) (((__typeof__(&name))dlsym(library, #name))(__VA_ARGS__))

int main(int argc, char** argv) {
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library || argc < 3 || CALL(nvmlInit_v2) != 0) return 1;
  nvmlEventSet_t set;
  unsigned count = 0;
  CALL(nvmlDeviceGetCount_v2, &count);
  if (CALL(nvmlEventSetCreate, &set) != 0) return 1;
  for (unsigned i = 0; i < count; ++i) {
    nvmlDevice_t device;
    if (CALL(nvmlDeviceGetHandleByIndex_v2, i, &device) != 0) return 1;
    const int code = CALL(nvmlDeviceRegisterEvents, device, nvmlEventTypeXidCriticalError | nvmlEventTypeDoubleBitEccError, set);
    if (code != 0) return printf("register %d\n", code), 1;
  }
  nvmlEventData_t data;
  printf("nothing yet %d\n", CALL(nvmlEventSetWait_v2, set, &data, 0));
  FILE* ready = fopen(argv[1], "w");
  if (!ready) return 1;
  fclose(ready);
  const int code = CALL(nvmlEventSetWait_v2, set, &data, (unsigned)atoi(argv[2]));
  unsigned index = 99;
  if (code == 0) CALL(nvmlDeviceGetIndex, data.device, &index);
  printf("event %d type %llu data %llu gpu %u\n", code, (unsigned long long)data.eventType, (unsigned long long)data.eventData, index);
  CALL(nvmlEventSetFree, set);
  return CALL(nvmlShutdown);
}
