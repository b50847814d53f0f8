// What nvidia-persistenced and its clients say to each other: ONC RPC program 35006 over a record-marked
// AF_UNIX stream, every argument a 4-byte big-endian number. Source: nvpd_rpc.h, nvpd_rpc_xdr.c and
// nvpd_defs.h of NVIDIA/nvidia-persistenced 595.71.05.
#pragma once

#define NVPD_DAEMON_NAME "nvidia-persistenced"
#define NVPD_RUNTIME_PATH "/var/run/nvidia-persistenced"
#define NVPD_SOCKET_PATH NVPD_RUNTIME_PATH "/socket"

enum { NVPD_PROGRAM = 35006, NVPD_VERSION_ONE = 1, NVPD_VERSION_TWO = 2 };

enum {
  NVPD_PROC_NULL = 0,
  // Version 1. SET takes domain, bus, slot, function, mode and answers a status; GET takes the first four and
  // answers a status, followed by the mode when it is NVPD_SUCCESS.
  NVPD_V1_SET_PERSISTENCE_MODE = 1,
  NVPD_V1_GET_PERSISTENCE_MODE = 2,
  // Version 2 has no GET.
  NVPD_V2_SET_PERSISTENCE_MODE_ONLY = 1,
  NVPD_V2_SET_NUMA_STATUS = 2,
};

enum { NVPD_MODE_DISABLED = 0, NVPD_MODE_ENABLED = 1 };
enum { NVPD_NUMA_OFFLINE = 0, NVPD_NUMA_ONLINE = 1 };

enum {
  NVPD_SUCCESS = 0,
  NVPD_ERR_DAEMON_NOT_PRESENT = 1,
  NVPD_ERR_DEVICE_NOT_FOUND = 2,
  NVPD_ERR_DRIVER = 3,
  NVPD_ERR_INSUFFICIENT_RESOURCES = 4,
  NVPD_ERR_INVALID_ARGUMENT = 5,
  NVPD_ERR_IO = 6,
  NVPD_ERR_PERMISSIONS = 7,
  NVPD_ERR_RPC = 8,
  NVPD_ERR_USER_NOT_FOUND = 9,
  NVPD_ERR_NUMA_FAILURE = 10,
  NVPD_ERR_UNKNOWN = 11,
};
