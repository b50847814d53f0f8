#include "virt/nvidia_ioctls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "abi/nvidia_ioctl.h"
#include "base/text.hpp"
#include "virt/identity.hpp"
#include "virt/pci_layout.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kControl = "/dev/nvidiactl";
constexpr std::uint64_t kMemoryBlockBytes = 128u << 20;
constexpr std::uint32_t kRecognized = 1, kUnrecognized = 0;  // NV_RM_API_VERSION_REPLY_*
constexpr std::array<const char*, 7> kNumaStates = {"disabled",      "offline",       "online_in_progress",
                                                    "online",        "online_failed", "offline_in_progress",
                                                    "offline_failed"};

template <typename T>
bool load(T& value, const std::string& argument) {
  if (argument.size() != sizeof value) return false;
  std::memcpy(&value, argument.data(), sizeof value);
  return true;
}

template <typename T>
IoctlAnswer store(const T& value, std::string& argument) {
  argument.assign(reinterpret_cast<const char*>(&value), sizeof value);
  return {};
}

IoctlAnswer refuse(int code) {
  IoctlAnswer answer;
  answer.code = code;
  return answer;
}

/// Of "/dev/nvidia3": the position of the GPU with minor 3.
std::optional<std::size_t> gpu_of_node(const Machine& machine, const std::string& path) {
  const auto minor = parse_uint(path.substr(std::min(path.size(), std::strlen("/dev/nvidia"))));
  for (std::size_t i = 0; minor && i < machine.gpus.size(); ++i)
    if (is_driven(machine, machine.gpus[i]) && static_cast<std::uint64_t>(machine.gpus[i].minor) == *minor)
      return i;
  return std::nullopt;
}

nv_ioctl_card_info_t card_of(const PciFunction& function, const PciAddress& place) {
  nv_ioctl_card_info_t card{};
  card.valid = 1;
  card.pci_info = {place.domain,
                   static_cast<std::uint8_t>(place.bus),
                   static_cast<std::uint8_t>(place.device),
                   static_cast<std::uint8_t>(place.function),
                   static_cast<std::uint16_t>(function.vendor),
                   static_cast<std::uint16_t>(function.device)};
  card.gpu_id = gpu_id_of(function.bdf).value_or(0);
  card.interrupt_line = static_cast<std::uint16_t>(function.irq);
  card.reg_address = function.bars[kRegisters].start, card.reg_size = function.bars[kRegisters].bytes;
  card.fb_address = function.bars[kMemory].start, card.fb_size = function.bars[kMemory].bytes;
  card.minor_number = static_cast<std::uint32_t>(function.gpu->minor);
  return card;
}

IoctlAnswer list_cards(const Machine& machine, std::string& argument) {
  const std::size_t room = argument.size() / sizeof(nv_ioctl_card_info_t);
  if (room == 0 || argument.size() % sizeof(nv_ioctl_card_info_t) != 0) return refuse(EINVAL);
  std::string cards;
  for (const PciFunction& function : lay_out_pci(machine)) {
    const bool listed =
        function.kind == PciKind::kGpu && is_driven(machine, *function.gpu) && !function.gpu->excluded;
    const auto place = parse_bdf(function.bdf);
    if (!listed || !place) continue;
    if (cards.size() == argument.size()) return refuse(EINVAL);  // as the driver: too little room is an error
    const nv_ioctl_card_info_t card = card_of(function, *place);
    cards.append(reinterpret_cast<const char*>(&card), sizeof card);
  }
  cards.resize(argument.size(), '\0');
  argument = std::move(cards);
  return {};
}

IoctlAnswer check_version(const Machine& machine, std::string& argument) {
  nv_ioctl_rm_api_version_t version{};
  if (!load(version, argument)) return refuse(EINVAL);
  const std::string client(version.version_string,
                           ::strnlen(version.version_string, sizeof version.version_string));
  const bool same = client == machine.driver_version;
  const bool query = version.cmd == NV_RM_API_VERSION_CMD_QUERY;
  std::memset(version.version_string, 0, sizeof version.version_string);
  machine.driver_version.copy(version.version_string, sizeof version.version_string - 1);
  version.reply = same || query ? kRecognized : kUnrecognized;
  IoctlAnswer answer = store(version, argument);
  if (same || version.cmd != NV_RM_API_VERSION_CMD_STRICT) return answer;
  answer.code = EINVAL;
  answer.effect = IoctlEffect::kVersionMismatch;
  answer.client_version = client;
  return answer;
}

IoctlAnswer attach(const Machine& machine, const NodeOpen& open, const std::string& argument) {
  if (open.path != kControl || argument.empty() || argument.size() % sizeof(std::uint32_t) != 0)
    return refuse(EINVAL);
  IoctlAnswer answer;
  answer.effect = IoctlEffect::kAttachGpus;
  for (std::size_t at = 0; at < argument.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t id = 0;
    std::memcpy(&id, argument.data() + at, sizeof id);
    if (id == 0) continue;
    const auto gpu = std::find_if(machine.gpus.begin(), machine.gpus.end(), [&](const MachineGpu& candidate) {
      return is_driven(machine, candidate) && gpu_id_of(candidate.bdf) == id;
    });
    if (gpu == machine.gpus.end()) return refuse(EINVAL);
    answer.gpus.push_back(static_cast<std::size_t>(gpu - machine.gpus.begin()));
  }
  return answer;
}

std::int32_t numa_state(const std::string& status) {
  const auto at = std::find(kNumaStates.begin(), kNumaStates.end(), status);
  return at == kNumaStates.end() ? 0 : static_cast<std::int32_t>(at - kNumaStates.begin());
}

IoctlAnswer numa_information(const MachineGpu& gpu, std::string& argument) {
  nv_ioctl_numa_info_t numa{};
  if (!load(numa, argument)) return refuse(EINVAL);
  numa = {};
  numa.nid = -1;
  if (!gpu.numa) return store(numa, argument);
  numa.nid = gpu.numa->node;
  numa.status = numa_state(gpu.numa->status);
  numa.memblock_size = kMemoryBlockBytes;
  numa.numa_mem_addr = gpu.numa->address, numa.numa_mem_size = gpu.numa->bytes;
  numa.use_auto_online = gpu.numa->auto_online;
  return store(numa, argument);
}

IoctlAnswer set_numa_status(const MachineGpu& gpu, std::size_t position, const NodeOpen& open,
                            const std::string& argument) {
  nv_ioctl_set_numa_status_t wanted{};
  if (!load(wanted, argument)) return refuse(EINVAL);
  if (open.uid != 0) return refuse(EACCES);  // CAP_SYS_ADMIN
  if (!gpu.numa || wanted.status < 0 || static_cast<std::size_t>(wanted.status) >= kNumaStates.size())
    return refuse(EINVAL);
  IoctlAnswer answer;
  answer.effect = IoctlEffect::kSetNumaStatus;
  answer.gpus = {position};
  answer.numa_status = kNumaStates[static_cast<std::size_t>(wanted.status)];
  return answer;
}

IoctlAnswer wait_for_open(const MachineGpu& gpu, std::size_t position, std::string& argument) {
  nv_ioctl_wait_open_complete_t wait{};
  if (!load(wait, argument)) return refuse(EINVAL);
  wait = {};
  IoctlAnswer answer = store(wait, argument);
  if (gpu.initialized) return answer;
  answer.effect = IoctlEffect::kWaitForOpen;
  answer.gpus = {position};
  return answer;
}

IoctlAnswer answer_of_gpu(const Machine& machine, const NodeOpen& open, unsigned number,
                          std::string& argument) {
  const auto position = gpu_of_node(machine, open.path);
  if (!position) return refuse(EINVAL);
  const MachineGpu& gpu = machine.gpus[*position];
  switch (number) {
    case NV_ESC_NUMA_INFO: return numa_information(gpu, argument);
    case NV_ESC_SET_NUMA_STATUS: return set_numa_status(gpu, *position, open, argument);
    case NV_ESC_WAIT_OPEN_COMPLETE: return wait_for_open(gpu, *position, argument);
    default: return refuse(EINVAL);
  }
}

}  // namespace

std::optional<std::uint32_t> gpu_id_of(const std::string& bdf) {
  const auto place = parse_bdf(bdf);
  if (!place) return std::nullopt;
  return place->domain << 16 | place->bus << 8 | place->device;
}

IoctlAnswer answer_ioctl(const Machine& machine, const NodeOpen& open, unsigned request,
                         std::string& argument) {
  if (_IOC_TYPE(request) != NV_IOCTL_MAGIC) return refuse(EINVAL);
  switch (_IOC_NR(request)) {
    case NV_ESC_CARD_INFO: return list_cards(machine, argument);
    case NV_ESC_CHECK_VERSION_STR: return check_version(machine, argument);
    case NV_ESC_ATTACH_GPUS_TO_FD: return attach(machine, open, argument);
    case NV_ESC_SYS_PARAMS:
      return argument.size() == sizeof(nv_ioctl_sys_params_t) ? IoctlAnswer{} : refuse(EINVAL);
    default: return answer_of_gpu(machine, open, _IOC_NR(request), argument);
  }
}

}  // namespace nvstack::virt
