// The calls of /dev/nvidiactl and /dev/nvidiaN that need no resource manager: listing GPUs, waiting for an
// open to finish, the memory of a GPU as a NUMA node. Source: nv-ioctl.h, nv-ioctl-numa.h, nv-ioctl-numbers.h
// of NVIDIA/open-gpu-kernel-modules 595.45.04. A wrong size is answered with EINVAL.
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

#define NV_IOCTL_MAGIC 'F'
enum {
  NV_ESC_CARD_INFO = 200,  // the argument is an array; its size is in the request
  NV_ESC_REGISTER_FD = 201,
  NV_ESC_ALLOC_OS_EVENT = 206,
  NV_ESC_FREE_OS_EVENT = 207,
  NV_ESC_STATUS_CODE = 209,
  NV_ESC_CHECK_VERSION_STR = 210,
  NV_ESC_IOCTL_XFER_CMD = 211,
  NV_ESC_ATTACH_GPUS_TO_FD = 212,
  NV_ESC_QUERY_DEVICE_INTR = 213,
  NV_ESC_SYS_PARAMS = 214,
  NV_ESC_NUMA_INFO = 215,
  NV_ESC_SET_NUMA_STATUS = 216,
  NV_ESC_EXPORT_TO_DMABUF_FD = 217,
  NV_ESC_WAIT_OPEN_COMPLETE = 218,
};
#define NV_IOCTL_REQUEST(number, size) _IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, (number), (size))

enum { NV_MINOR_MAX = 247, NV_MINOR_MODESET = 254, NV_MINOR_CTL = 255, NV_MAJOR = 195 };
enum { NV_CARD_INFO_MAX = 32 };

typedef struct {
  uint32_t domain;
  uint8_t bus, slot, function;
  uint16_t vendor_id, device_id;
} nv_pci_info_t;

/// One GPU, read without initializing it; excluded GPUs are left out. Addresses and sizes in bytes.
typedef struct {
  uint8_t valid;
  nv_pci_info_t pci_info;
  uint32_t gpu_id;
  uint16_t interrupt_line;
  uint64_t reg_address, reg_size, fb_address, fb_size;
  uint32_t minor_number;
  uint8_t dev_name[10];
} nv_ioctl_card_info_t;

/// `rc` is 0 or a negative errno; waits until a non-blocking open has finished.
typedef struct {
  int32_t rc;
  uint32_t adapter_status;
} nv_ioctl_wait_open_complete_t;

enum {
  NV_RM_API_VERSION_CMD_STRICT = 0,
  NV_RM_API_VERSION_CMD_RELAXED = '1',
  NV_RM_API_VERSION_CMD_QUERY = '2'
};
typedef struct {
  uint32_t cmd, reply;
  char version_string[64];
} nv_ioctl_rm_api_version_t;

typedef struct {
  uint64_t memblock_size;  // bytes
} nv_ioctl_sys_params_t;

enum { NV_NUMA_ADDRESSES_MAX = 64 };
typedef struct {
  uint64_t addresses[NV_NUMA_ADDRESSES_MAX];
  uint32_t entries;  // in: room; out: used
} nv_offline_addresses_t;

typedef struct {
  int32_t nid, status;
  uint64_t memblock_size, numa_mem_addr, numa_mem_size;  // bytes
  uint8_t use_auto_online;                               // not there before 560
  nv_offline_addresses_t offline_addresses;
} nv_ioctl_numa_info_t;

typedef struct {
  int32_t status;
} nv_ioctl_set_numa_status_t;

enum {
  NV_NUMA_STATUS_DISABLED = 0,
  NV_NUMA_STATUS_OFFLINE = 1,
  NV_NUMA_STATUS_ONLINE_IN_PROGRESS = 2,
  NV_NUMA_STATUS_ONLINE = 3,
  NV_NUMA_STATUS_ONLINE_FAILED = 4,
  NV_NUMA_STATUS_OFFLINE_IN_PROGRESS = 5,
  NV_NUMA_STATUS_OFFLINE_FAILED = 6,
};

#ifdef __cplusplus
static_assert(sizeof(nv_pci_info_t) == 12);
static_assert(sizeof(nv_ioctl_card_info_t) == 72);
static_assert(sizeof(nv_ioctl_wait_open_complete_t) == 8);
static_assert(sizeof(nv_ioctl_rm_api_version_t) == 72);
static_assert(sizeof(nv_ioctl_sys_params_t) == 8);
static_assert(sizeof(nv_ioctl_numa_info_t) == 560);
static_assert(sizeof(nv_ioctl_set_numa_status_t) == 4);
static_assert(NV_IOCTL_REQUEST(NV_ESC_NUMA_INFO, sizeof(nv_ioctl_numa_info_t)) == 0xc23046d7);
static_assert(NV_IOCTL_REQUEST(NV_ESC_SET_NUMA_STATUS, sizeof(nv_ioctl_set_numa_status_t)) == 0xc00446d8);
static_assert(NV_IOCTL_REQUEST(NV_ESC_WAIT_OPEN_COMPLETE, sizeof(nv_ioctl_wait_open_complete_t)) ==
              0xc00846da);
#endif
