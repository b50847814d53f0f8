// A libnvidia-cfg.so.1 without a driver, for tests of the daemon. $FAKE_CFG names a file of "NAME VALUE"
// lines that is read anew at every call: gpus, open_ms, close_ms, fail_open (a mask of GPUs), fail_list,
// fail_close, uvm_status, uvm_busy (how often the fabric is not ready). What was called is appended to
// $FAKE_CFG.log.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "abi/nvidia_cfg.h"

namespace {

constexpr int kFirstBus = 0x10;
std::atomic<int> uvm_calls{0};
// Opened when the library is loaded: the daemon gives the right to make files away later.
int log_file = -1;
int control_file = -1;

__attribute__((constructor)) void open_files() {
  const char* path = std::getenv("FAKE_CFG");
  if (!path) return;
  char name[512];
  std::snprintf(name, sizeof name, "%s.log", path);
  control_file = open(path, O_RDONLY | O_CLOEXEC);
  log_file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

long setting(const char* wanted, long otherwise) {
  char text[2048];
  const ssize_t count = pread(control_file, text, sizeof text - 1, 0);
  if (count <= 0) return otherwise;
  text[count] = '\0';
  char* rest = nullptr;
  for (char* line = strtok_r(text, "\n", &rest); line; line = strtok_r(nullptr, "\n", &rest)) {
    char name[64];
    long value = 0;
    if (std::sscanf(line, "%63s %ld", name, &value) == 2 && std::strcmp(name, wanted) == 0) return value;
  }
  return otherwise;
}

void note(const char* what, long which) {
  char line[128];
  const int count = std::snprintf(line, sizeof line, "%s %ld\n", what, which);
  if (log_file >= 0) (void)!write(log_file, line, static_cast<size_t>(count));
}

void pause_ms(long milliseconds) {
  if (milliseconds > 0) usleep(static_cast<useconds_t>(milliseconds * 1000));
}

long index_of(void* handle) {
  return reinterpret_cast<long>(handle) - 1;
}

}  // namespace

extern "C" {

NvCfgBool nvCfgGetPciDevices(int* n, NvCfgPciDevice** devs) {
  note("list", 0);
  if (setting("fail_list", 0)) return NVCFG_FALSE;
  *n = static_cast<int>(setting("gpus", 8));
  *devs = static_cast<NvCfgPciDevice*>(std::calloc(static_cast<size_t>(*n) + 1, sizeof(NvCfgPciDevice)));
  for (int i = 0; i < *n; ++i) (*devs)[i] = {0, kFirstBus + i, 0, 77};  // the function is not filled in
  return NVCFG_TRUE;
}

NvCfgBool nvCfgOpenPciDevice(int, int bus, int, int, NvCfgDeviceHandle* handle) {
  const long which = bus - kFirstBus;
  note("open", which);
  pause_ms(setting("open_ms", 0));
  if (setting("fail_open", 0) & 1L << which) return NVCFG_FALSE;
  *handle = reinterpret_cast<void*>(which + 1);
  note("opened", which);
  return NVCFG_TRUE;
}

NvCfgBool nvCfgCloseDevice(NvCfgDeviceHandle handle) {
  pause_ms(setting("close_ms", 0));
  note("close", index_of(handle));
  return setting("fail_close", 0) ? NVCFG_FALSE : NVCFG_TRUE;
}

unsigned nvCfgEnableUVMPersistence(NvCfgDeviceHandle handle) {
  note("enable_uvm", index_of(handle));
  if (uvm_calls++ < setting("uvm_busy", 0)) return NV_ERR_NVLINK_FABRIC_NOT_READY;
  return static_cast<unsigned>(setting("uvm_status", 0));
}

unsigned nvCfgDisableUVMPersistence(NvCfgDeviceHandle handle) {
  note("disable_uvm", index_of(handle));
  return 0;
}

}  // extern "C"
