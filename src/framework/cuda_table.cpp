#include "framework/cuda_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

Status CudaTable::load_drivers(const catalog::Table& table, DriverKind kind) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    auto cuda = parse_version(row["cuda"]), native = parse_version(row["native_driver"]),
         floor = parse_version(row["floor_driver"]);
    if (!cuda || !native || !floor)
      return fail(ErrorCode::kMalformed,
                  table.name() + " line " + std::to_string(row.line()) + ": no version");
    if (kind == DriverKind::kLinux) toolkits_.push_back(*cuda);
    rows_.push_back({std::move(*cuda), std::move(*native), std::move(*floor), kind});
  }
  return {};
}

Result<CudaTable> CudaTable::load(const catalog::Catalog& catalog) {
  CudaTable out;
  TRY(out.load_drivers(*TRY(catalog.table("toolkits.tsv")), DriverKind::kLinux));
  TRY(out.load_drivers(*TRY(catalog.table("toolkits_windows.tsv")), DriverKind::kWindows));
  const catalog::Table& branches = *TRY(catalog.table("branches.tsv"));
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const catalog::Row row = branches.row(i);
    const auto first = parse_version(row["first_version"]), cuda = parse_version(row["cuda"]);
    const auto branch = parse_version(row["branch"]);
    if (branch && cuda) out.branches_.emplace_back(*branch, *cuda);
    if (first && row["kind"] != "legacy") out.drivers_.push_back(*first);
  }
  const catalog::Table& ptx = *TRY(catalog.table("ptx_isa.tsv"));
  for (std::size_t i = 0; i < ptx.size(); ++i) {
    const auto cuda = parse_version(ptx.row(i)["cuda"]), isa = parse_version(ptx.row(i)["ptx"]);
    if (cuda && isa) out.ptx_.emplace_back(*cuda, *isa);
  }
  const catalog::Table& compat = *TRY(catalog.table("cuda_compat.tsv"));
  for (std::size_t i = 0; i < compat.size(); ++i) {
    const auto major = parse_uint(compat.row(i)["cuda_major"]),
               branch = parse_uint(compat.row(i)["first_branch"]);
    if (major && branch && *branch < 100'000)
      out.compat_.emplace_back(static_cast<std::uint32_t>(*major), static_cast<int>(*branch));
  }
  std::sort(out.drivers_.begin(), out.drivers_.end());
  return out;
}

Result<const CudaTable*> CudaTable::shared(const catalog::Catalog& catalog) {
  return catalog.derived<CudaTable>("cuda_drivers", [&] { return load(catalog); });
}

const CudaTable::Row* CudaTable::find(const Version& cuda, DriverKind kind) const {
  for (const Row& row : rows_) {
    const bool same_minor =
        row.cuda.parts.size() > 1 && cuda.parts.size() > 1 && row.cuda.parts[1] == cuda.parts[1];
    if (row.kind == kind && row.cuda.branch() == cuda.branch() && same_minor) return &row;
  }
  return nullptr;
}

std::optional<Version> CudaTable::floor_driver(const Version& cuda, DriverKind kind) const {
  if (const Row* row = find(cuda, kind)) return row->floor;
  const Row* newest = nullptr;
  for (const Row& row : rows_)
    if (row.kind == kind && row.cuda.branch() == cuda.branch()) newest = &row;
  return newest ? std::optional<Version>(newest->floor) : std::nullopt;
}

std::optional<Version> CudaTable::native_driver(const Version& cuda, DriverKind kind) const {
  if (const Row* row = find(cuda, kind)) return row->native;
  // A release without a row: the first branch that knows as much.
  for (const auto& [branch, known] : branches_)
    if (known >= cuda) return branch;
  return std::nullopt;
}

std::optional<Version> CudaTable::cuda_of_driver(const Version& driver, DriverKind kind) const {
  std::optional<Version> best;
  for (const Row& row : rows_)
    if (row.kind == kind && row.native <= driver && (!best || row.cuda > *best)) best = row.cuda;
  if (kind == DriverKind::kLinux)
    for (const auto& [branch, cuda] : branches_)
      if (branch.branch() <= driver.branch() && (!best || cuda > *best)) best = cuda;
  return best;
}

std::optional<Version> CudaTable::ptx_of_cuda(const Version& cuda) const {
  std::optional<Version> best;
  for (const auto& [of, isa] : ptx_)
    if (of <= cuda && (!best || isa > *best)) best = isa;
  return best;
}

std::optional<int> CudaTable::compat_branch(std::uint32_t cuda_major) const {
  for (const auto& [major, branch] : compat_)
    if (major == cuda_major) return branch;
  return std::nullopt;
}

}  // namespace nvstack::framework
