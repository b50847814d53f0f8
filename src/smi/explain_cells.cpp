#include "smi/explain_cells.hpp"

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr const char* kAskingFailed =
    "Asking the driver for this failed; the rest of the table still holds. nvstack doctor looks for the "
    "cause.";

std::string persistence_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.persistence == "On")
    return "The driver keeps this GPU initialized while no program uses it: programs start at once, and "
           "settings such as "
           "power limits stay.";
  if (gpu.persistence == "Off")
    return "When the last program ends, the driver lets the GPU go: the next one waits a second or more for "
           "it, and "
           "limits and clocks that were set are forgotten. nvidia-persistenced or nvidia-smi -pm 1 turns it "
           "on.";
  return gpu.persistence == "ERR!" ? kAskingFailed : "This platform has no persistence mode.";
}

std::string bus_words(const GpuCells& gpu, const ExplainedGpu&) {
  std::string address = to_lower(gpu.bus_id);
  if (address.size() == 16) address = address.substr(4);
  return "Its address on PCI: domain, bus, device. Kernel messages and lspci write it " + address + ".";
}

std::string display_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.display == "On")
    return "A desktop or a console runs on this GPU: it takes some memory and time, and the GPU cannot be "
           "reset.";
  if (gpu.display == "Off")
    return "No display is driven by it. Memory that a desktop needs is not taken here.";
  return gpu.display == "ERR!" ? kAskingFailed
                               : "This GPU has no display engine, or the driver does not say.";
}

std::string ecc_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.ecc == "ERR!") return kAskingFailed;
  if (gpu.ecc == "N/A") return "This GPU has no error correction for its memory, as most GeForce boards.";
  if (gpu.ecc == "Off")
    return "Error correction is there and switched off: memory errors go unnoticed. Switching it on "
           "(nvidia-smi -e 1, then "
           "a restart) costs some memory and bandwidth on boards with GDDR memory, and gives results that "
           "can be trusted.";
  if (gpu.ecc == "On") return "Error correction is on; in MIG mode the counts stand with the MIG devices.";
  if (gpu.ecc == "0")
    return "Error correction is on, and since the driver was loaded every error was repaired, or there was "
           "none.";
  return gpu.ecc +
         " memory errors since the driver was loaded could not be repaired: what ran then was ended or is "
         "wrong. "
         "nvidia-smi -q -d ECC,ROW_REMAPPER and the Xids of the kernel log say where.";
}

std::string fan_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.fan == "N/A") return "The board has no fan of its own: the case or a liquid cools it.";
  if (gpu.fan == "ERR!") return kAskingFailed;
  if (gpu.fan == "0%") return "The fan rests, as many boards allow while they are cool.";
  return "The speed that the driver asks the fan for, in percent of its highest. A blocked fan shows the "
         "same number.";
}

std::string temperature_words(const GpuCells& gpu, const ExplainedGpu&) {
  const auto celsius = leading_number(gpu.temperature);
  if (gpu.temperature == "ERR!") return kAskingFailed;
  if (!celsius) return "The driver shows no temperature here.";
  if (*celsius < 50) return "Degrees Celsius inside the chip: cool.";
  if (*celsius < 80) return "Degrees Celsius inside the chip: usual under load.";
  return "Degrees Celsius inside the chip: hot. nvidia-smi -q -d TEMPERATURE shows from where on it slows "
         "down; look at air "
         "flow and dust.";
}

std::string state_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.performance == "ERR!") return kAskingFailed;
  const std::uint64_t state =
      gpu.performance.starts_with("P") ? leading_number(gpu.performance.substr(1)).value_or(99) : 99;
  if (state > 15) return "The driver shows no performance state here.";
  const bool busy = leading_number(gpu.utilization).value_or(0) > 0;
  if (state == 0)
    return busy ? "The highest performance state, for full speed."
                : "The highest performance state. Some data center boards stay in it while they are idle.";
  if (state <= 2)
    return "A high performance state. GeForce boards compute in P2, with a slightly lower memory clock.";
  if (state >= 8)
    return busy ? "A low performance state although the GPU works: the driver has not raised it yet, or is "
                  "not let."
                : "P8 and higher are idle states: low clocks, little power. The GPU rises from it by itself "
                  "when work comes.";
  return "A middle performance state, as for video or a light load.";
}

std::string power_words(const GpuCells& gpu, const ExplainedGpu& beside) {
  const auto used = leading_number(gpu.power), limit = leading_number(gpu.limit);
  const auto usual = leading_number(beside.default_limit);
  if (gpu.power == "ERR!") return kAskingFailed;
  std::string text;
  if (!used)
    text = "The board does not measure its power.";
  else
    text = "The board draws " + std::to_string(*used) + " W, fractions cut off.";
  if (!limit) return text + " No limit can be set.";
  text += " The driver lowers the clocks to hold it below " + std::to_string(*limit) + " W";
  if (usual && *usual > *limit)
    return text + ", a limit that was set below the board's own " + std::to_string(*usual) + " W.";
  if (usual && *usual < *limit)
    return text + ", a limit that was raised above the board's own " + std::to_string(*usual) + " W.";
  return text + ".";
}

std::string memory_words(const GpuCells& gpu, const ExplainedGpu&) {
  const auto used = leading_number(gpu.used), total = leading_number(gpu.total);
  if (gpu.used == "ERR!" || gpu.total == "ERR!") return kAskingFailed;
  if (!used || !total) return "The driver shows no memory for the GPU as a whole here.";
  const std::uint64_t percent = *total == 0 ? 0 : *used * 100 / *total;
  const std::string share = percent == 0 && *used > 0 ? "Less than 1" : std::to_string(percent);
  return share +
         " percent of the GPU's memory is allocated, by programs and a little by the driver. "
         "Frameworks allocate in advance: allocated is not the same as needed.";
}

std::string utilization_words(const GpuCells& gpu, const ExplainedGpu&) {
  const auto percent = leading_number(gpu.utilization);
  if (gpu.utilization == "ERR!") return kAskingFailed;
  if (!percent)
    return gpu.mig.starts_with("Enabled") ? "In MIG mode the driver does not say how busy the whole is."
                                          : "The driver does not say how busy it is.";
  if (*percent == 0) return "In the last sample period (up to a second) nothing ran.";
  return "The share of the last sample period in which at least one kernel ran. It does not say how many of "
         "the "
         "multiprocessors it kept busy.";
}

std::string compute_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.compute == "Default") return "Any number of programs may compute on it at the same time.";
  if (gpu.compute == "E. Process") return "One process at a time may compute; a second one gets an error.";
  if (gpu.compute == "E. Thread") return "One thread of one process may compute (an old mode).";
  if (gpu.compute == "Prohibited")
    return "No program may compute on it: CUDA does not see it. nvidia-smi -c 0 allows it.";
  return gpu.compute == "ERR!" ? kAskingFailed : "The driver shows no compute mode here.";
}

std::string mig_words(const GpuCells& gpu, const ExplainedGpu&) {
  const bool pending = gpu.mig.ends_with("*");
  if (gpu.mig == "N/A") return "This GPU cannot be divided into MIG devices.";
  if (gpu.mig == "ERR!") return kAskingFailed;
  std::string text = gpu.mig.starts_with("Enabled")
                         ? "The GPU is divided: programs compute on its MIG devices, never on the whole."
                         : "The GPU works as one. nvidia-smi -mig 1 allows to divide it.";
  if (pending) text += " The star: another mode was asked for and waits for a reset.";
  return text;
}

std::string name_words(const GpuCells& gpu, const ExplainedGpu&) {
  if (gpu.name == "ERR!") return kAskingFailed;
  return "The model. CUDA counts GPUs from 0 too, but puts the fastest first unless "
         "CUDA_DEVICE_ORDER=PCI_BUS_ID is set: a "
         "GPU's number may be another one there.";
}

constexpr CellRow kRows[] = {
    {"Name", [](const GpuCells& gpu) { return gpu.name; }, name_words},
    {"Persistence-M", [](const GpuCells& gpu) { return gpu.persistence; }, persistence_words},
    {"Bus-Id", [](const GpuCells& gpu) { return gpu.bus_id; }, bus_words},
    {"Disp.A", [](const GpuCells& gpu) { return gpu.display; }, display_words},
    {"Volatile Uncorr. ECC", [](const GpuCells& gpu) { return gpu.ecc; }, ecc_words},
    {"Fan", [](const GpuCells& gpu) { return gpu.fan; }, fan_words},
    {"Temp", [](const GpuCells& gpu) { return gpu.temperature; }, temperature_words},
    {"Perf", [](const GpuCells& gpu) { return gpu.performance; }, state_words},
    {"Pwr:Usage/Cap", [](const GpuCells& gpu) { return gpu.power + " / " + gpu.limit; }, power_words},
    {"Memory-Usage",
     [](const GpuCells& gpu) { return gpu.total.empty() ? gpu.used : gpu.used + " / " + gpu.total; },
     memory_words},
    {"GPU-Util", [](const GpuCells& gpu) { return gpu.utilization; }, utilization_words},
    {"Compute M.", [](const GpuCells& gpu) { return gpu.compute; }, compute_words},
    {"MIG M.", [](const GpuCells& gpu) { return gpu.mig; }, mig_words},
};

}  // namespace

std::vector<CellRow> cell_rows() {
  return {std::begin(kRows), std::end(kRows)};
}

std::optional<std::uint64_t> leading_number(const std::string& cell) {
  return parse_uint(std::string_view(cell).substr(0, cell.find_first_not_of("0123456789")));
}

}  // namespace nvstack::smi
