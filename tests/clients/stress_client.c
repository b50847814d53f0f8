/* Eight processes of four threads make mixed calls while one of them is killed every 50 milliseconds and replaced.
   stress_client CALLS: ends when so many were made, and tells each code that a call may not answer in this state. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/nvml.h"

enum { kProcesses = 8, kThreads = 4, kPauseMs = 50 };

struct shared {
  atomic_ulong calls, wanted, wrong;
  atomic_int example_call, example_code;
};
static struct shared* shared;
static void* library;
#define CALL(name, ...) (((__typeof__(&name))dlsym(library, #name))(__VA_ARGS__))

static void note(int call, int code, unsigned long long allowed) {
  atomic_fetch_add(&shared->calls, 1);
  if (code >= 0 && code < 64 && (allowed >> code & 1)) return;
  if (atomic_fetch_add(&shared->wrong, 1) != 0) return;
  shared->example_call = call;
  shared->example_code = code;
}
#define MAY(code) (1ull << (code))

/* Codes that the state allows: others of our threads may have shut the library down, or hold what is asked for. */
static void one_call(unsigned* seed, nvmlDevice_t device) {
  const unsigned long long any = MAY(NVML_SUCCESS) | MAY(NVML_ERROR_UNINITIALIZED) | MAY(NVML_ERROR_NOT_SUPPORTED);
  const int call = rand_r(seed) % 12;
  unsigned number = 0;
  char text[96];
  nvmlMemory_t memory;
  nvmlUtilization_t use;
  nvmlProcessInfo_t processes[64];
  switch (call) {
    case 0: note(call, CALL(nvmlInit_v2), any); note(call, CALL(nvmlShutdown), any); break;
    case 1: note(call, CALL(nvmlDeviceGetCount_v2, &number), any); break;
    case 2: note(call, CALL(nvmlDeviceGetTemperature, device, NVML_TEMPERATURE_GPU, &number), any); break;
    case 3: note(call, CALL(nvmlDeviceGetMemoryInfo, device, &memory), any); break;
    case 4: note(call, CALL(nvmlDeviceGetUtilizationRates, device, &use), any); break;
    case 5: note(call, CALL(nvmlDeviceGetUUID, device, text, sizeof text), any); break;
    case 6: note(call, CALL(nvmlDeviceGetPowerUsage, device, &number), any); break;
    case 7: number = 64; note(call, CALL(nvmlDeviceGetComputeRunningProcesses_v3, device, &number, processes), any | MAY(NVML_ERROR_INSUFFICIENT_SIZE)); break;
    case 8: note(call, CALL(nvmlDeviceSetPowerManagementLimit, device, 300000 + rand_r(seed) % 400000), any); break;
    case 9: note(call, CALL(nvmlDeviceSetComputeMode, device, NVML_COMPUTEMODE_DEFAULT), any); break;
    case 10: note(call, CALL(nvmlDeviceGetClockInfo, device, NVML_CLOCK_SM, &number), any); break;
    default: note(call, CALL(nvmlDeviceGetTemperature, (nvmlDevice_t)(size_t)rand_r(seed), NVML_TEMPERATURE_GPU, &number), any | MAY(NVML_ERROR_INVALID_ARGUMENT));
  }
}

static void* thread_main(void* word) {
  unsigned seed = (unsigned)(size_t)word;
  nvmlDevice_t device = NULL;
  for (int code = CALL(nvmlInit_v2), i = 0; atomic_load(&shared->calls) < shared->wanted; ++i) {
    if (code != NVML_SUCCESS) note(100, code, 0);
    if (i % 64 == 0) code = CALL(nvmlDeviceGetHandleByIndex_v2, (unsigned)rand_r(&seed) % 8, &device);
    one_call(&seed, device);
  }
  CALL(nvmlShutdown);
  return NULL;
}

static pid_t start(unsigned seed) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library) _exit(1);
  pthread_t threads[kThreads];
  for (unsigned i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, thread_main, (void*)(size_t)(seed * kThreads + i + 1));
  for (unsigned i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  _exit(0);
}

int main(int argc, char** argv) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  shared->wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
  pid_t children[kProcesses];
  unsigned seed = 1, killed = 0;
  for (int i = 0; i < kProcesses; ++i) children[i] = start(seed++);
  while (atomic_load(&shared->calls) < shared->wanted) {
    const struct timespec pause = {0, kPauseMs * 1000000};
    nanosleep(&pause, NULL);
    const int victim = (int)(seed % kProcesses);
    kill(children[victim], SIGKILL);
    waitpid(children[victim], NULL, 0);
    ++killed;
    children[victim] = start(seed++);
  }
  int stuck = 0;
  for (int i = 0; i < kProcesses; ++i) {
    int waited = 0;
    for (; waited < 1000 && waitpid(children[i], NULL, WNOHANG) == 0; ++waited) usleep(10000);
    stuck += waited == 1000;
    if (waited == 1000) kill(children[i], SIGKILL);
  }
  printf("calls %lu killed %u wrong %lu (call %d code %d) stuck %d\n", (unsigned long)shared->calls, killed, (unsigned long)shared->wrong,
         (int)shared->example_call, (int)shared->example_code, stuck);
  return shared->wrong || stuck;
}
