/* A program of 2012: it knows only the first names of NVML, whose structures are shorter than today's, and loads the
   library at run time. It prints what it was told; guards behind each structure show whether more was written. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef void* device_t;
struct pci_v1 {
  char bus_id[16];
  unsigned domain, bus, device, pci_device_id;
};
struct process_v1 {
  unsigned pid;
  unsigned long long memory;
};

static void* library;

static void* find(const char* name) {
  void* symbol = dlsym(library, name);
  if (!symbol) printf("%s is missing\n", name);
  return symbol;
}

#define CALL(name, types, ...) (((int (*) types)find(#name))(__VA_ARGS__))

static int guarded(const unsigned char* bytes, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i)
    if (bytes[i] != 0xa5) return 0;
  return 1;
}

int main(void) {
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library) return printf("%s\n", dlerror()), 1;
  printf("init %d\n", CALL(nvmlInit, (void)));
  unsigned count = 99;
  printf("count %d", CALL(nvmlDeviceGetCount, (unsigned*), &count));
  printf(" %u\n", count);
  device_t device = 0;
  printf("handle %d\n", CALL(nvmlDeviceGetHandleByIndex, (unsigned, device_t*), 0, &device));
  char name[64] = "";
  printf("name %d", CALL(nvmlDeviceGetName, (device_t, char*, unsigned), device, name, sizeof name));
  printf(" %s\n", name);

  unsigned char room[256];
  memset(room, 0xa5, sizeof room);
  struct pci_v1 pci;
  const int pci_code = CALL(nvmlDeviceGetPciInfo, (device_t, void*), device, room);
  memcpy(&pci, room, sizeof pci);
  printf("pci %d %s %x guard %d\n", pci_code, pci.bus_id, pci.pci_device_id, guarded(room, sizeof pci, sizeof room));

  memset(room, 0xa5, sizeof room);
  unsigned processes = 4;
  const int code = CALL(nvmlDeviceGetComputeRunningProcesses, (device_t, unsigned*, void*), device, &processes, room);
  struct process_v1 first;
  memcpy(&first, room, sizeof first);
  printf("processes %d %u memory %llu guard %d\n", code, processes, processes ? first.memory : 0,
         guarded(room, processes * sizeof first, sizeof room));

  printf("bad handle %d\n", CALL(nvmlDeviceGetHandleByIndex, (unsigned, device_t*), 1000, &device));
  printf("null %d\n", CALL(nvmlDeviceGetCount, (unsigned*), NULL));
  printf("shutdown %d\n", CALL(nvmlShutdown, (void)));
  printf("after %d\n", CALL(nvmlDeviceGetCount, (unsigned*), &count));
  return 0;
}
