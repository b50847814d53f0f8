#include "virt/setters.hpp"

#include <doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "abi/nvml.h"

namespace nvstack::virt {

namespace {

using channel::Op, channel::ReadingId;

/// A page with one GPU that has no value but those set.
struct Board {
  std::vector<std::uint64_t> memory =
      std::vector<std::uint64_t>((sizeof(channel::Page) + sizeof(channel::Gpu)) / 8 + 1);
  channel::Page& page = *reinterpret_cast<channel::Page*>(memory.data());
  channel::Gpu& gpu = page.gpus[0];
  channel::Reply reply{};
  SetterCaller caller;

  Board() {
    page.gpu_count = 1;
    for (channel::Reading& reading : gpu.readings) reading.code = NVML_ERROR_NOT_SUPPORTED;
    set(ReadingId::architecture, NVML_DEVICE_ARCH_AMPERE);
  }
  void set(ReadingId id, std::int64_t value) { channel::reading(gpu, id) = {value, 0, 0}; }
  std::int64_t get(ReadingId id) const { return channel::reading(gpu, id).value; }
  int change(Op op, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) {
    reply = {};
    return apply_setter(page, gpu, {op, 0, 0, 0, {a, b, c}}, reply, caller);
  }
};

std::uint64_t as_argument(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

TEST_CASE("no change crashes or succeeds on a board that has nothing") {
  for (unsigned op = 0; op < static_cast<unsigned>(Op::kCount); ++op)
    for (const std::uint64_t argument : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      Board board;
      CAPTURE(op);
      const int code = board.change(static_cast<Op>(op), argument, argument, argument);
      const bool harmless = static_cast<Op>(op) == Op::set_hostname;
      CHECK((harmless || code != 0));
    }
}

TEST_CASE("power limit: within the board's, its own code without one") {
  Board board;
  CHECK(board.change(Op::set_power_limit, 300'000, NVML_POWER_SCOPE_GPU) == NVML_ERROR_NOT_SUPPORTED);
  board.set(ReadingId::power_limit_mw, 350'000);
  board.set(ReadingId::power_limit_enforced_mw, 350'000);
  board.set(ReadingId::power_limit_min_mw, 100'000);
  board.set(ReadingId::power_limit_max_mw, 400'000);
  CHECK(board.change(Op::set_power_limit, 99'999, NVML_POWER_SCOPE_GPU) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_power_limit, 400'001, NVML_POWER_SCOPE_GPU) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.get(ReadingId::power_limit_mw) == 350'000);
  CHECK(board.change(Op::set_power_limit, 100'000, NVML_POWER_SCOPE_GPU) == 0);
  CHECK(board.get(ReadingId::power_limit_mw) == 100'000);
  CHECK(board.get(ReadingId::power_limit_enforced_mw) == 100'000);
  CHECK(board.change(Op::set_power_limit, 100'000, NVML_POWER_SCOPE_MODULE) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(board.change(Op::set_power_limit, 100'000, 9) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("switches take 0 and 1; ECC and encryption wait for the next start") {
  Board board;
  board.set(ReadingId::ecc_mode, 1);
  board.set(ReadingId::ecc_mode_pending, 1);
  CHECK(board.change(Op::set_ecc_mode, 2) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_ecc_mode, 0) == 0);
  CHECK(board.get(ReadingId::ecc_mode) == 1);
  CHECK(board.get(ReadingId::ecc_mode_pending) == 0);
  CHECK(board.change(Op::set_dram_encryption, 1) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("clearing ECC counters clears one kind") {
  Board board;
  board.set(ReadingId::ecc_mode, 1);
  board.gpu.ecc[1][NVML_VOLATILE_ECC][2] = board.gpu.ecc[1][NVML_AGGREGATE_ECC][2] = 4;
  board.gpu.ecc_sram[NVML_VOLATILE_ECC][1] = 5;
  CHECK(board.change(Op::clear_ecc, NVML_VOLATILE_ECC) == 0);
  CHECK(board.gpu.ecc[1][NVML_VOLATILE_ECC][2] == 0);
  CHECK(board.gpu.ecc_sram[NVML_VOLATILE_ECC][1] == 0);
  CHECK(board.gpu.ecc[1][NVML_AGGREGATE_ECC][2] == 4);
  CHECK(board.change(Op::clear_ecc, 2) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::ecc_mode, 0);
  CHECK(board.change(Op::clear_ecc, NVML_VOLATILE_ECC) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("compute mode") {
  Board board;
  board.set(ReadingId::compute_mode, 0);
  CHECK(board.change(Op::set_compute_mode, NVML_COMPUTEMODE_EXCLUSIVE_PROCESS) == 0);
  CHECK(board.get(ReadingId::compute_mode) == NVML_COMPUTEMODE_EXCLUSIVE_PROCESS);
  CHECK(board.change(Op::set_compute_mode, NVML_COMPUTEMODE_COUNT) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_compute_mode, NVML_COMPUTEMODE_EXCLUSIVE_THREAD) == NVML_ERROR_NOT_SUPPORTED);
  board.set(ReadingId::mig_mode, 1);
  CHECK(board.change(Op::set_compute_mode, NVML_COMPUTEMODE_EXCLUSIVE_PROCESS) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(board.change(Op::set_compute_mode, NVML_COMPUTEMODE_PROHIBITED) == 0);
}

TEST_CASE("application clocks: pairs of the table, for those whom the restriction lets") {
  Board board;
  for (const ReadingId id :
       {ReadingId::clock_graphics_application_mhz, ReadingId::clock_memory_application_mhz,
        ReadingId::clock_graphics_application_default_mhz, ReadingId::clock_memory_application_default_mhz})
    board.set(id, 1000);
  board.gpu.memory_clock_count = 1;
  board.gpu.memory_clocks[0] = {1593, 210, 1410, 150};
  CHECK(board.change(Op::set_application_clocks, 1593, 1405) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_application_clocks, 1600, 1410) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_application_clocks, 1593, 1395) == 0);
  CHECK(board.get(ReadingId::clock_graphics_application_mhz) == 1395);
  board.caller.is_root = false;
  CHECK(board.change(Op::set_application_clocks, 1593, 1410) == NVML_ERROR_NO_PERMISSION);
  CHECK(board.change(Op::reset_application_clocks) == NVML_ERROR_NO_PERMISSION);
  board.set(ReadingId::restrict_application_clocks, 0);
  CHECK(board.change(Op::set_application_clocks, 1593, 1410) == 0);
  CHECK(board.change(Op::reset_application_clocks) == 0);
  CHECK(board.get(ReadingId::clock_graphics_application_mhz) == 1000);
}

TEST_CASE("locked clocks: cut to the board's, names of limits, and boards that cannot") {
  Board board;
  for (const ReadingId id :
       {ReadingId::clock_graphics_locked_min_mhz, ReadingId::clock_graphics_locked_max_mhz,
        ReadingId::clock_memory_locked_min_mhz, ReadingId::clock_memory_locked_max_mhz})
    board.set(id, 0);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, 300, 600) == NVML_ERROR_NOT_SUPPORTED);
  board.gpu.memory_clock_count = 2;
  board.gpu.memory_clocks[0] = {1593, 210, 1410, 150};
  board.gpu.memory_clocks[1] = {405, 210, 420, 150};
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, 0, 99'999) == 0);
  CHECK(board.get(ReadingId::clock_graphics_locked_min_mhz) == 210);
  CHECK(board.get(ReadingId::clock_graphics_locked_max_mhz) == 1410);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, 600, 300) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, 2000, 3000) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, NVML_CLOCK_LIMIT_ID_TDP,
                     NVML_CLOCK_LIMIT_ID_TDP) == 0);
  CHECK(board.get(ReadingId::clock_graphics_locked_min_mhz) == 1410);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_MEM, 405, 405) == 0);
  CHECK(board.get(ReadingId::clock_memory_locked_max_mhz) == 405);
  CHECK(board.change(Op::reset_locked_clocks, NVML_CLOCK_GRAPHICS) == 0);
  CHECK(board.get(ReadingId::clock_graphics_locked_max_mhz) == 0);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_VIDEO, 1, 2) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::architecture, NVML_DEVICE_ARCH_TURING);
  CHECK(board.change(Op::set_locked_clocks, NVML_CLOCK_MEM, 405, 405) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("clock offsets may be negative, within the board's range") {
  Board board;
  board.set(ReadingId::clock_memory_offset_mhz, 0);
  board.set(ReadingId::clock_memory_offset_min_mhz, -2000);
  board.set(ReadingId::clock_memory_offset_max_mhz, 6000);
  CHECK(board.change(Op::set_clock_offset, NVML_CLOCK_MEM, as_argument(-2000), NVML_PSTATE_0) == 0);
  CHECK(board.get(ReadingId::clock_memory_offset_mhz) == -2000);
  CHECK(board.change(Op::set_clock_offset, NVML_CLOCK_MEM, as_argument(-2001), NVML_PSTATE_0) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_clock_offset, NVML_CLOCK_MEM, 100, NVML_PSTATE_8) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(board.change(Op::set_clock_offset, NVML_CLOCK_COUNT, 100, 0) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("auto boost and its default") {
  Board board;
  board.set(ReadingId::auto_boost, 0);
  board.set(ReadingId::auto_boost_default, 0);
  board.caller.is_root = false;
  CHECK(board.change(Op::set_auto_boost, 1, 0) == 0);
  CHECK(board.change(Op::set_auto_boost, 1, 1) == NVML_ERROR_NO_PERMISSION);
  board.set(ReadingId::restrict_auto_boost, 1);
  CHECK(board.change(Op::set_auto_boost, 0, 0) == NVML_ERROR_NO_PERMISSION);
  board.caller.is_root = true;
  CHECK(board.change(Op::set_api_restriction, NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS, 0) == 0);
  CHECK(board.get(ReadingId::restrict_auto_boost) == 0);
  CHECK(board.change(Op::set_api_restriction, 2, 0) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a fan that is set stays set until the policy is the board's again") {
  Board board;
  board.set(ReadingId::fans, 2);
  for (const ReadingId id : {ReadingId::fan_percent, ReadingId::fan_target_percent, ReadingId::fan_policy})
    board.set(id, 0);
  board.set(ReadingId::fan_percent_min, 30);
  board.set(ReadingId::fan_percent_max, 100);
  CHECK(board.change(Op::set_fan_speed, 1, 75) == 0);
  CHECK(board.get(ReadingId::fan_percent) == 75);
  CHECK(board.get(ReadingId::fan_policy) == NVML_FAN_POLICY_MANUAL);
  CHECK(board.change(Op::set_fan_speed, 1, 29) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_fan_speed, 2, 75) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_fan_policy, 0, NVML_FAN_POLICY_TEMPERATURE_CONTINOUS_SW) == 0);
  CHECK(board.get(ReadingId::fan_policy) == 0);
}

TEST_CASE("the acoustic threshold is the only one to set") {
  Board board;
  board.set(ReadingId::temperature_acoustic_min_c, 65);
  board.set(ReadingId::temperature_acoustic_current_c, 84);
  board.set(ReadingId::temperature_acoustic_max_c, 91);
  CHECK(board.change(Op::set_temperature_threshold, NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR, 70) == 0);
  CHECK(board.get(ReadingId::temperature_acoustic_current_c) == 70);
  CHECK(board.change(Op::set_temperature_threshold, NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR, 92) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_temperature_threshold, NVML_TEMPERATURE_THRESHOLD_SHUTDOWN, 70) ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(board.change(Op::set_temperature_threshold, 8, 70) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("accounting forgets those that have ended") {
  Board board;
  board.set(ReadingId::accounting_mode, 1);
  board.gpu.accounted_count = 3;
  for (unsigned i = 0; i < 3; ++i) board.gpu.accounted[i] = {100 + i, 0, 0, i == 1, 0, 0, 0, 0};
  CHECK(board.change(Op::clear_accounting) == 0);
  CHECK(board.gpu.accounted_count == 1);
  CHECK(board.gpu.accounted[0].pid == 101);
  board.gpu.accounted_count = 1'000'000;  // never believed beyond the table
  CHECK(board.change(Op::clear_accounting) == 0);
  CHECK(board.gpu.accounted_count <= channel::kAccountedMax);
}

TEST_CASE("power profiles and smoothing") {
  Board board;
  CHECK(board.change(Op::set_power_profile, NVML_POWER_PROFILE_OPERATION_SET, 1) == NVML_ERROR_NOT_SUPPORTED);
  board.set(ReadingId::power_profiles_supported, 7);
  CHECK(board.change(Op::set_power_profile, NVML_POWER_PROFILE_OPERATION_SET, 8) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_power_profile, NVML_POWER_PROFILE_OPERATION_SET, 3) == 0);
  CHECK(board.get(ReadingId::power_profile_requested) == 3);
  CHECK(board.get(ReadingId::power_profile_enforced) == 1);
  CHECK(board.change(Op::set_power_profile, NVML_POWER_PROFILE_OPERATION_CLEAR, 1) == 0);
  CHECK(board.get(ReadingId::power_profile_enforced) == 2);
  CHECK(board.change(Op::set_power_profile, NVML_POWER_PROFILE_OPERATION_SET_AND_OVERWRITE, 4) == 0);
  CHECK(board.get(ReadingId::power_profile_requested) == 4);
  CHECK(board.change(Op::set_power_profile, 3, 4) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::power_smoothing_feature, 1);
  board.set(ReadingId::power_smoothing_state, 0);
  board.set(ReadingId::power_smoothing_profile, 0);
  CHECK(board.change(Op::set_power_smoothing, 0, 1) == 0);
  CHECK(board.change(Op::set_power_smoothing, 1, 4) == 0);
  CHECK(board.change(Op::set_power_smoothing, 1, 5) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_power_smoothing, 2, 5) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("NVLink: errors of one link, bandwidth, low power") {
  Board board;
  board.set(ReadingId::nvlinks, 4);
  board.gpu.links[3].errors[0] = 9;
  CHECK(board.change(Op::reset_nvlink_errors, 3) == 0);
  CHECK(board.gpu.links[3].errors[0] == 0);
  CHECK(board.change(Op::reset_nvlink_errors, 4) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::nvlink_bandwidth_mode, 2);
  CHECK(board.change(Op::set_nvlink_bandwidth, 4, 1) == 0);
  CHECK(board.get(ReadingId::nvlink_bandwidth_mode) == 0);
  CHECK(board.change(Op::set_nvlink_bandwidth, 5, 0) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::nvlink_low_power_threshold, 100);
  CHECK(board.change(Op::set_nvlink_low_power, 0) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_nvlink_low_power, NVML_NVLINK_LOW_POWER_THRESHOLD_RESET) == 0);
}

TEST_CASE("confidential computing only where the machine has it") {
  Board board;
  board.set(ReadingId::memory_total_bytes, 1ll << 30);
  board.set(ReadingId::protected_memory_bytes, 1ll << 30);
  board.set(ReadingId::unprotected_memory_bytes, 0);
  CHECK(board.change(Op::set_cc_unprotected, 1024) == NVML_ERROR_NOT_SUPPORTED);
  board.page.cc_enabled = 1;
  CHECK(board.change(Op::set_cc_unprotected, 1024) == 0);
  CHECK(board.get(ReadingId::protected_memory_bytes) == (1ll << 30) - (1 << 20));
  CHECK(board.change(Op::set_cc_unprotected, 1ull << 40) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(board.change(Op::set_cc_ready, 1) == 0);
  CHECK(board.page.cc_ready == 1);
  CHECK(board.change(Op::set_cc_ready, 2) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a GPU's name is one printable word; draining needs persistence off") {
  Board board;
  board.caller.payload = "node17";
  CHECK(board.change(Op::set_hostname) == 0);
  CHECK(std::string(channel::text(board.gpu, channel::TextId::hostname)) == "node17");
  board.caller.payload = "two words";
  CHECK(board.change(Op::set_hostname) == NVML_ERROR_INVALID_ARGUMENT);
  const std::string too_long(64, 'x');
  board.caller.payload = too_long;
  CHECK(board.change(Op::set_hostname) == NVML_ERROR_INVALID_ARGUMENT);
  board.set(ReadingId::drain_state, 0);
  board.set(ReadingId::persistence_mode, 1);
  CHECK(board.change(Op::set_drain, 1) == NVML_ERROR_IN_USE);
  board.set(ReadingId::persistence_mode, 0);
  CHECK(board.change(Op::set_drain, 1) == 0);
}

}  // namespace nvstack::virt
