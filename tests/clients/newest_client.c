/* A program of today: the newest name of each function, structures with their version words. It changes what root may
   change, and reads it back. "newest_client set" only sets a power limit and ends, "newest_client get" only reads it. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "abi/nvml.h"

static void* library;

static void* find(const char* name) {
  void* symbol = dlsym(library, name);
  if (!symbol) printf("%s is missing\n", name);
  return symbol;
}
#define CALL(name, ...) (((__typeof__(&name))find(#name))(__VA_ARGS__))

static void show(nvmlDevice_t device) {
  nvmlMemory_v2_t memory;
  memset(&memory, 0, sizeof memory);
  memory.version = nvmlMemory_v2;
  printf("memory %d", CALL(nvmlDeviceGetMemoryInfo_v2, device, &memory));
  printf(" total %llu adds up %d\n", (unsigned long long)memory.total,
         memory.total == memory.used + memory.free + memory.reserved);
  memory.version = 7;
  printf("wrong version %d\n", CALL(nvmlDeviceGetMemoryInfo_v2, device, &memory));
  nvmlPciInfo_t pci;
  printf("pci %d", CALL(nvmlDeviceGetPciInfo_v3, device, &pci));
  printf(" %s\n", pci.busId);
  unsigned limit = 0, power = 0, count = 0;
  const int power_code = CALL(nvmlDeviceGetPowerUsage, device, &power);
  printf("power %d above zero %d\n", power_code, power > 0);
  printf("limit %d", CALL(nvmlDeviceGetPowerManagementLimit, device, &limit));
  printf(" %u\n", limit);
  printf("processes %d", CALL(nvmlDeviceGetComputeRunningProcesses_v3, device, &count, NULL));
  printf(" %u\n", count);
  char uuid[96] = "";
  nvmlDevice_t again = NULL;
  printf("uuid %d", CALL(nvmlDeviceGetUUID, device, uuid, sizeof uuid));
  const int found = CALL(nvmlDeviceGetHandleByUUID, uuid, &again);
  printf(" found %d same %d\n", found, again == device);
  printf("too small %d\n", CALL(nvmlDeviceGetUUID, device, uuid, 3));
}

int main(int argc, char** argv) {
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library) return printf("%s\n", dlerror()), 1;
  const int code = CALL(nvmlInit_v2);
  printf("init %d\n", code);
  if (code != 0) return 0;
  char version[80] = "";
  printf("driver %d", CALL(nvmlSystemGetDriverVersion, version, sizeof version));
  printf(" %s\n", version);
  nvmlDevice_t device = NULL;
  const int handle = CALL(nvmlDeviceGetHandleByIndex_v2, 0, &device);
  printf("handle %d\n", handle);
  if (handle != 0) return 0;
  if (argc > 1 && strcmp(argv[1], "set") == 0) {
    printf("set %d\n", CALL(nvmlDeviceSetPowerManagementLimit, device, 400000));
    printf("persistence %d\n", CALL(nvmlDeviceSetPersistenceMode, device, NVML_FEATURE_ENABLED));
  } else if (argc > 1 && strcmp(argv[1], "get") == 0) {
    unsigned limit = 0;
    printf("limit %d", CALL(nvmlDeviceGetPowerManagementLimit, device, &limit));
    printf(" %u\n", limit);
  } else {
    show(device);
  }
  printf("shutdown %d\n", CALL(nvmlShutdown));
  return 0;
}
