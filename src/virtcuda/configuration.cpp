#include "virtcuda/configuration.hpp"

#include <pthread.h>

#include <cstdlib>
#include <cstring>
#include <new>

using namespace nvstack;
using channel::Gpu, channel::Page;

namespace {

int open_connection(void** connection, const Page** page) {
  auto* fresh = new channel::Connection;
  if (const int code = fresh->open(channel::Role::kConfiguration); code != 0) {
    delete fresh;
    return code;
  }
  *connection = fresh;
  *page = fresh->page();
  return 0;
}
int ask_connection(void* connection, channel::Op op, unsigned gpu) {
  return static_cast<channel::Connection*>(connection)->ask(op, gpu);
}
void close_connection(void* connection) {
  delete static_cast<channel::Connection*>(connection);
}

constexpr virtcuda::CfgLink kConnectionLink = {open_connection, ask_connection, close_connection};
virtcuda::CfgLink driver = kConnectionLink;

/// A GPU that is held open, or only named (nvCfgAttachPciDevice).
struct Handle {
  void* connection;
  const Page* page;
  unsigned position;
  bool opened, uvm, of_all;
  Handle* next;
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
Handle* handles = nullptr;

class Locked {
 public:
  Locked() { pthread_mutex_lock(&lock); }
  ~Locked() { pthread_mutex_unlock(&lock); }
};

bool usable(const Gpu& gpu) {
  constexpr std::uint32_t kWanted = channel::kPresent | channel::kBound;
  return (gpu.flags & kWanted) == kWanted && !(gpu.flags & channel::kExcluded);
}

Handle* find_handle(const void* wanted) {
  Handle* handle = handles;
  while (handle && handle != wanted) handle = handle->next;
  return handle;
}

void close_handle(Handle* handle) {
  Handle** at = &handles;
  while (*at != handle) at = &(*at)->next;
  *at = handle->next;
  driver.close(handle->connection);  // the driver closes what the connection holds
  delete handle;
}

/// Connects and finds the GPU; opens it when asked. Waits for an open without the lock.
NvCfgBool make_handle(int domain, int bus, int device, bool open, bool of_all, Handle** made) {
  void* connection = nullptr;
  const Page* page = nullptr;
  if (driver.open(&connection, &page) != 0) return NVCFG_FALSE;
  for (unsigned i = 0; i < page->gpu_count; ++i) {
    const Gpu& gpu = page->gpus[i];
    if (!usable(gpu) || gpu.domain != static_cast<unsigned>(domain) ||
        gpu.bus != static_cast<unsigned>(bus) || gpu.device != static_cast<unsigned>(device))
      continue;
    if (open && driver.ask(connection, channel::Op::open_gpu, i) != 0) break;
    const Locked locked;
    *made = new Handle{connection, page, i, open, false, of_all, handles};
    handles = *made;
    return NVCFG_TRUE;
  }
  driver.close(connection);
  return NVCFG_FALSE;
}

template <typename T>
T* array_of(std::size_t count) {
  return static_cast<T*>(std::calloc(count ? count : 1, sizeof(T)));
}

/// The usable GPUs as malloc'ed rows; false when the driver does not answer or there is none.
template <typename T, typename Fill>
NvCfgBool list_gpus(int* count, T** rows, const Fill& fill) {
  if (!count || !rows) return NVCFG_FALSE;
  void* connection = nullptr;
  const Page* page = nullptr;
  if (driver.open(&connection, &page) != 0) return NVCFG_FALSE;
  *rows = array_of<T>(page->gpu_count);
  *count = 0;
  for (unsigned i = 0; *rows && i < page->gpu_count; ++i)
    if (usable(page->gpus[i])) fill(page->gpus[i], (*rows)[(*count)++]);
  driver.close(connection);
  return *rows ? NVCFG_TRUE : NVCFG_FALSE;
}

/// A copy of one of the GPU's texts for the caller to free.
NvCfgBool copy_text(NvCfgDeviceHandle handle, channel::TextId id, char** text) {
  const Locked locked;
  const Handle* found = find_handle(handle);
  if (!found || !text) return NVCFG_FALSE;
  const char* value = channel::text(found->page->gpus[found->position], id);
  if (*value == '\0') return NVCFG_FALSE;
  *text = ::strndup(value, channel::kTextBytes);
  return *text ? NVCFG_TRUE : NVCFG_FALSE;
}

/// Of an open handle, a number: 0 for what a GPU without displays has.
template <typename T>
NvCfgBool answer(NvCfgDeviceHandle handle, T* value, T number) {
  const Locked locked;
  if (!find_handle(handle) || !value) return NVCFG_FALSE;
  *value = number;
  return NVCFG_TRUE;
}

unsigned change_uvm(NvCfgDeviceHandle handle, bool on) {
  constexpr unsigned kInvalidArgument = 0x1f;
  const Locked locked;
  Handle* found = find_handle(handle);
  if (!found || !found->opened) return kInvalidArgument;
  const Gpu& gpu = found->page->gpus[found->position];
  // A GPU behind NVSwitch is not ready before its fabric is (nvmlGpuFabricState_t: 0 not supported, 3
  // completed).
  const channel::Reading& fabric = channel::reading(gpu, channel::ReadingId::fabric_state);
  if (on && fabric.code == 0 && fabric.value != 0 && fabric.value != 3) return NV_ERR_NVLINK_FABRIC_NOT_READY;
  found->uvm = on;
  return 0;
}

}  // namespace

void nvstack::virtcuda::use_cfg_link(const CfgLink& other) {
  while (handles) close_handle(handles);
  driver = other.open ? other : kConnectionLink;
}

extern "C" {

NvCfgBool nvCfgGetDevices(int* n, NvCfgDevice** devs) {
  return list_gpus<NvCfgDevice>(n, devs, [](const Gpu& gpu, NvCfgDevice& row) {
    row = {static_cast<int>(gpu.bus), static_cast<int>(gpu.device)};
  });
}
NvCfgBool nvCfgGetPciDevices(int* n, NvCfgPciDevice** devs) {
  return list_gpus<NvCfgPciDevice>(n, devs, [](const Gpu& gpu, NvCfgPciDevice& row) {
    row = {static_cast<int>(gpu.domain), static_cast<int>(gpu.bus), static_cast<int>(gpu.device), 0};
  });
}
NvCfgBool nvCfgOpenPciDevice(int domain, int bus, int device, int, NvCfgDeviceHandle* handle) {
  Handle* made = nullptr;
  if (!handle || !make_handle(domain, bus, device, true, false, &made)) return NVCFG_FALSE;
  *handle = made;
  return NVCFG_TRUE;
}
NvCfgBool nvCfgOpenDevice(int bus, int slot, NvCfgDeviceHandle* handle) {
  return nvCfgOpenPciDevice(0, bus, slot, 0, handle);
}
NvCfgBool nvCfgAttachPciDevice(int domain, int bus, int device, int, NvCfgDeviceHandle* handle) {
  Handle* made = nullptr;
  if (!handle || !make_handle(domain, bus, device, false, false, &made)) return NVCFG_FALSE;
  *handle = made;
  return NVCFG_TRUE;
}
NvCfgBool nvCfgCloseDevice(NvCfgDeviceHandle handle) {
  const Locked locked;
  Handle* found = find_handle(handle);
  if (!found || !found->opened) return NVCFG_FALSE;
  close_handle(found);
  return NVCFG_TRUE;
}
NvCfgBool nvCfgDetachDevice(NvCfgDeviceHandle handle) {
  const Locked locked;
  Handle* found = find_handle(handle);
  if (!found || found->opened) return NVCFG_FALSE;
  close_handle(found);
  return NVCFG_TRUE;
}
NvCfgBool nvCfgCloseAllPciDevices(void) {
  const Locked locked;
  for (Handle* handle = handles; handle;) {
    Handle* next = handle->next;
    if (handle->of_all) close_handle(handle);
    handle = next;
  }
  return NVCFG_TRUE;
}
/// All of them or none.
NvCfgBool nvCfgOpenAllPciDevices(int* n, NvCfgDeviceHandle** opened) {
  NvCfgPciDevice* devices = nullptr;
  int count = 0;
  if (!n || !opened || !nvCfgGetPciDevices(&count, &devices)) return NVCFG_FALSE;
  *opened = array_of<NvCfgDeviceHandle>(static_cast<std::size_t>(count));
  bool all = *opened != nullptr;
  for (int i = 0; all && i < count; ++i) {
    Handle* made = nullptr;
    all = make_handle(devices[i].domain, devices[i].bus, devices[i].slot, true, true, &made);
    (*opened)[i] = made;
  }
  std::free(devices);
  *n = all ? count : 0;
  if (all) return NVCFG_TRUE;
  nvCfgCloseAllPciDevices();
  std::free(*opened);
  *opened = nullptr;
  return NVCFG_FALSE;
}

unsigned int nvCfgEnableUVMPersistence(NvCfgDeviceHandle handle) {
  return change_uvm(handle, true);
}
unsigned int nvCfgDisableUVMPersistence(NvCfgDeviceHandle handle) {
  return change_uvm(handle, false);
}

NvCfgBool nvCfgGetProductName(NvCfgDeviceHandle handle, char** name) {
  return copy_text(handle, channel::TextId::name, name);
}
NvCfgBool nvCfgGetDeviceUUID(NvCfgDeviceHandle handle, char** uuid) {
  return copy_text(handle, channel::TextId::uuid, uuid);
}
NvCfgBool nvCfgGetNumCRTCs(NvCfgDeviceHandle handle, int* crtcs) {
  return answer(handle, crtcs, 4);
}
NvCfgBool nvCfgGetDisplayDevices(NvCfgDeviceHandle handle, unsigned int* mask) {
  return answer(handle, mask, 0u);
}
NvCfgBool nvCfgGetSupportedDisplayDevices(NvCfgDeviceHandle handle, unsigned int* mask) {
  return answer(handle, mask, 0u);
}
/// No monitor is connected to a virtual GPU.
NvCfgBool nvCfgGetEDIDData(NvCfgDeviceHandle, unsigned int, int*, void**) {
  return NVCFG_FALSE;
}
NvCfgBool nvCfgGetEDID(NvCfgDeviceHandle, unsigned int, NvCfgDisplayDeviceInformation*) {
  return NVCFG_FALSE;
}
NvCfgBool nvCfgIsPrimaryDevice(NvCfgDeviceHandle handle, NvCfgBool* is_primary_device) {
  const Locked locked;
  const Handle* found = find_handle(handle);
  if (!found || !is_primary_device) return NVCFG_FALSE;
  const channel::Reading& active =
      channel::reading(found->page->gpus[found->position], channel::ReadingId::display_active);
  *is_primary_device = active.code == 0 && active.value != 0;
  return NVCFG_TRUE;
}
/// The serial numbers of boards that tell theirs.
NvCfgBool nvCfgGetTeslaSerialNumbers(char*** serials) {
  void* connection = nullptr;
  const Page* page = nullptr;
  if (!serials || driver.open(&connection, &page) != 0) return NVCFG_FALSE;
  *serials = array_of<char*>(page->gpu_count + 1);
  std::size_t count = 0;
  for (unsigned i = 0; *serials && i < page->gpu_count; ++i) {
    const char* serial = channel::text(page->gpus[i], channel::TextId::serial);
    if (usable(page->gpus[i]) && *serial) (*serials)[count++] = ::strndup(serial, channel::kTextBytes);
  }
  driver.close(connection);
  return *serials ? NVCFG_TRUE : NVCFG_FALSE;
}

NvCfgBool nvCfgOpenAllGSyncDevices(int* n, NvCfgGSyncHandle** opened) {
  if (!n || !opened) return NVCFG_FALSE;
  *n = 0;
  *opened = nullptr;
  return NVCFG_TRUE;
}
NvCfgBool nvCfgCloseAllGSyncDevices(void) {
  return NVCFG_TRUE;
}
int nvCfgGetGSyncDeviceType(NvCfgGSyncHandle) {
  return 0;
}
int nvCfgGetGSyncDeviceFirmwareVersion(NvCfgGSyncHandle) {
  return 0;
}
NvCfgBool nvCfgFlashGSyncDevice(NvCfgGSyncHandle, int, const unsigned char*, int) {
  return NVCFG_FALSE;
}
NvCfgBool nvCfgDumpDisplayPortAuxLog(NvCfgDeviceHandle) {
  return NVCFG_FALSE;
}

}  // extern "C"
