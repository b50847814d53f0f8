#include "smi/vgpu.hpp"

#include <array>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kListMax = 128;

template <typename Id, typename Ask>
Answer<std::vector<Id>> read_list(const Ask& ask) {
  Answer<std::vector<Id>> answer;
  unsigned count = kListMax;
  answer.value.resize(count);
  answer.code = ask(&count, answer.value.data());
  answer.value.resize(answer.ok() && count <= kListMax ? count : 0);
  return answer;
}

VgpuTypeRow read_type(Board& board, unsigned id) {
  VgpuTypeRow row;
  row.id = id;
  nvml::Nvml& nvml = board.nvml();
  std::array<char, NVML_VGPU_NAME_BUFFER_SIZE> text{};
  unsigned size = text.size();
  if (NVML_CALL(nvml, nvmlVgpuTypeGetName, id, text.data(), &size) == NVML_SUCCESS)
    row.name = printable(text.data(), 64);
  size = text.size();
  if (NVML_CALL(nvml, nvmlVgpuTypeGetClass, id, text.data(), &size) == NVML_SUCCESS)
    row.kind = printable(text.data(), 64);
  std::array<char, 128> license{};
  if (NVML_CALL(nvml, nvmlVgpuTypeGetLicense, id, license.data(), static_cast<unsigned>(license.size())) ==
      NVML_SUCCESS)
    row.license = printable(license.data(), 128);
  NVML_CALL(nvml, nvmlVgpuTypeGetFramebufferSize, id, &row.framebuffer_bytes);
  NVML_CALL(nvml, nvmlVgpuTypeGetNumDisplayHeads, id, &row.heads);
  NVML_CALL(nvml, nvmlVgpuTypeGetResolution, id, 0u, &row.width, &row.height);
  NVML_CALL(nvml, nvmlVgpuTypeGetFrameRateLimit, id, &row.frame_limit);
  NVML_CALL(nvml, nvmlVgpuTypeGetMaxInstances, board.device, id, &row.instances_max);
  NVML_CALL(nvml, nvmlVgpuTypeGetMaxInstancesPerVm, id, &row.instances_per_vm);
  return row;
}

void read_utilization(Board& board, std::vector<VgpuRow>& rows) {
  nvmlValueType_t kind{};
  unsigned count = kListMax;
  std::vector<nvmlVgpuInstanceUtilizationSample_t> samples(count);
  if (NVML_CALL(board.nvml(), nvmlDeviceGetVgpuUtilization, board.device, 0ull, &kind, &count,
                samples.data()) != NVML_SUCCESS)
    return;
  for (unsigned i = 0; i < count && i < kListMax; ++i)
    for (VgpuRow& row : rows)
      if (row.id == samples[i].vgpuInstance)
        row.sm_percent = samples[i].smUtil.uiVal, row.memory_percent = samples[i].memUtil.uiVal,
        row.encoder_percent = samples[i].encUtil.uiVal, row.decoder_percent = samples[i].decUtil.uiVal;
}

/// What has been switched on for it, and how fast it may draw.
void read_limits(nvml::Nvml& nvml, VgpuRow& row) {
  nvmlEnableState_t state{};
  const auto word = [&] { return state == NVML_FEATURE_ENABLED ? "Enabled" : "Disabled"; };
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetAccountingMode, row.id, &state) == NVML_SUCCESS)
    row.accounting = word();
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetEccMode, row.id, &state) == NVML_SUCCESS) row.ecc = word();
  unsigned fps = 0;
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetFrameRateLimit, row.id, &fps) == NVML_SUCCESS)
    row.frame_limit = std::to_string(fps) + " FPS";
}

void read_streams(nvml::Nvml& nvml, VgpuRow& row) {
  VgpuStreams& encoder = row.encoder;
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetEncoderStats, row.id, &encoder.sessions, &encoder.fps,
                &encoder.latency_us) != NVML_SUCCESS)
    encoder = {};
  nvmlFBCStats_t capture{};
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetFBCStats, row.id, &capture) == NVML_SUCCESS)
    row.capture = {capture.sessionsCount, capture.averageFPS, capture.averageLatency};
}

VgpuRow read_vgpu(Board& board, unsigned id) {
  VgpuRow row;
  row.id = id;
  nvml::Nvml& nvml = board.nvml();
  std::array<char, 96> text{};
  constexpr unsigned kSize = text.size();
  nvmlVgpuVmIdType_t kind{};
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetVmID, id, text.data(), kSize, &kind) == NVML_SUCCESS)
    row.vm = printable(text.data(), 96);
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetUUID, id, text.data(), kSize) == NVML_SUCCESS)
    row.uuid = printable(text.data(), 96);
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetVmDriverVersion, id, text.data(), kSize) == NVML_SUCCESS)
    row.guest_driver = printable(text.data(), 96);
  unsigned length = kSize, licensed = 0;
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetGpuPciId, id, text.data(), &length) == NVML_SUCCESS)
    row.bus_id = printable(text.data(), 96);
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetLicenseStatus, id, &licensed) == NVML_SUCCESS)
    row.license = licensed ? "Licensed" : "Unlicensed";
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetMdevUUID, id, text.data(), kSize) == NVML_SUCCESS)
    row.mdev = printable(text.data(), 96);
  NVML_CALL(nvml, nvmlVgpuInstanceGetFbUsage, id, &row.used_bytes);
  read_limits(nvml, row);
  read_streams(nvml, row);
  unsigned type = 0;
  if (NVML_CALL(nvml, nvmlVgpuInstanceGetType, id, &type) == NVML_SUCCESS) row.type = read_type(board, type);
  return row;
}

}  // namespace

Answer<std::vector<VgpuTypeRow>> read_vgpu_types(Board& board, VgpuList list) {
  const auto ids = read_list<nvmlVgpuTypeId_t>([&](unsigned* count, nvmlVgpuTypeId_t* out) {
    return list == VgpuList::kSupported
               ? NVML_CALL(board.nvml(), nvmlDeviceGetSupportedVgpus, board.device, count, out)
               : NVML_CALL(board.nvml(), nvmlDeviceGetCreatableVgpus, board.device, count, out);
  });
  Answer<std::vector<VgpuTypeRow>> answer;
  answer.code = ids.code;
  for (const nvmlVgpuTypeId_t id : ids.value) answer.value.push_back(read_type(board, id));
  return answer;
}

Answer<std::vector<VgpuRow>> read_vgpus(Board& board) {
  const auto ids = read_list<nvmlVgpuInstance_t>([&](unsigned* count, nvmlVgpuInstance_t* out) {
    return NVML_CALL(board.nvml(), nvmlDeviceGetActiveVgpus, board.device, count, out);
  });
  Answer<std::vector<VgpuRow>> answer;
  answer.code = ids.code;
  for (const nvmlVgpuInstance_t id : ids.value) answer.value.push_back(read_vgpu(board, id));
  read_utilization(board, answer.value);
  return answer;
}

}  // namespace nvstack::smi
