/* A client of the public ABI, as a C program outside of this project would be: it opens the library by its name, binds what
 * it needs and prints one line for each answer. The first word chooses what it does. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/nvml.h"

static void *library;
#define BIND(name) __typeof__(name) *call_##name = (__typeof__(name) *)dlsym(library, #name)
#define SAY(code, ...) (printf("%d ", (int)(code)), printf(__VA_ARGS__), fflush(stdout))

static nvmlDevice_t open_first(void) {
  BIND(nvmlInit_v2);
  BIND(nvmlDeviceGetHandleByIndex_v2);
  nvmlDevice_t device = NULL;
  int code = call_nvmlInit_v2();
  SAY(code, "init\n");
  if (code == 0) SAY(call_nvmlDeviceGetHandleByIndex_v2(0, &device), "handle\n");
  return device;
}

/* What a program of ten years ago calls. */
static void first_versions(void) {
  BIND(nvmlInit);
  BIND(nvmlDeviceGetCount);
  BIND(nvmlDeviceGetHandleByIndex);
  BIND(nvmlDeviceGetPciInfo);
  BIND(nvmlDeviceGetMemoryInfo);
  BIND(nvmlDeviceGetComputeRunningProcesses);
  unsigned count = 0, processes = 8;
  nvmlDevice_t device = NULL;
  nvmlPciInfo_t pci;
  nvmlMemory_t memory;
  nvmlProcessInfo_v1_t infos[8];
  memset(&pci, 0, sizeof pci);
  SAY(call_nvmlInit(), "init\n");
  SAY(call_nvmlDeviceGetCount(&count), "count %u\n", count);
  SAY(call_nvmlDeviceGetHandleByIndex(0, &device), "handle\n");
  SAY(call_nvmlDeviceGetPciInfo(device, &pci), "pci %s\n", pci.busIdLegacy);
  SAY(call_nvmlDeviceGetMemoryInfo(device, &memory), "memory %llu\n", memory.total >> 20);
  SAY(call_nvmlDeviceGetComputeRunningProcesses(device, &processes, infos), "processes %u\n", processes);
}

/* A setter of one process is seen by another on its next call, and a forked child has a conversation of its own. */
static void shared_state(void) {
  nvmlDevice_t device = open_first();
  BIND(nvmlDeviceSetPowerManagementLimit);
  BIND(nvmlDeviceGetPowerManagementLimit);
  unsigned limit = 0;
  pid_t child = fork();
  if (child == 0) exit(call_nvmlDeviceSetPowerManagementLimit(device, 250000));
  int status = 0;
  waitpid(child, &status, 0);
  SAY(WEXITSTATUS(status), "child\n");
  SAY(call_nvmlDeviceGetPowerManagementLimit(device, &limit), "limit %u\n", limit);
  SAY(call_nvmlDeviceSetPowerManagementLimit(device, 1), "too low\n");
  if (setuid(65534) != 0) exit(99);
  SAY(call_nvmlDeviceSetPowerManagementLimit(device, 260000), "held open by root\n");
  BIND(nvmlShutdown);
  SAY(call_nvmlShutdown(), "shutdown\n");
  device = open_first();
  SAY(call_nvmlDeviceSetPowerManagementLimit(device, 260000), "as nobody\n");
}

/* Waits for an Xid; prints a line when it is ready to. */
static void wait_for_xid(void) {
  nvmlDevice_t device = open_first();
  BIND(nvmlEventSetCreate);
  BIND(nvmlDeviceRegisterEvents);
  BIND(nvmlEventSetWait_v2);
  BIND(nvmlEventSetFree);
  BIND(nvmlDeviceGetTemperature);
  BIND(nvmlDeviceGetUUID);
  nvmlEventSet_t set = NULL;
  nvmlEventData_t data;
  memset(&data, 0, sizeof data);
  SAY(call_nvmlEventSetCreate(&set), "set\n");
  SAY(call_nvmlDeviceRegisterEvents(device, nvmlEventTypeXidCriticalError, set), "ready\n");
  SAY(call_nvmlEventSetWait_v2(set, &data, 10000), "xid %llu same %d\n", data.eventData, data.device == device);
  unsigned degrees = 0;
  char uuid[96] = "";
  SAY(call_nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &degrees), "temperature\n");
  SAY(call_nvmlDeviceGetUUID(device, uuid, sizeof uuid), "uuid %.4s\n", uuid);
  SAY(call_nvmlEventSetFree(set), "free\n");
}

/* Cuts a GPU, and another process finds the part by its UUID. */
static void cut(void) {
  nvmlDevice_t device = open_first(), part = NULL;
  BIND(nvmlDeviceSetMigMode);
  BIND(nvmlDeviceCreateGpuInstance);
  BIND(nvmlGpuInstanceCreateComputeInstance);
  BIND(nvmlDeviceGetMigDeviceHandleByIndex);
  BIND(nvmlDeviceGetHandleByUUID);
  BIND(nvmlDeviceGetUUID);
  BIND(nvmlDeviceGetName);
  BIND(nvmlInit_v2);
  nvmlReturn_t status = 999;
  nvmlGpuInstance_t instance = NULL;
  nvmlComputeInstance_t compute = NULL;
  char uuid[96] = "", name[96] = "";
  SAY(call_nvmlDeviceSetMigMode(device, 1, &status), "mode %d\n", status);
  SAY(call_nvmlDeviceCreateGpuInstance(device, 9, &instance), "instance\n");
  SAY(call_nvmlGpuInstanceCreateComputeInstance(instance, NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE, &compute), "compute\n");
  SAY(call_nvmlDeviceGetMigDeviceHandleByIndex(device, 0, &part), "part\n");
  SAY(call_nvmlDeviceGetUUID(part, uuid, sizeof uuid), "uuid %.4s\n", uuid);
  pid_t child = fork();
  if (child == 0) {
    nvmlDevice_t found = NULL;
    SAY(call_nvmlInit_v2(), "child init\n");
    SAY(call_nvmlDeviceGetHandleByUUID(uuid, &found), "child found\n");
    SAY(call_nvmlDeviceGetName(found, name, sizeof name), "child %s\n", name);
    exit(0);
  }
  waitpid(child, NULL, 0);
  BIND(nvmlDeviceGetMemoryInfo);
  BIND(nvmlDeviceGetGpuInstanceById);
  nvmlMemory_t memory;
  if (setuid(65534) != 0) exit(99);
  SAY(call_nvmlDeviceGetMemoryInfo(device, &memory), "whole memory as nobody\n");
  SAY(call_nvmlDeviceGetMemoryInfo(part, &memory), "part's memory as nobody\n");
  SAY(call_nvmlDeviceGetGpuInstanceById(device, 2, &instance), "instance as nobody\n");
}

/* Many calls from many threads, each with sessions of its own within that of the process. */
static int wrong;
static void *storm_thread(void *number) {
  BIND(nvmlInit_v2);
  BIND(nvmlShutdown);
  BIND(nvmlDeviceGetCount_v2);
  BIND(nvmlDeviceGetHandleByIndex_v2);
  BIND(nvmlDeviceGetPowerUsage);
  BIND(nvmlDeviceGetMemoryInfo);
  BIND(nvmlDeviceGetComputeRunningProcesses_v3);
  BIND(nvmlDeviceSetPowerManagementLimit);
  BIND(nvmlDeviceGetPowerManagementLimit);
  int bad = 0;
  for (int round = 0; round < 100; ++round) {
    unsigned count = 0, value = 0;
    nvmlDevice_t device = NULL;
    nvmlMemory_t memory;
    nvmlProcessInfo_t infos[64];
    bad += call_nvmlInit_v2() != 0;
    bad += call_nvmlDeviceGetCount_v2(&count) != 0 || count != 8;
    bad += call_nvmlDeviceGetHandleByIndex_v2((unsigned)((long)number + round) % 8, &device) != 0;
    for (int i = 0; i < 100; ++i) {
      bad += call_nvmlDeviceGetPowerUsage(device, &value) != 0;
      bad += call_nvmlDeviceGetMemoryInfo(device, &memory) != 0 || memory.used + memory.free > memory.total;
      count = 64;
      bad += call_nvmlDeviceGetComputeRunningProcesses_v3(device, &count, infos) != 0;
    }
    bad += call_nvmlDeviceSetPowerManagementLimit(device, 300000 + (unsigned)round) != 0;
    bad += call_nvmlDeviceGetPowerManagementLimit(device, &value) != 0 || value < 300000 || value > 300100;
    bad += call_nvmlShutdown() != 0;
  }
  __atomic_fetch_add(&wrong, bad, __ATOMIC_RELAXED);
  return NULL;
}
static void storm(void) {
  pthread_t threads[8];
  open_first();
  for (long i = 0; i < 8; ++i) pthread_create(&threads[i], NULL, storm_thread, (void *)i);
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
  BIND(nvmlShutdown);
  BIND(nvmlDeviceGetCount_v2);
  unsigned count = 0;
  SAY(wrong, "wrong\n");
  SAY(call_nvmlShutdown(), "shutdown\n");
  SAY(call_nvmlDeviceGetCount_v2(&count), "after\n");
}

/* Loading and unloading for ever leaves nothing behind. */
static long mappings(void) {
  FILE *file = fopen("/proc/self/maps", "r");
  long lines = 0;
  for (int c; file && (c = fgetc(file)) != EOF;) lines += c == '\n';
  if (file) fclose(file);
  return lines;
}
static void reload(void) {
  long before = 0;
  dlclose(library);
  for (int i = 0; i < 200; ++i) {
    library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    BIND(nvmlInit_v2);
    BIND(nvmlShutdown);
    if (!library || call_nvmlInit_v2() != 0 || call_nvmlShutdown() != 0) exit(3);
    dlclose(library);
    if (i == 10) before = mappings();
  }
  SAY(mappings() > before + 2, "grown\n");
}

/* The code of every getter that takes a device and one number, by name. */
static void sweep(void) {
  static const char *const names[] = {
      "nvmlDeviceGetBrand", "nvmlDeviceGetMinorNumber", "nvmlDeviceGetPersistenceMode", "nvmlDeviceGetDisplayActive",
      "nvmlDeviceGetDisplayMode", "nvmlDeviceGetMaxPcieLinkGeneration", "nvmlDeviceGetCurrPcieLinkWidth", "nvmlDeviceGetFanSpeed",
      "nvmlDeviceGetNumFans", "nvmlDeviceGetPerformanceState", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetPowerManagementLimit",
      "nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetComputeMode", "nvmlDeviceGetAccountingMode", "nvmlDeviceGetMultiGpuBoard",
      "nvmlDeviceGetRetiredPagesPendingStatus", "nvmlDeviceGetNumaNodeId", "nvmlDeviceGetVirtualizationMode",
      "nvmlDeviceGetHostVgpuMode", "nvmlDeviceGetArchitecture", "nvmlDeviceGetModuleId", "nvmlDeviceGetIrqNum",
      "nvmlDeviceGetTotalEnergyConsumption"};
  nvmlDevice_t device = open_first();
  for (unsigned i = 0; i < sizeof names / sizeof *names; ++i) {
    unsigned long long value = 0;
    int (*getter)(nvmlDevice_t, void *) = (int (*)(nvmlDevice_t, void *))dlsym(library, names[i]);
    if (getter) SAY(getter(device, &value), "%s\n", names[i] + strlen("nvmlDeviceGet"));
  }
  BIND(nvmlDeviceGetEccMode);
  BIND(nvmlDeviceGetMigMode);
  BIND(nvmlDeviceGetRemappedRows);
  BIND(nvmlDeviceGetNvLinkState);
  BIND(nvmlDeviceGetUtilizationRates);
  unsigned a, b, c, d;
  nvmlEnableState_t first, second;
  nvmlUtilization_t rates;
  SAY(call_nvmlDeviceGetEccMode(device, &first, &second), "EccMode\n");
  SAY(call_nvmlDeviceGetMigMode(device, &a, &b), "MigMode\n");
  SAY(call_nvmlDeviceGetRemappedRows(device, &a, &b, &c, &d), "RemappedRows\n");
  SAY(call_nvmlDeviceGetNvLinkState(device, 0, &first), "NvLinkState\n");
  SAY(call_nvmlDeviceGetUtilizationRates(device, &rates), "UtilizationRates\n");
}

int main(int count, char **words) {
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library || count < 2) {
    printf("no library: %s\n", dlerror());
    return 1;
  }
  if (!strcmp(words[1], "first")) first_versions();
  if (!strcmp(words[1], "shared")) shared_state();
  if (!strcmp(words[1], "xid")) wait_for_xid();
  if (!strcmp(words[1], "cut")) cut();
  if (!strcmp(words[1], "storm")) storm();
  if (!strcmp(words[1], "reload")) reload();
  if (!strcmp(words[1], "sweep")) sweep();
  return 0;
}
