/* A client of the public ABI, as a C program outside of this project would be: it opens the library by its name, binds what
 * it needs and prints one line for each answer. The first word chooses what it does. */
#include <dlfcn.h>
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
  return 0;
}
