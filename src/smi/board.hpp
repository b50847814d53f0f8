// Board is one GPU, or one MIG device of it, that is asked through NVML: answers that several fields share
// are asked once. System is what all of them share.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nvml/reader.hpp"
#include "smi/compat.hpp"
#include "smi/progress.hpp"
#include "smi/value.hpp"

namespace nvstack::smi {

template <typename T>
struct Answer {
  int code = NVML_ERROR_UNKNOWN;
  T value{};
  bool ok() const { return code == NVML_SUCCESS; }
};

/// The version word of a versioned struct: its size and its version.
template <typename T>
constexpr unsigned struct_version(unsigned version) {
  return static_cast<unsigned>(sizeof(T)) | version << 24;
}

class System {
 public:
  System(nvml::Nvml& library, Compat generation) : nvml(library), compat(generation) {}

  nvml::Nvml& nvml;
  Compat compat;
  /// Stands for the library where a GPU is not to be asked.
  nvml::Nvml silence = nvml::Nvml::silent(NVML_ERROR_TIMEOUT);
  unsigned count = 0;
  Progress* progress = nullptr;  // of the watcher, when there is one

  /// The library, to ask this GPU.
  nvml::Nvml& asked(unsigned gpu) {
    if (progress) progress->ask(gpu);
    return nvml;
  }
  const std::string& driver_version();
  /// "13.3", or what stands in its place.
  Value cuda_version();

 private:
  std::optional<std::string> driver_version_;
  std::optional<Value> cuda_version_;
};

class Board {
 public:
  Board(System& of, unsigned number, nvmlDevice_t handle)
      : system(of), index(number), gpu(number), device(handle) {}
  /// A GPU that gives no answer: what is known of its place, and a timeout to every question.
  Board(System& of, unsigned number, const std::optional<nvmlPciInfo_t>& place);

  System& system;
  unsigned index;
  unsigned gpu;         // of a MIG device, the GPU that it is a part of
  nvmlDevice_t device;  // null: it is not to be asked

  nvml::Nvml& nvml() const { return device ? system.asked(gpu) : system.silence; }
  /// The getters that give one number or one text.
  Answer<unsigned> number(const char* function) const;
  Answer<std::string> text(const char* function) const;
  /// The getters that give two numbers.
  Answer<std::pair<unsigned, unsigned>> pair(const char* function) const;
  /// A getter that fills one struct with a version word, or one without (version 0).
  template <typename T>
  Answer<T> record(const char* function, unsigned version) const {
    Answer<T> answer;
    const unsigned word = version != 0 ? struct_version<T>(version) : 0;
    if (version != 0) std::memcpy(&answer.value, &word, sizeof word);  // every such struct begins with it
    answer.code = nvml().call<nvmlReturn_t(nvmlDevice_t, T*)>(function, device, &answer.value);
    return answer;
  }

  const Answer<nvmlPciInfo_t>& pci();
  /// total, reserved, used and free; 2 falls back to 1 (reserved: function not found).
  const Answer<nvmlMemory_v2_t>& memory();
  const Answer<std::pair<unsigned, unsigned>>& mig_mode();
  const Answer<std::pair<unsigned, unsigned>>& ecc_mode();
  const Answer<unsigned long long>& event_reasons();
  const Answer<nvmlUtilization_t>& utilization();
  const Answer<nvmlEccSramErrorStatus_t>& sram_errors();
  const Answer<nvmlGpuFabricInfo_v3_t>& fabric();
  const Answer<nvmlPlatformInfo_t>& platform();
  /// A field value as a number; `scope` is a link, a power scope, ...
  Answer<double> field(unsigned id, unsigned scope = 0) const;
  bool in_mig_mode() { return mig_mode().ok() && mig_mode().value.first != 0; }
  /// The MIG devices of this GPU, by index.
  std::vector<Board> mig_devices();

 private:
  template <typename T>
  using Once = std::optional<Answer<T>>;
  Once<nvmlPciInfo_t> pci_;
  Once<nvmlMemory_v2_t> memory_;
  Once<std::pair<unsigned, unsigned>> mig_mode_, ecc_mode_;
  Once<unsigned long long> event_reasons_;
  Once<nvmlUtilization_t> utilization_;
  Once<nvmlEccSramErrorStatus_t> sram_errors_;
  Once<nvmlGpuFabricInfo_v3_t> fabric_;
  Once<nvmlPlatformInfo_t> platform_;
};

}  // namespace nvstack::smi
