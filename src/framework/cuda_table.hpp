// What driver each CUDA release needs: the one it came with, and the oldest one on which its programs run
// (minor version compatibility), on Linux and for WSL on Windows; which PTX a driver compiles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/version.hpp"
#include "catalog/catalog.hpp"

namespace nvstack::framework {

enum class DriverKind { kLinux, kWindows };  // kWindows: the driver under WSL

class CudaTable {
 public:
  static Result<const CudaTable*> shared(const catalog::Catalog& catalog);

  /// The oldest driver on which programs of this CUDA run; a release that no row knows is judged by its
  /// major.
  std::optional<Version> floor_driver(const Version& cuda, DriverKind kind) const;
  /// The driver from which on everything of this CUDA works.
  std::optional<Version> native_driver(const Version& cuda, DriverKind kind) const;
  /// What nvidia-smi calls "CUDA Version": the newest CUDA that this driver knows.
  std::optional<Version> cuda_of_driver(const Version& driver, DriverKind kind) const;
  /// The PTX version of a toolkit, which a driver of the same CUDA compiles: 8.7 of 12.8.
  std::optional<Version> ptx_of_cuda(const Version& cuda) const;
  /// First versions of the branches that are no legacy, oldest first: drivers to propose.
  const std::vector<Version>& drivers() const { return drivers_; }
  /// The oldest branch under which cuda-compat of this CUDA major serves data-center GPUs.
  std::optional<int> compat_branch(std::uint32_t cuda_major) const;
  const std::vector<Version>& toolkits() const { return toolkits_; }  // X.Y, oldest first

 private:
  struct Row {
    Version cuda, native, floor;
    DriverKind kind = DriverKind::kLinux;
  };
  static Result<CudaTable> load(const catalog::Catalog& catalog);
  Status load_drivers(const catalog::Table& table, DriverKind kind);
  const Row* find(const Version& cuda, DriverKind kind) const;

  std::vector<Row> rows_;
  std::vector<std::pair<Version, Version>> branches_;  // first version, CUDA
  std::vector<std::pair<Version, Version>> ptx_;       // CUDA, PTX
  std::vector<std::pair<std::uint32_t, int>> compat_;
  std::vector<Version> drivers_, toolkits_;
};

}  // namespace nvstack::framework
