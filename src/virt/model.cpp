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

Model::Model(Scenario scenario, StatePage state)
    : owned_(std::make_shared<Scenario>(std::move(scenario))), scenario_(*owned_), state_(std::move(state)) {
  const std::size_t count = scenario_.gpus.size();
  init_failure.assign(count, 0);
  init_ms.assign(count, scenario_.init_ms);
  ready_ns_.assign(count, 0);
  power_brake.assign(count, 0);
  numa_status.assign(count, "online");
  driver_override.assign(count, "");
  gpu_registry.assign(count, "");
  physical_.resize(count);
  firmware_present = scenario_.driver.firmware;
  fabric_manager = installed_fabric_manager(scenario_);
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
  touched_.assign(count, 0);
  minors_.assign(count, 0);
  announced_.assign(count, 0);
  start_ns_ = last_step_ns_ = now();
  // A module that is loaded already may be older than the libraries on disk: that mismatch is what a scenario
  // stages.
  const std::string version = scenario_.driver.version;
  for (const std::string& name : scenario_.driver.modules)
    if (!load_module(name)) break;  // the log says why; what needs it is not loaded either
  scenario_.driver.version = version;
  std::memset(page().driver_version, 0, sizeof page().driver_version);
  version.copy(page().driver_version, sizeof page().driver_version - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto own = scenario_.gpus[i].board.readings.find("persistence_mode");
    const bool wanted =
        scenario_.persistence || (own != scenario_.gpus[i].board.readings.end() && own->second.value == 1);
    if (wanted && (state_.gpu(i).flags & channel::kBound)) (void)set_persistence(i, true);
  }
  start_recorded();
}

int Model::attach_code() const {
  if (!page().driver_loaded) return NVML_ERROR_DRIVER_NOT_LOADED;
  if (std::strcmp(page().driver_version, page().library_version) != 0)
    return NVML_ERROR_LIB_RM_VERSION_MISMATCH;
  if (!nodes_present) return NVML_ERROR_DRIVER_NOT_LOADED;
  return page().init_code;
}

Opening Model::open(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (!(gpu.flags & channel::kBound) || (gpu.flags & channel::kExcluded)) return {NVML_ERROR_NOT_FOUND, 0};
  if (gpu.flags & channel::kLost) return {NVML_ERROR_GPU_IS_LOST, 0};
  if (gpu.flags & channel::kInitialized) {
    count_client(gpu, 1);
    return {};
  }
  if (ready_ns_[index] == 0) ready_ns_[index] = now() + static_cast<std::int64_t>(init_ms[index]) * 1'000'000;
  count_client(gpu, 1);
  if (ready_ns_[index] > now()) return {0, ready_ns_[index]};
  return {finish_initialization(index), 0};
}

int Model::finish_initialization(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.flags & channel::kInitialized) return 0;
  ready_ns_[index] = 0;
  if (!(gpu.flags & channel::kBound)) return NVML_ERROR_NOT_FOUND;  // the driver let it go meanwhile
  int code = init_failure[index];
  if (code == 0 && needs_open_modules(index)) {
    say_needs_open(index);
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": RmInitAdapter failed! (0x22:0x56:884)");
    code = NVML_ERROR_UNKNOWN;
  } else if (code == 0 && !firmware_present) {
    const bool first =
        value_or(gpu, ReadingId::architecture, NVML_DEVICE_ARCH_AMPERE) <= NVML_DEVICE_ARCH_TURING;
    print(4, "nvidia " + scenario_.gpus[index].bdf + ": Direct firmware load for nvidia/" +
                 page().driver_version + "/gsp_" + (first ? "tu10x" : "ga10x") + ".bin failed with error -2");
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": Cannot initialize GSP firmware RM");
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": RmInitAdapter failed! (0x62:0x40:2393)");
    code = NVML_ERROR_UNKNOWN;
  } else if (code != 0) {
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": RmInitAdapter failed! (0x24:0x65:1557)");
  }
  if (code != 0) {
    print(3, "NVRM: GPU " + scenario_.gpus[index].bdf + ": rm_init_adapter failed, device minor number " +
                 std::to_string(value_or(gpu, ReadingId::minor_number, 0)));
    if (gpu.clients > 0) count_client(gpu, -1);
    return code;
  }
  initialize(index);
  return 0;
}

void Model::count_client(Gpu& gpu, int change) {
  const Writing writing(gpu);
  gpu.clients += static_cast<std::uint32_t>(change);
  use_changed_ = true;
}

/// What waited for the next initialisation is true from now on.
void Model::apply_pending(Gpu& gpu) {
  for (const auto& [current, pending] :
       {std::pair{ReadingId::ecc_mode, ReadingId::ecc_mode_pending},
        std::pair{ReadingId::gom, ReadingId::gom_pending},
        std::pair{ReadingId::dram_encryption, ReadingId::dram_encryption_pending}})
    if (channel::reading(gpu, pending).code == 0)
      channel::reading(gpu, current) = channel::reading(gpu, pending);
  for (std::size_t i = 0; i < gpu.page_count; ++i) gpu.pages[i].pending = 0;
  if (channel::reading(gpu, ReadingId::retired_pages_pending).code == 0)
    set_reading(gpu, ReadingId::retired_pages_pending, 0);
}

void Model::initialize(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  {
    const Writing writing(gpu);
    gpu.flags |= channel::kInitialized;
    ++gpu.initialisations;
    apply_pending(gpu);
  }
  wake();
  use_changed_ = true;
}

void Model::close(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.clients == 0) return;
  count_client(gpu, -1);
  const bool held = value_or(gpu, ReadingId::persistence_mode, 0) != 0;
  if (gpu.clients == 0) ready_ns_[index] = 0;  // who waited for an initialisation went away
  if (gpu.clients == 0 && (gpu.flags & channel::kInitialized) && !held) deinitialize(index);
}

void Model::deinitialize(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  const Writing writing(gpu);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kInitialized);
  forget_volatile(index);
  use_changed_ = true;
}

/// What lives from the first open to the last close.
void Model::forget_volatile(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  reset_readings(index, Life::kGpu);
  for (const auto type : {NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_MEMORY_ERROR_TYPE_UNCORRECTED})
    std::memset(gpu.ecc[type][NVML_VOLATILE_ECC], 0, sizeof gpu.ecc[type][NVML_VOLATILE_ECC]);
  std::memset(gpu.ecc_sram[NVML_VOLATILE_ECC], 0, sizeof gpu.ecc_sram[NVML_VOLATILE_ECC]);
  gpu.process_count = 0;
  // A GPU that nobody runs uses no energy and sends nothing: what grew stays where it is.
  for (channel::Accrual& accrual : gpu.accruals) accrual = {channel::accrued(accrual, now()), 0, now()};
}

/// What lives as long as the driver is bound, and ends with a reset too; the persistence mode is asked for
/// anew only after the driver was gone.
void Model::forget_module(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  const channel::Reading persistence = channel::reading(gpu, ReadingId::persistence_mode);
  reset_readings(index, Life::kModule);
  channel::reading(gpu, ReadingId::persistence_mode) = persistence;
  gpu.accounted_count = 0;
  std::memset(gpu.instances, 0, sizeof gpu.instances);
}

void Model::reset_readings(std::size_t index, Life life) {
  Gpu& gpu = state_.gpu(index);
  const Board& board = scenario_.gpus[index].board;
  for (std::size_t i = 0; i < channel::kReadings; ++i) {
    const auto id = static_cast<ReadingId>(i);
    if (reading_life(id) != life) continue;
    const auto at = board.readings.find(std::string(reading_name(id)));
    if (id == ReadingId::minor_number) continue;
    channel::reading(gpu, id) = at == board.readings.end()
                                    ? channel::Reading{0, 3, 0}
                                    : channel::Reading{at->second.value, at->second.code, 0};
  }
}

int Model::open_now(std::size_t index) {
  const Opening opening = open(index);
  return opening.code == 0 && opening.ready_ns > 0 ? finish_initialization(index) : opening.code;
}

int Model::set_persistence(std::size_t index, bool enabled) {
  Gpu& gpu = state_.gpu(index);
  const bool before = value_or(gpu, ReadingId::persistence_mode, 0) != 0;
  if (!(gpu.flags & channel::kBound)) return NVML_ERROR_NOT_FOUND;
  if (before == enabled) return 0;
  if (enabled)
    if (const int code = open_now(index); code != 0) return code;
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
    close(index);  // the mode holds it from here
  } else if (gpu.clients == 0 && (gpu.flags & channel::kInitialized)) {
    deinitialize(index);
  }
  return 0;
}

int Model::reset(std::size_t index) {
  Gpu& gpu = state_.gpu(index);
  if (gpu.clients > 1) return NVML_ERROR_IN_USE;
  if (!works_.empty() &&
      std::any_of(works_.begin(), works_.end(), [&](const Work& work) { return work.gpu == index; }))
    return NVML_ERROR_IN_USE;
  const Writing writing(gpu);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kResetRequired | channel::kLost);
  forget_volatile(index);
  forget_module(index);
  apply_pending(gpu);
  if (channel::reading(gpu, ReadingId::mig_mode_pending).code == 0)
    channel::reading(gpu, ReadingId::mig_mode) = channel::reading(gpu, ReadingId::mig_mode_pending);
  if (channel::reading(gpu, ReadingId::remapped_rows_pending).code == 0)
    set_reading(gpu, ReadingId::remapped_rows_pending, 0);
  // Its links train again, and its ends of them count from zero.
  for (channel::Link& link : gpu.links) {
    if (link.peer == channel::LinkPeer::kNone) continue;
    link.active = 1;
    std::memset(link.errors, 0, sizeof link.errors);
    if (link.peer != channel::LinkPeer::kGpu || link.peer_gpu >= page().gpu_count || link.peer_gpu == index)
      continue;
    Gpu& peer = state_.gpu(link.peer_gpu);
    const Writing writing_peer(peer);
    peer.links[link.peer_link % channel::kLinksMax].active = 1;
  }
  wake();
  machine_changed_ = true;
  return 0;
}

void Model::wake() {
  if (!moving_) last_step_ns_ = now();
  moving_ = true;
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
  if (tell_)
    tell_({type, data, static_cast<std::uint32_t>(gpu), channel::kNoInstance, channel::kNoInstance, 0});
}

std::string Model::log_name(std::size_t gpu) const {
  const std::string& bdf = scenario_.gpus[gpu].bdf;
  return "PCI:" + bdf.substr(0, bdf.rfind('.'));
}

void Model::xid(std::size_t gpu, unsigned number, const std::string& text, unsigned pid) {
  if (!announced_[gpu]) {  // the driver names the board once
    announced_[gpu] = 1;
    print(3, "NVRM: GPU at " + log_name(gpu) + ": " + channel::text(page().gpus[gpu], channel::TextId::uuid));
  }
  std::string line = "NVRM: Xid (" + log_name(gpu) + "): " + std::to_string(number) + ", ";
  if (pid > 0) {
    const auto at =
        std::find_if(works_.begin(), works_.end(), [&](const Work& work) { return work.pid == pid; });
    line += "pid=" + std::to_string(pid) + ", name=" + (at == works_.end() ? "<unknown>" : at->name) + ", ";
  } else {
    line += "pid='<unknown>', name=<unknown>, ";
  }
  print(3, line + text);
  raise(gpu, nvmlEventTypeXidCriticalError, number);
}

}  // namespace nvstack::virt
