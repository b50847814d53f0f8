#include "virt/model.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "abi/nvml.h"
#include "virt/board_values.hpp"

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::Life, channel::ReadingId;

}  // namespace

Result<std::unique_ptr<Model>> Model::create(Scenario scenario) {
  StatePage state = TRY(StatePage::create(scenario));
  return std::unique_ptr<Model>(new Model(std::move(scenario), std::move(state)));
}

Model::Model(Scenario scenario, StatePage state) : scenario_(std::move(scenario)), state_(std::move(state)) {
  const std::size_t count = scenario_.gpus.size();
  init_failure.assign(count, 0);
  init_ms.assign(count, scenario_.init_ms);
  ready_ns_.assign(count, 0);
  power_brake.assign(count, 0);
  numa_status.assign(count, "online");
  physical_.resize(count);
  firmware_present = scenario_.driver.firmware;
  for (std::size_t i = 0; i < count; ++i) {
    bound.push_back(scenario_.gpus[i].driver);
    const auto degrees = static_cast<double>(value_or(state_.gpu(i), ReadingId::temperature_c, 30));
    const auto idle_w = static_cast<double>(value_or(state_.gpu(i), ReadingId::power_idle_mw, 20'000)) / 1000;
    // At rest a board has the temperature of its file: the air around it follows.
    physical_[i] = {degrees, degrees - idle_w * scenario_.gpus[i].board.thermal_resistance_c_per_w};
    state_.gpu(i).flags = channel::kPresent;
    if (bound[i].empty()) continue;
    if (bound[i] == "nvidia") bound[i] = "";  // until the module is loaded
  }
  for (const std::string& name : scenario_.driver.modules) (void)load_module(name);
  if (scenario_.persistence)
    for (std::size_t i = 0; i < count; ++i)
      if (state_.gpu(i).flags & channel::kBound) set_persistence(i, true);
  last_step_ns_ = now();
}

int Model::attach_code() const {
  if (!page().driver_loaded) return NVML_ERROR_DRIVER_NOT_LOADED;
  if (std::strcmp(page().driver_version, page().library_version) != 0) return NVML_ERROR_LIB_RM_VERSION_MISMATCH;
  if (!nodes_present) return NVML_ERROR_DRIVER_NOT_LOADED;
  return page().init_code;
}

Opening Model::open(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (!(gpu.flags & channel::kBound) || (gpu.flags & channel::kExcluded)) return {NVML_ERROR_NOT_FOUND, 0};
  if (gpu.flags & channel::kLost) return {NVML_ERROR_GPU_IS_LOST, 0};
  if (gpu.flags & channel::kInitialized) {
    ++gpu.clients;
    return {};
  }
  if (ready_ns_[index] == 0) ready_ns_[index] = now() + static_cast<std::int64_t>(init_ms[index]) * 1'000'000;
  ++gpu.clients;
  if (ready_ns_[index] > now()) return {0, ready_ns_[index]};
  return {finish_initialization(index), 0};
}

int Model::finish_initialization(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.flags & channel::kInitialized) return 0;
  ready_ns_[index] = 0;
  int code = init_failure[index];
  if (code == 0 && !firmware_present) {
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": RmInitAdapter failed! (0x62:0x40:2393)");
    code = NVML_ERROR_UNKNOWN;
  } else if (code != 0) {
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": RmInitAdapter failed! (0x24:0x65:1557)");
  }
  if (code != 0) {
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": rm_init_adapter failed, device minor number " +
                 std::to_string(value_or(gpu, ReadingId::minor_number, 0)));
    if (gpu.clients > 0) --gpu.clients;
    return code;
  }
  initialize(index);
  return 0;
}

void Model::initialize(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  {
    const Writing writing(gpu);
    gpu.flags |= channel::kInitialized;
    // What waited for the next initialisation is true from now on.
    for (const auto& [current, pending] :
         {std::pair{ReadingId::ecc_mode, ReadingId::ecc_mode_pending}, std::pair{ReadingId::gom, ReadingId::gom_pending},
          std::pair{ReadingId::dram_encryption, ReadingId::dram_encryption_pending}})
      if (channel::reading(gpu, pending).code == 0) channel::reading(gpu, current) = channel::reading(gpu, pending);
    for (std::size_t i = 0; i < gpu.page_count; ++i) gpu.pages[i].pending = 0;
    if (channel::reading(gpu, ReadingId::retired_pages_pending).code == 0)
      set_reading(gpu, ReadingId::retired_pages_pending, 0);
  }
  moving_ = true;
  machine_changed_ = true;
}

void Model::close(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.clients == 0) return;
  {
    const Writing writing(gpu);
    --gpu.clients;
  }
  const bool held = value_or(gpu, ReadingId::persistence_mode, 0) != 0;
  if (gpu.clients == 0) ready_ns_[index] = 0;  // who waited for an initialisation went away
  if (gpu.clients == 0 && (gpu.flags & channel::kInitialized) && !held) deinitialize(index);
}

void Model::deinitialize(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  const Writing writing(gpu);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kInitialized);
  reset_readings(index, Life::kGpu);
  std::memset(gpu.ecc[0][NVML_VOLATILE_ECC], 0, sizeof gpu.ecc[0][0]);
  std::memset(gpu.ecc[1][NVML_VOLATILE_ECC], 0, sizeof gpu.ecc[1][0]);
  std::memset(gpu.ecc_sram[NVML_VOLATILE_ECC], 0, sizeof gpu.ecc_sram[0]);
  gpu.process_count = 0;
  machine_changed_ = true;
}

void Model::reset_readings(std::size_t index, Life life) {
  Gpu& gpu = state_.gpu(index);
  const Board& board = scenario_.gpus[index].board;
  for (std::size_t i = 0; i < channel::kReadings; ++i) {
    const auto id = static_cast<ReadingId>(i);
    if (reading_life(id) != life) continue;
    const auto at = board.readings.find(std::string(reading_name(id)));
    if (id == ReadingId::minor_number) continue;
    channel::reading(gpu, id) = at == board.readings.end() ? channel::Reading{0, 3, 0}
                                                           : channel::Reading{at->second.value, at->second.code, 0};
  }
}

void Model::set_persistence(std::size_t index, bool enabled) {
  Gpu& gpu = state_.gpu(index);
  const bool before = value_or(gpu, ReadingId::persistence_mode, 0) != 0;
  if (before == enabled) return;
  {
    const Writing writing(gpu);
    set_reading(gpu, ReadingId::persistence_mode, enabled);
  }
  if (enabled) {
    static constexpr char kNotice[] =
        "NVRM: Persistence mode is deprecated and will be removed in a future release. Please use "
        "nvidia-persistenced instead.";
    const auto& lines = log_.lines();
    if (std::none_of(lines.begin(), lines.end(), [](const KernelLine& line) { return line.text == kNotice; }))
      print(3, kNotice);
    if (!(gpu.flags & channel::kInitialized)) initialize(index);
  } else if (gpu.clients == 0 && (gpu.flags & channel::kInitialized)) {
    deinitialize(index);
  }
}

int Model::reset(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.clients > 1) return NVML_ERROR_IN_USE;
  const Writing writing(gpu);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kResetRequired | channel::kLost);
  reset_readings(index, Life::kGpu);
  if (channel::reading(gpu, ReadingId::recovery_action).code == 0) set_reading(gpu, ReadingId::recovery_action, 0);
  if (channel::reading(gpu, ReadingId::mig_mode_pending).code == 0)
    channel::reading(gpu, ReadingId::mig_mode) = channel::reading(gpu, ReadingId::mig_mode_pending);
  if (channel::reading(gpu, ReadingId::remapped_rows_pending).code == 0)
    set_reading(gpu, ReadingId::remapped_rows_pending, 0);
  moving_ = true;
  return 0;
}

void Model::set_speed(double speed) {
  channel::Page& state = page();
  const std::int64_t real = channel::monotonic_ns();
  state.base_ns = channel::driver_now_ns(state);
  state.base_real_ns = real;
  state.speed = speed;
}

void Model::print(unsigned priority, const std::string& text) {
  log_.append(now() / 1000, priority, text);
  machine_changed_ = true;
}

void Model::raise(std::size_t gpu, std::uint64_t type, std::uint64_t data) {
  page().change.fetch_add(1, std::memory_order_relaxed);
  if (tell_) tell_({type, data, static_cast<std::uint32_t>(gpu), channel::kNoInstance, channel::kNoInstance, 0});
}

std::string Model::log_name(std::size_t gpu) const {
  const std::string& bdf = scenario_.gpus[gpu].bdf;
  return "PCI:" + bdf.substr(0, bdf.rfind('.'));
}

void Model::xid(std::size_t gpu, unsigned number, const std::string& text, unsigned pid) {
  std::string line = "NVRM: Xid (" + log_name(gpu) + "): " + std::to_string(number) + ", ";
  if (pid > 0) {
    const auto at = std::find_if(works_.begin(), works_.end(), [&](const Work& work) { return work.pid == pid; });
    line += "pid=" + std::to_string(pid) + ", name=" + (at == works_.end() ? "<unknown>" : at->name) + ", ";
  } else {
    line += "pid='<unknown>', name=<unknown>, ";
  }
  print(3, line + text);
  raise(gpu, nvmlEventTypeXidCriticalError, number);
}

}  // namespace nvstack::virt
