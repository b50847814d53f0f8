// Who a GPU is: names, numbers, versions.
#include <array>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"
#include "smi/clock.hpp"
#include "smi/read.hpp"

namespace nvstack::smi {

namespace {

constexpr std::array kBrands = {"Unknown",
                                "Quadro",
                                "Tesla",
                                "NVS",
                                "GRID",
                                "GeForce",
                                "Titan",
                                "NVIDIA Virtual Applications",
                                "NVIDIA Virtual PC",
                                "NVIDIA Virtual Compute Server",
                                "NVIDIA RTX Virtual Workstation",
                                "NVIDIA Cloud Gaming",
                                "Quadro RTX",
                                "NVIDIA RTX",
                                "NVIDIA",
                                "GeForce RTX",
                                "Titan RTX"};
constexpr std::array kArchitectures = {"Unknown",   "Unknown", "Kepler",  "Maxwell",      "Pascal",
                                       "Volta",     "Turing",  "Ampere",  "Ada Lovelace", "Hopper",
                                       "Blackwell", "Unknown", "Unknown", "Rubin"};

template <std::size_t count>
Value word_of(const Answer<unsigned>& answer, const std::array<const char*, count>& words) {
  if (!answer.ok()) return missing(answer.code);
  return text_value(answer.value < count ? words[answer.value] : "Unknown");
}

}  // namespace

Value read_timestamp(Board&, const Ask&) {
  return text_value(csv_time(now()));
}
Value read_driver_version(Board& board, const Ask&) {
  return text_value(board.system.driver_version());
}
Value read_count(Board& board, const Ask&) {
  return number_value(std::uint64_t{board.system.count});
}
Value read_index(Board& board, const Ask&) {
  return number_value(std::uint64_t{board.index});
}

Value read_brand(Board& board, const Ask&) {
  return word_of(board.number("nvmlDeviceGetBrand"), kBrands);
}
Value read_architecture(Board& board, const Ask&) {
  return word_of(board.number("nvmlDeviceGetArchitecture"), kArchitectures);
}

Value read_pdi(Board& board, const Ask&) {
  const auto pdi = board.record<nvmlPdi_t>("nvmlDeviceGetPdi", 1);
  if (!pdi.ok()) return missing(pdi.code);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", pdi.value.value);
  return text_value(text.data());
}

Value read_board_id(Board& board, const Ask&) {
  const auto id = board.number("nvmlDeviceGetBoardId");
  if (!id.ok()) return missing(id.code);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%x", id.value);
  return text_value(text.data());
}

Value read_inforom(Board& board, const Ask& ask) {
  std::array<char, 96> text{};
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetInforomVersion, board.device,
                              static_cast<nvmlInforomObject_t>(ask.part), text.data(), 32u);
  return code == NVML_SUCCESS ? text_value(printable(text.data(), 32)) : missing(code);
}

Value read_inforom_valid(Board& board, const Ask&) {
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceValidateInforom, board.device);
  if (code == NVML_ERROR_CORRUPTED_INFOROM) return text_value("invalid");
  return code == NVML_SUCCESS ? text_value("valid") : missing(code);
}

Value read_bbx_flush(Board& board, const Ask& ask) {
  unsigned long long seconds = 0;
  unsigned long duration_us = 0;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetLastBBXFlushTime, board.device, &seconds, &duration_us);
  if (code != NVML_SUCCESS) return missing(code);
  if (ask.part == 1) return number_value(std::uint64_t{duration_us}, "us");
  return text_value(plain_time(static_cast<std::time_t>(seconds)));
}

Value read_bbx_time_run(Board& board, const Ask&) {
  const auto time = board.record<nvmlBBXTimeData_v1_t>("nvmlDeviceGetBBXTimeData_v1", 0);
  return time.ok() ? number_value(std::uint64_t{time.value.timeRun}, "seconds") : missing(time.code);
}

Value read_compute_capability(Board& board, const Ask&) {
  const auto capability = board.pair("nvmlDeviceGetCudaComputeCapability");
  if (!capability.ok()) return missing(capability.code);
  return text_value(std::to_string(capability.value.first) + "." + std::to_string(capability.value.second));
}

Value read_hostname(Board& board, const Ask&) {
  const auto name = board.record<nvmlHostname_v1_t>("nvmlDeviceGetHostname_v1", 0);
  if (!name.ok()) return missing(name.code);
  const std::string_view text(name.value.value, sizeof name.value.value);
  return text_value(printable(text.substr(0, text.find('\0')), 64));
}

Value read_gsp_version(Board& board, const Ask&) {
  std::array<char, 128> text{};  // NVML writes at most 64
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetGspFirmwareVersion, board.device, text.data());
  return code == NVML_SUCCESS ? text_value(printable(text.data(), 64)) : missing(code);
}

/// Until 520 the board's part number stood here; the chip's own has no public call.
Value read_gpu_part(Board& board, const Ask&) {
  if (board.system.compat.branch >= 525) return not_supported();
  return read_text(board, {.function = "nvmlDeviceGetBoardPartNumber"});
}

}  // namespace nvstack::smi
