// What the library says of the machine: versions, the names of processes.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// The head of a file of /proc; the bytes read, -1 when it cannot be.
ssize_t read_head(const char* path, char* out, std::size_t size) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  ssize_t bytes;
  do bytes = ::read(descriptor, out, size);
  while (bytes < 0 && errno == EINTR);
  ::close(descriptor);
  return bytes;
}

/// The name of a recorded process: whoever has that number here now is another.
bool recorded_name(const channel::Page& state, unsigned pid, char* out, std::size_t size) {
  for (std::uint32_t i = 0; i < state.gpu_count; ++i) {
    const channel::Gpu& gpu = state.gpus[i];
    bool found = false;
    channel::read_consistent(gpu, [&] {
      found = false;
      for (std::uint32_t row = 0; row < gpu.process_count && row < channel::kProcessesMax && !found; ++row) {
        if (gpu.processes[row].pid != pid || !(gpu.processes[row].kinds & channel::kRecorded)) continue;
        std::snprintf(out, size, "%.191s", gpu.processes[row].name);
        found = true;
      }
    });
    if (found) return true;
  }
  return false;
}

/// The first word of the command line, or the short name of a process without one. Null when it does not
/// exist.
const char* name_of_process(unsigned pid, char* out, std::size_t size) {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%u/cmdline", pid);
  ssize_t bytes = read_head(path, out, size - 1);
  if (bytes == 0) {
    std::snprintf(path, sizeof path, "/proc/%u/comm", pid);
    bytes = read_head(path, out, size - 1);
    if (bytes > 0 && out[bytes - 1] == '\n') --bytes;
  }
  if (bytes < 0) return nullptr;
  out[bytes] = 0;
  return out;
}

/// The library's own version, which it knows without any driver: that of the file it was loaded from, as the
/// process's mappings name it. The major number is that of the CUDA generation, as the driver's branches
/// brought it.
nvmlReturn_t own_version(char* version, unsigned length) {
  constexpr char kFile[] = "/libnvidia-ml.so.";
  std::FILE* mappings = std::fopen("/proc/self/maps", "re");
  if (!mappings) return NVML_ERROR_UNKNOWN;
  char line[512], found[41] = "";
  for (int i = 0; i < 100'000 && !found[0] && std::fgets(line, sizeof line, mappings); ++i)
    if (const char* name = std::strstr(line, kFile)) std::sscanf(name + sizeof kFile - 1, "%40[0-9.]", found);
  std::fclose(mappings);
  if (!found[0]) return NVML_ERROR_UNKNOWN;
  char text[64];
  const int branch = std::atoi(found);
  std::snprintf(text, sizeof text, "%d.%s", branch < 525 ? 11 : branch < 580 ? 12 : 13, found);
  return copy_text(text, version, length);
}

}  // namespace

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  const channel::Page* state = page();
  return state ? copy_text(state->driver_version, version, length) : NVML_ERROR_UNINITIALIZED;
}
nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length) {
  const channel::Page* state = page();
  if (!version) return NVML_ERROR_INVALID_ARGUMENT;
  return state ? copy_text(state->nvml_version, version, length) : own_version(version, length);
}
nvmlReturn_t nvmlSystemGetDriverBranch(nvmlSystemDriverBranchInfo_t* branchInfo, unsigned int length) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!branchInfo) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(branchInfo->version, nvmlSystemDriverBranchInfo_v1))
    return code;
  return copy_text(state->driver_branch, branchInfo->branch,
                   length < sizeof branchInfo->branch ? length : sizeof branchInfo->branch);
}
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* cudaDriverVersion) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!cudaDriverVersion) return NVML_ERROR_INVALID_ARGUMENT;
  *cudaDriverVersion = static_cast<int>(state->cuda_version);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* cudaDriverVersion) {
  return nvmlSystemGetCudaDriverVersion_v2(cudaDriverVersion);
}
nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name, unsigned int length) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!name || length == 0) return NVML_ERROR_INVALID_ARGUMENT;
  char text[4096];
  if (!recorded_name(*state, pid, text, sizeof text) && !name_of_process(pid, text, sizeof text))
    return NVML_ERROR_NOT_FOUND;
  const std::size_t bytes = std::strlen(text);
  if (bytes + 1 > length) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(name, text, bytes + 1);
  return NVML_SUCCESS;
}
/// S-class systems only: a machine without one has no HIC.
nvmlReturn_t nvmlSystemGetHicVersion(unsigned int* hwbcCount, nvmlHwbcEntry_t* hwbcEntries) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return Listing<nvmlHwbcEntry_t>(hwbcCount, hwbcEntries).finish();
}
nvmlReturn_t nvmlSystemGetCPER_v1(nvmlGetCPER_v1_t* cper) {
  return unsupported_here(cper);
}
