// Answer is what the driver said through NVML at one moment: each field a value, "not supported", or an error
// code. Source is whoever can be asked: the library in a child process, or a recorded answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace nvstack::nvml {

/// nvmlReturn_t of a field that has no value: 3 is "not supported".
struct Missing {
  int code = 0;
};
template <typename T>
class Field {
 public:
  Field() = default;
  Field(T value) : value_(std::move(value)) {}
  Field(Missing missing) : missing_(missing.code) {}
  const T* value() const { return value_ ? &*value_ : nullptr; }
  /// The NVML code, when it was asked and refused.
  std::optional<int> code() const { return value_ ? std::nullopt : missing_; }

 private:
  std::optional<T> value_;
  std::optional<int> missing_;
};

struct GpuSnapshot {
  int index = 0;
  Field<std::string> name, uuid, serial, bdf, vbios;  // bdf as in sysfs: "0000:01:00.0"
  Field<std::int64_t> minor;
  Field<std::int64_t> memory_total_bytes, memory_used_bytes;
  Field<bool> persistence;
  Field<bool> ecc, ecc_pending, mig, mig_pending;
  Field<std::int64_t> ecc_uncorrected_volatile, ecc_corrected_volatile;
  Field<bool> remap_pending, remap_failed;
  Field<std::int64_t> remapped_correctable, remapped_uncorrectable;
  Field<bool> retired_pending;
  Field<std::int64_t> clocks_event_reasons;  // bit mask
  Field<std::int64_t> temperature_c, power_mw, power_limit_mw;
  Field<std::int64_t> utilization_percent, performance_state;
  Field<std::int64_t> pcie_width, pcie_width_max, pcie_generation, pcie_generation_max;
  Field<std::int64_t> mig_devices;
  Field<std::int64_t> fabric_state, fabric_status;  // nvmlGpuFabricState_t; the nvmlReturn_t of joining it
  int handle_code = 0;  // what getting the device answered: 0, or 15 (lost), 999, ...
};

struct Answer {
  int init_code = 0;           // nvmlInit_v2: 0, 9 (driver not loaded), 18 (library/driver mismatch), ...
  std::string library;         // the file that was loaded
  std::string driver_version;  // nvmlSystemGetDriverVersion
  std::optional<int> cuda_version;  // nvmlSystemGetCudaDriverVersion_v2: 13000
  std::vector<GpuSnapshot> gpus;
};

Json answer_json(const Answer& answer);
Result<Answer> parse_answer(std::string_view json);

class Source {
 public:
  virtual ~Source() = default;
  /// Errors: kNotFound (no libnvidia-ml.so.1), kTimedOut (the driver hangs), kNotAvailable (not the running
  /// machine).
  virtual Result<Answer> ask() const = 0;
};

/// Loads libnvidia-ml.so.1 in a child process, so that a hung or crashing driver costs a deadline, not the
/// program.
class LiveSource : public Source {
 public:
  Result<Answer> ask() const override;
};

/// A recorded nvml.json; "" answers kNotAvailable.
class RecordedSource : public Source {
 public:
  explicit RecordedSource(std::string json) : json_(std::move(json)) {}
  Result<Answer> ask() const override;

 private:
  std::string json_;
};

}  // namespace nvstack::nvml
