// Boards for tests: a data center GPU with ECC and MIG, and a gaming GPU without either. Values are made up;
// which of them exist is as on the real boards.
#pragma once

#include "smi/clock.hpp"
#include "smi/run.hpp"
#include "smi/test_nvml.hpp"

namespace nvstack::smi::test {

inline std::string mib(unsigned long long count) {
  return std::to_string(count << 20);
}

inline const Table kDataCenterAnswers = {
    {"nvmlDeviceGetName", "NVIDIA H100 80GB HBM3"},
    {"nvmlDeviceGetBrand", "14"},
    {"nvmlDeviceGetArchitecture", "9"},
    {"nvmlDeviceGetDisplayMode", "!26"},
    {"nvmlDeviceGetDisplayActive", "0"},
    {"nvmlDeviceGetPersistenceMode", "1"},
    {"addressing", "0"},
    {"nvmlDeviceGetMigMode.0", "0"},
    {"nvmlDeviceGetMigMode.1", "0"},
    {"nvmlDeviceGetAccountingMode", "0"},
    {"nvmlDeviceGetAccountingBufferSize", "4000"},
    {"nvmlDeviceGetSerial", "1650000000017"},
    {"nvmlDeviceGetUUID", "GPU-11112222-3333-4444-5555-666677778888"},
    {"pdi", "0x1234abcd"},
    {"nvmlDeviceGetMinorNumber", "3"},
    {"nvmlDeviceGetVbiosVersion", "96.00.A5.00.01"},
    {"nvmlDeviceGetMultiGpuBoard", "0"},
    {"nvmlDeviceGetBoardId", "0x1b00"},
    {"nvmlDeviceGetBoardPartNumber", "692-2G520-0200-000"},
    {"nvmlDeviceGetModuleId", "4"},
    {"nvmlDeviceGetInforomImageVersion", "G520.0200.00.05"},
    {"inforom.0", "2.1"},
    {"inforom.1", "7.16"},
    {"c2c", "0"},
    {"nvmlDeviceGetVirtualizationMode", "0"},
    {"field.230.0", "0"},
    {"gsp", "590.48.01"},
    {"nvmlDeviceGetGspFirmwareMode.0", "1"},
    {"nvmlDeviceGetGspFirmwareMode.1", "1"},
    {"bus_id", "00000000:1B:00.0"},
    {"device_id", "0x233010DE"},
    {"subsystem", "0x16C110DE"},
    {"base_class", "3"},
    {"sub_class", "2"},
    {"nvmlDeviceGetMaxPcieLinkGeneration", "5"},
    {"nvmlDeviceGetCurrPcieLinkGeneration", "5"},
    {"nvmlDeviceGetGpuMaxPcieLinkGeneration", "5"},
    {"nvmlDeviceGetMaxPcieLinkWidth", "16"},
    {"nvmlDeviceGetCurrPcieLinkWidth", "8"},
    {"nvmlDeviceGetPcieReplayCounter", "9"},
    {"field.95.0", "1"},
    {"nvmlDeviceGetPcieThroughput.0", "3092"},
    {"nvmlDeviceGetPcieThroughput.1", "6346"},
    {"field.228.0", "63"},
    {"nvmlDeviceGetPerformanceState", "0"},
    {"reasons", "0x44"},
    {"reasons.supported", "0x1ff"},
    {"field.74.0", "221000000"},
    {"field.76.0", "0"},
    {"field.269.0", "0"},
    {"field.270.0", "5000"},
    {"field.271.0", "0"},
    {"memory.total", "85520809984"},
    {"memory.reserved", "502267904"},
    {"memory.used", "20780679168"},
    {"memory.free", "64237862912"},
    {"bar1.total", mib(131072)},
    {"bar1.used", mib(19819)},
    {"bar1.free", mib(111253)},
    {"protected.total", "0"},
    {"nvmlDeviceGetComputeMode", "3"},
    {"nvmlDeviceGetCudaComputeCapability.0", "9"},
    {"nvmlDeviceGetCudaComputeCapability.1", "0"},
    {"utilization.gpu", "100"},
    {"utilization.memory", "11"},
    {"nvmlDeviceGetEncoderUtilization.0", "0"},
    {"nvmlDeviceGetEncoderUtilization.1", "0"},
    {"nvmlDeviceGetDecoderUtilization.0", "2"},
    {"nvmlDeviceGetDecoderUtilization.1", "0"},
    {"nvmlDeviceGetJpgUtilization.0", "0"},
    {"nvmlDeviceGetJpgUtilization.1", "0"},
    {"nvmlDeviceGetOfaUtilization.0", "0"},
    {"nvmlDeviceGetOfaUtilization.1", "0"},
    {"encoder.sessions", "0"},
    {"encoder.fps", "0"},
    {"encoder.latency", "0"},
    {"fbc.sessions", "0"},
    {"nvmlDeviceGetEccMode.0", "1"},
    {"nvmlDeviceGetEccMode.1", "1"},
    {"sram", "0"},
    {"repair", "0"},
    {"unrepairable", "0"},
    {"remapped", "2"},
    {"histogram", "2560"},
    {"temperature", "59"},
    {"margin", "26"},
    {"field.82.0", "55"},
    {"field.193.0", "-8"},
    {"field.194.0", "-2"},
    {"field.196.0", "0"},
    {"field.195.0", "0"},
    {"field.185.0", "629450"},
    {"field.186.0", "588390"},
    {"field.185.2", "85830"},
    {"nvmlDeviceGetPowerUsage", "629999"},
    {"nvmlDeviceGetEnforcedPowerLimit", "700000"},
    {"nvmlDeviceGetPowerManagementLimit", "700000"},
    {"nvmlDeviceGetPowerManagementDefaultLimit", "700000"},
    {"nvmlDeviceGetPowerManagementLimitConstraints.0", "200000"},
    {"nvmlDeviceGetPowerManagementLimitConstraints.1", "700000"},
    {"nvmlDeviceGetPowerManagementMode", "1"},
    {"field.274.0", "100"},
    {"nvmlDeviceGetClockInfo.0", "1980"},
    {"nvmlDeviceGetClockInfo.1", "1980"},
    {"nvmlDeviceGetClockInfo.2", "2619"},
    {"nvmlDeviceGetClockInfo.3", "1545"},
    {"nvmlDeviceGetMaxClockInfo.0", "1980"},
    {"nvmlDeviceGetMaxClockInfo.1", "1980"},
    {"nvmlDeviceGetMaxClockInfo.2", "2619"},
    {"nvmlDeviceGetMaxClockInfo.3", "1545"},
    {"nvmlDeviceGetMaxCustomerBoostClock.0", "1980"},
    {"nvmlDeviceGetApplicationsClock.0", "1830"},
    {"nvmlDeviceGetApplicationsClock.2", "2619"},
    {"nvmlDeviceGetDefaultApplicationsClock.0", "1830"},
    {"nvmlDeviceGetDefaultApplicationsClock.2", "2619"},
    {"fabric", "3"},
    {"capabilities", "0"},
    {"nvmlDeviceSetPersistenceMode", "0"},
    {"nvmlDeviceSetVirtualizationMode", "0"},
    {"nvmlDeviceSetEccMode", "0"},
    {"nvmlDeviceSetComputeMode", "0"},
    {"nvmlDeviceSetPowerManagementLimit", "0"},
    {"nvmlDeviceClearEccErrorCounts", "0"},
    {"ancestor", "40"},
};

inline FakeBoard data_center_board() {
  FakeBoard board;
  board.answers = kDataCenterAnswers;
  for (const char* type : {"0", "1"})
    for (const char* counter : {"0", "1"})
      for (const char* location : {"2", "7", "8"})
        board.answers[std::string("ecc.") + type + "." + counter + "." + location] = "0";
  for (int link = 0; link < 18; ++link) {
    board.answers["link." + std::to_string(link)] = "1";
    board.answers["field.164." + std::to_string(link)] = "26562";
  }
  board.processes = {
      {11328, 'C', "/root/tools/memhog", 1542, -1, -1, 0, 0, 0},
      {11327, 'C', "/opt/conda/envs/training/bin/python3.11 train.py", 15690, -1, -1, 99, 10, 0},
      {900, 'G', "/usr/lib/xorg/Xorg", 4, -1, -1, 0, 0, 0},
      {900, 'C', "/usr/lib/xorg/Xorg", 4, -1, -1, 0, 0, 0}};
  return board;
}

inline FakeBoard gaming_board() {
  FakeBoard board;
  board.answers = {
      {"nvmlDeviceGetName", "NVIDIA GeForce RTX 2080 SUPER"},
      {"nvmlDeviceGetBrand", "5"},
      {"nvmlDeviceGetArchitecture", "6"},
      {"nvmlDeviceGetDisplayMode", "1"},
      {"nvmlDeviceGetDisplayActive", "1"},
      {"nvmlDeviceGetPersistenceMode", "0"},
      {"nvmlDeviceGetUUID", "GPU-aaaabbbb-cccc-dddd-eeee-ffff00001111"},
      {"bus_id", "00000000:0C:00.0"},
      {"nvmlDeviceGetFanSpeed", "38"},
      {"nvmlDeviceGetPerformanceState", "8"},
      {"memory.total", mib(8192)},
      {"memory.reserved", mib(400)},
      {"memory.used", std::to_string((211ull << 20) - 1)},
      {"memory.free", mib(7581)},
      {"nvmlDeviceGetComputeMode", "0"},
      {"utilization.gpu", "0"},
      {"utilization.memory", "0"},
      {"temperature", "33"},
      {"nvmlDeviceGetPowerUsage", "38890"},
      {"nvmlDeviceGetEnforcedPowerLimit", "250000"},
      {"nvmlDeviceGetTemperatureThreshold.0", "100"},
      {"nvmlDeviceGetTemperatureThreshold.1", "97"},
      {"nvmlDeviceGetTemperatureThreshold.3", "89"},
      {"link.0", "0"},
      {"ancestor", "40"},
  };
  return board;
}

/// The data center board in two parts.
inline FakeBoard mig_board() {
  FakeBoard board = data_center_board();
  board.answers["nvmlDeviceGetMigMode.0"] = board.answers["nvmlDeviceGetMigMode.1"] = "1";
  board.answers["nvmlDeviceGetMaxMigDeviceCount"] = "7";
  board.processes = {{21180, 'C', "/root/tools/memhog", 2296, 2, 0, 0, 0, 0}};
  FakeBoard part;
  part.answers = {{"nvmlDeviceGetGpuInstanceId", "2"},
                  {"nvmlDeviceGetComputeInstanceId", "0"},
                  {"multiprocessors", "60"},
                  {"copy", "3"},
                  {"decoders", "3"},
                  {"jpeg", "3"},
                  {"slices", "3"},
                  {"memory.mib", "40448"},
                  {"ecc.1.0.7", "0"},
                  {"nvmlDeviceGetUUID", "MIG-00000000-1111-2222-3333-444444444444"},
                  {"memory.total", mib(40448)},
                  {"memory.reserved", "0"},
                  {"memory.used", mib(11091)},
                  {"memory.free", mib(29357)},
                  {"bar1.total", mib(24739)},
                  {"bar1.used", "0"},
                  {"bar1.free", mib(24739)}};
  board.parts.push_back(part);
  part.answers["nvmlDeviceGetGpuInstanceId"] = "9";
  part.answers["slices"] = "1";
  part.answers["multiprocessors"] = "16";
  part.answers["memory.mib"] = "9984";
  part.answers["memory.total"] = mib(9984);
  part.answers["memory.used"] = mib(9);
  part.answers["copy"] = part.answers["decoders"] = part.answers["jpeg"] = "1";
  board.parts.push_back(part);
  return board;
}

/// A driver with these boards; its library calls itself `version`.
inline FakeDriver make_driver(std::vector<FakeBoard> boards, const std::string& version = "590.48.01") {
  FakeDriver made;
  made.answers = {{"nvmlSystemGetDriverVersion", version},
                  {"nvmlSystemGetNVMLVersion", version.substr(0, version.rfind('.'))},
                  {"nvmlSystemGetCudaDriverVersion_v2", "13010"}};
  made.boards = std::move(boards);
  return made;
}

/// What a run wrote and returned.
struct Ran {
  int code = 0;
  std::string out, err;
  int waits = 0;
};

/// Runs nvidia-smi on a driver; loops end after `passes`.
inline Ran run_on(FakeDriver& made, const std::vector<std::string>& words, int passes = 1) {
  Ran ran;
  World world;
  world.streams.out = [&](std::string_view text) { ran.out += text; };
  world.streams.err = [&](std::string_view text) { ran.err += text; };
  world.open_library = [&]() -> Result<nvml::Nvml> { return made.library(); };
  world.wait = [&](int) { return ++ran.waits < passes; };
  world.diagnose = [] { return std::string("why\n"); };
  ran.code = run(words, world);
  return ran;
}

/// The line of a text with this number, from 0.
inline std::string line_of(const std::string& text, std::size_t number) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < number && start != std::string::npos; ++i) {
    start = text.find('\n', start);
    if (start != std::string::npos) ++start;
  }
  return start == std::string::npos ? "" : text.substr(start, text.find('\n', start) - start);
}
/// From a line on.
inline std::string below(const std::string& text, std::size_t lines) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < lines; ++i) start = text.find('\n', start) + 1;
  return text.substr(start);
}

}  // namespace nvstack::smi::test
