#include "plan/branch.hpp"

#include "base/text.hpp"

namespace nvstack::plan {

namespace {

using catalog::Row;
using catalog::Table;

/// The last branch with Maxwell, Pascal and Volta: ids of theirs that no list names end there, too.
constexpr int kLastBeforeTuring = 580;

int number_of(std::string_view cell) {
  const auto value = parse_uint(cell);
  return value && *value < 100'000 ? static_cast<int>(*value) : 0;
}

/// The row of compute.tsv by compute capability, else the first of the architecture.
std::optional<Row> find_compute(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog) {
  const Table& table = catalog.get("compute.tsv");
  std::optional<Row> by_architecture;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    if (!verdict.compute_capability.empty() && row["compute_capability"] == verdict.compute_capability)
      return row;
    if (!by_architecture && row["architecture"] == catalog::architecture_name(verdict.architecture))
      by_architecture = row;
  }
  return by_architecture;
}

std::optional<Toolkit> toolkit_of(const Row& row) {
  const auto cuda = parse_version(row["cuda"]);
  const auto native = parse_version(row["native_driver"]), floor = parse_version(row["floor_driver"]);
  if (!cuda || !native || !floor) return std::nullopt;
  return Toolkit{*cuda, *native, *floor};
}

}  // namespace

std::vector<Branch> load_branches(const catalog::Catalog& catalog, const std::string& date) {
  const Table& table = catalog.get("branches.tsv");
  std::vector<Branch> branches;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row row = table.row(i);
    Branch branch;
    branch.number = number_of(row["branch"]);
    branch.kind = row["kind"], branch.published = row["published"], branch.end_of_life = row["end_of_life"];
    branch.first_version = row["first_version"];
    branch.open = row["flavors"] != "proprietary", branch.proprietary = row["flavors"] != "open";
    if (row["default_flavor"] == "proprietary") branch.standard = catalog::Flavor::kProprietary;
    if (date.empty() || branch.published <= date) branches.push_back(std::move(branch));
  }
  return branches;
}

const Branch* find_branch(const std::vector<Branch>& branches, int number) {
  for (const Branch& branch : branches)
    if (branch.number == number) return &branch;
  return nullptr;
}

std::string table_day(const catalog::Catalog& catalog) {
  return catalog.get("branches.tsv").date();
}

int first_branch(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog) {
  const auto row = find_compute(verdict, catalog);
  return row ? number_of((*row)["first_branch"]) : 0;
}

std::optional<int> last_branch(const catalog::GpuVerdict& verdict) {
  if (verdict.legacy_branch) return verdict.legacy_branch;
  if (verdict.open == catalog::OpenSupport::kUnsupported) return kLastBeforeTuring;
  return std::nullopt;
}

BranchRange range_of(const std::vector<TargetGpu>& gpus, const catalog::Catalog& catalog) {
  BranchRange range;
  for (const TargetGpu& gpu : gpus) {
    const auto last = last_branch(gpu.verdict);
    // A branch that is the last with a GPU certainly knows it, whatever its architecture's first row says.
    const int first = std::min(first_branch(gpu.verdict, catalog), last.value_or(INT_MAX));
    if (first > range.first) range.first = first, range.first_by = &gpu;
    if (last && *last < range.last) range.last = *last, range.last_by = &gpu;
  }
  return range;
}

std::optional<Toolkit> find_toolkit(const catalog::Catalog& catalog, const Version& cuda) {
  const Table& table = catalog.get("toolkits.tsv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    auto toolkit = toolkit_of(table.row(i));
    if (!toolkit || cuda.parts.size() < 2) continue;
    if (toolkit->cuda.parts[0] == cuda.parts[0] && toolkit->cuda.parts[1] == cuda.parts[1]) return toolkit;
  }
  return std::nullopt;
}

std::optional<Toolkit> newest_toolkit(const catalog::Catalog& catalog, int branch) {
  const Table& table = catalog.get("toolkits.tsv");
  std::optional<Toolkit> newest;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto toolkit = toolkit_of(table.row(i));
    if (!toolkit || static_cast<int>(toolkit->native_driver.branch()) > branch) continue;
    if (!newest || toolkit->cuda > newest->cuda) newest = toolkit;
  }
  return newest;
}

std::optional<Version> last_cuda(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog) {
  const auto row = find_compute(verdict, catalog);
  return row ? parse_version((*row)["last_cuda"]) : std::nullopt;
}

std::optional<Version> first_cuda(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog) {
  const auto row = find_compute(verdict, catalog);
  return row ? parse_version((*row)["first_cuda"]) : std::nullopt;
}

}  // namespace nvstack::plan
