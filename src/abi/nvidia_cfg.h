// The C ABI of libnvidia-cfg.so.1: what the persistence daemon and nvidia-xconfig ask of it. Names and
// layouts are NVIDIA's. Source: nvidia-cfg.h of NVIDIA/nvidia-persistenced 595.71.05. Every call answers
// NVCFG_TRUE or NVCFG_FALSE unless it says otherwise; arrays and strings are allocated with malloc and freed
// by the caller.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef int NvCfgBool;  // the original has an enum of int size
enum { NVCFG_FALSE = 0, NVCFG_TRUE = 1 };

typedef struct {
  int bus, slot;
} NvCfgDevice;  // deprecated; has no domain

/// `function` is not filled by every release of the library: callers set it to 0.
typedef struct {
  int domain, bus, slot, function;
} NvCfgPciDevice;

typedef void* NvCfgDeviceHandle;
typedef void* NvCfgGSyncHandle;

/// Sync in Hz, clocks in kHz, sizes in mm; 0 is "not known".
typedef struct {
  char monitor_name[64];
  unsigned int min_horiz_sync, max_horiz_sync, min_vert_refresh, max_vert_refresh, max_pixel_clock;
  unsigned int max_xres, max_yres, max_refresh, preferred_xres, preferred_yres, preferred_refresh;
  unsigned int physical_width, physical_height;
} NvCfgDisplayDeviceInformation;

NvCfgBool nvCfgGetDevices(int* n, NvCfgDevice** devs);
/// Side effect of the vendor's library: missing device nodes are made by the setuid nvidia-modprobe.
NvCfgBool nvCfgGetPciDevices(int* n, NvCfgPciDevice** devs);
NvCfgBool nvCfgOpenDevice(int bus, int slot, NvCfgDeviceHandle* handle);
NvCfgBool nvCfgAttachPciDevice(int domain, int bus, int device, int function, NvCfgDeviceHandle* handle);
/// Initializes the GPU when it is its first user; holds nvidiactl and several descriptors of nvidiaN.
NvCfgBool nvCfgOpenPciDevice(int domain, int bus, int device, int function, NvCfgDeviceHandle* handle);
NvCfgBool nvCfgOpenAllPciDevices(int* n, NvCfgDeviceHandle** handles);
NvCfgBool nvCfgDetachDevice(NvCfgDeviceHandle handle);
NvCfgBool nvCfgCloseDevice(NvCfgDeviceHandle handle);
NvCfgBool nvCfgCloseAllPciDevices(void);

/// Since 550.40.07. An RM status: 0 is success.
unsigned int nvCfgEnableUVMPersistence(NvCfgDeviceHandle handle);
unsigned int nvCfgDisableUVMPersistence(NvCfgDeviceHandle handle);
enum { NV_ERR_NVLINK_FABRIC_NOT_READY = 0x81 };  // the one status that is worth another try

NvCfgBool nvCfgGetNumCRTCs(NvCfgDeviceHandle handle, int* crtcs);
NvCfgBool nvCfgGetProductName(NvCfgDeviceHandle handle, char** name);
NvCfgBool nvCfgGetDeviceUUID(NvCfgDeviceHandle handle, char** uuid);
/// A mask: bits 0-7 CRT, 8-15 TV, 16-23 DFP.
NvCfgBool nvCfgGetDisplayDevices(NvCfgDeviceHandle handle, unsigned int* display_device_mask);
NvCfgBool nvCfgGetSupportedDisplayDevices(NvCfgDeviceHandle handle, unsigned int* display_device_mask);
NvCfgBool nvCfgGetEDIDData(NvCfgDeviceHandle handle, unsigned int display_device, int* edid_size,
                           void** edid);
NvCfgBool nvCfgGetEDID(NvCfgDeviceHandle handle, unsigned int display_device,
                       NvCfgDisplayDeviceInformation* information);
NvCfgBool nvCfgIsPrimaryDevice(NvCfgDeviceHandle handle, NvCfgBool* is_primary_device);
/// A list that ends with a null pointer.
NvCfgBool nvCfgGetTeslaSerialNumbers(char*** serials);

NvCfgBool nvCfgOpenAllGSyncDevices(int* n, NvCfgGSyncHandle** handles);
NvCfgBool nvCfgCloseAllGSyncDevices(void);
/// 1 GSYNC2, 2 GSYNC3, 3 GSYNC4.
int nvCfgGetGSyncDeviceType(NvCfgGSyncHandle handle);
int nvCfgGetGSyncDeviceFirmwareVersion(NvCfgGSyncHandle handle);
NvCfgBool nvCfgFlashGSyncDevice(NvCfgGSyncHandle handle, int format, const unsigned char* image, int size);

#ifdef __cplusplus
}
static_assert(sizeof(NvCfgBool) == 4);
static_assert(sizeof(NvCfgDevice) == 8);
static_assert(sizeof(NvCfgPciDevice) == 16);
static_assert(sizeof(NvCfgDisplayDeviceInformation) == 116);
#endif
