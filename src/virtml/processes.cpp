// The processes on a GPU: three kinds of lists, each in three layouts, and how busy each process keeps it.
#include "virtml/processes.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

nvmlProcessInfo_v1_t entry(const channel::Process& process, const nvmlProcessInfo_v1_t*) {
  return {process.pid, process.memory_bytes};
}
nvmlProcessInfo_v2_t entry(const channel::Process& process, const nvmlProcessInfo_v2_t*) {
  return {process.pid, process.memory_bytes, process.gpu_instance, process.compute_instance};
}

/// T: the layout. The unversioned name writes 16 bytes an entry, _v2 and _v3 write 24.
template <typename T>
nvmlReturn_t list_processes(nvmlDevice_t device, unsigned* count, T* infos, std::uint32_t kind) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_parts(target)) return code;
  Listing<T> listing(count, infos);
  for_each_process(
      target, [&] { listing.restart(); },
      [&](const channel::Process& process) {
        if (process.kinds & kind) listing.add(entry(process, static_cast<T*>(nullptr)));
      });
  return listing.finish();
}

}  // namespace

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                  nvmlProcessInfo_v1_t* infos) {
  return list_processes(device, infoCount, infos, channel::kCompute);
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v2_t* infos) {
  return list_processes(device, infoCount, infos, channel::kCompute);
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_t* infos) {
  return list_processes(device, infoCount, infos, channel::kCompute);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                   nvmlProcessInfo_v1_t* infos) {
  return list_processes(device, infoCount, infos, channel::kGraphics);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_v2_t* infos) {
  return list_processes(device, infoCount, infos, channel::kGraphics);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_t* infos) {
  return list_processes(device, infoCount, infos, channel::kGraphics);
}
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v1_t* infos) {
  return list_processes(device, infoCount, infos, channel::kMps);
}
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                        nvmlProcessInfo_v2_t* infos) {
  return list_processes(device, infoCount, infos, channel::kMps);
}
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                        nvmlProcessInfo_t* infos) {
  return list_processes(device, infoCount, infos, channel::kMps);
}
nvmlReturn_t nvmlDeviceGetRunningProcessDetailList(nvmlDevice_t device, nvmlProcessDetailList_t* plist) {
  Target target;
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!plist) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(plist->version, nvmlProcessDetailList_v1)) return code;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  const std::uint32_t kinds[] = {channel::kCompute, channel::kGraphics, channel::kMps,
                                 channel::kCompute | channel::kGraphics | channel::kMps};
  if (plist->mode >= NVML_PROCESS_MODE_MAX) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_parts(target)) return code;
  Listing<nvmlProcessDetail_v1_t> listing(&plist->numProcArrayEntries, plist->procArray);
  for_each_process(
      target, [&] { listing.restart(); },
      [&](const channel::Process& process) {
        if (process.kinds & kinds[plist->mode])
          listing.add({process.pid, process.memory_bytes, process.gpu_instance, process.compute_instance, 0});
      });
  return listing.finish();
}
/// One sample a process, taken now. NOT_FOUND when none is newer than lastSeenTimeStamp, as the library
/// answers when no process ran.
nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t* utilization,
                                             unsigned int* processSamplesCount,
                                             unsigned long long lastSeenTimeStamp) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!processSamplesCount) return NVML_ERROR_INVALID_ARGUMENT;
  if (value_or_zero(*target.gpu, ReadingId::mig_mode)) return NVML_ERROR_NOT_SUPPORTED;
  const unsigned long long now = now_us(*page());
  Listing<nvmlProcessUtilizationSample_t> listing(processSamplesCount, utilization);
  bool any = false;
  for_each_process(
      target, [&] { listing.restart(), any = false; },
      [&](const channel::Process& process) {
        if (now <= lastSeenTimeStamp) return;
        any = true;
        listing.add({process.pid, now, process.sm_percent, process.memory_percent, process.encoder_percent,
                     process.decoder_percent});
      });
  const nvmlReturn_t code = listing.finish();
  return code == NVML_SUCCESS && !any ? NVML_ERROR_NOT_FOUND : code;
}
nvmlReturn_t nvmlDeviceGetProcessesUtilizationInfo(nvmlDevice_t device,
                                                   nvmlProcessesUtilizationInfo_t* procesesUtilInfo) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, procesesUtilInfo, nvmlProcessesUtilizationInfo_v1, target))
    return code;
  if (value_or_zero(*target.gpu, ReadingId::mig_mode)) return NVML_ERROR_NOT_SUPPORTED;
  const unsigned long long now = now_us(*page());
  Listing<nvmlProcessUtilizationInfo_v1_t> listing(&procesesUtilInfo->processSamplesCount,
                                                   procesesUtilInfo->procUtilArray);
  bool any = false;
  for_each_process(
      target, [&] { listing.restart(), any = false; },
      [&](const channel::Process& process) {
        if (now <= procesesUtilInfo->lastSeenTimeStamp) return;
        any = true;
        listing.add({now, process.pid, process.sm_percent, process.memory_percent, process.encoder_percent,
                     process.decoder_percent, process.jpg_percent, process.ofa_percent});
      });
  const nvmlReturn_t code = listing.finish();
  return code == NVML_SUCCESS && !any ? NVML_ERROR_NOT_FOUND : code;
}
