/* Figures of the library: "first" is one call of a program that starts for it; "steady N" tells the median and the
   99th percentile of a getter in nanoseconds; "many N" runs N programs that hold the library at once. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/nvml.h"

static void* library;
#define CALL(name, ...) (((__typeof__(&name))dlsym(library, #name))(__VA_ARGS__))

static long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}
static int by_value(const void* a, const void* b) {
  const long x = *(const long*)a, y = *(const long*)b;
  return x < y ? -1 : x > y;
}

static int first(nvmlDevice_t* device) {
  unsigned count = 0, degrees = 0;
  library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library || CALL(nvmlInit_v2) || CALL(nvmlDeviceGetCount_v2, &count)) return 1;
  return CALL(nvmlDeviceGetHandleByIndex_v2, 0, device) || CALL(nvmlDeviceGetTemperature, *device, NVML_TEMPERATURE_GPU, &degrees);
}

static int steady(nvmlDevice_t device, long count) {
  long *took = malloc(sizeof *took * (size_t)count), *empty = malloc(sizeof *empty * (size_t)count);
  nvmlReturn_t (*call)(nvmlDevice_t, nvmlTemperatureSensors_t, unsigned*) = (__typeof__(call))dlsym(library, "nvmlDeviceGetTemperature");
  if (!took || !empty || !call) return 1;
  unsigned degrees = 0;
  for (long i = 0; i < count; ++i) {
    long start = now_ns();
    empty[i] = now_ns() - start;
    start = now_ns();
    call(device, NVML_TEMPERATURE_GPU, &degrees);
    took[i] = now_ns() - start;
  }
  qsort(took, (size_t)count, sizeof *took, by_value);
  qsort(empty, (size_t)count, sizeof *empty, by_value);
  printf("%ld %ld\n", took[count / 2] - empty[count / 2], took[count * 99 / 100] - empty[count / 2]);
  return 0;
}

/* Each holds the library until all have it. */
static int many(long count) {
  int ready[2], go[2];
  char word = 0;
  if (pipe(ready) || pipe(go)) return 1;
  const long start = now_ns();
  for (long i = 0; i < count; ++i) {
    if (fork() != 0) continue;
    nvmlDevice_t device;
    const int code = first(&device);
    close(go[1]);
    if (write(ready[1], code ? "x" : "k", 1) != 1 || read(go[0], &word, 1) != 0) _exit(1);
    _exit(code);
  }
  long good = 0;
  for (long i = 0; i < count && read(ready[0], &word, 1) == 1; ++i) good += word == 'k';
  printf("%ld of %ld hold it after %ld ms\n", good, count, (now_ns() - start) / 1000000);
  close(go[1]);
  while (wait(NULL) > 0) continue;
  return good != count;
}

int main(int argc, char** argv) {
  if (argc > 2 && strcmp(argv[1], "many") == 0) return many(atol(argv[2]));
  nvmlDevice_t device;
  if (first(&device)) return 1;
  return argc > 2 && strcmp(argv[1], "steady") == 0 ? steady(device, atol(argv[2])) : 0;
}
