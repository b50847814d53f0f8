// The rows of cudnn.tsv and cuda_compilers.tsv.
#include <algorithm>

#include "base/text.hpp"
#include "framework/cuda_match.hpp"

namespace nvstack::framework {

namespace {

std::optional<unsigned> number_of(std::string_view text) {
  const auto value = parse_uint(text);
  return value && *value < 1000 ? std::optional<unsigned>(static_cast<unsigned>(*value)) : std::nullopt;
}

}  // namespace

Result<std::vector<CudnnRow>> load_cudnn(const catalog::Catalog& catalog) {
  const catalog::Table& table = *TRY(catalog.table("cudnn.tsv"));
  std::vector<CudnnRow> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    auto version = parse_python_version(row["cudnn"]);
    auto cuda = parse_version(row["cuda"]);
    if (!version || !cuda)
      return fail(ErrorCode::kMalformed, "cudnn.tsv line " + std::to_string(row.line()) + ": no version");
    out.push_back({std::move(*version), std::move(*cuda), parse_capability(row["oldest_gpu"])});
  }
  return out;
}

std::optional<CudnnRow> newest_cudnn(const std::vector<CudnnRow>& rows, const Version& cuda,
                                     const std::vector<WantedGpu>& gpus) {
  std::optional<CudnnRow> best;
  for (const CudnnRow& row : rows) {
    const bool same = row.cuda.parts.size() == 1 ? row.cuda.branch() == cuda.branch()
                                                 : row.cuda <= cuda && row.cuda.branch() == cuda.branch();
    const bool known = !row.oldest_gpu || std::all_of(gpus.begin(), gpus.end(), [&](const WantedGpu& gpu) {
      return gpu.capability >= *row.oldest_gpu;
    });
    if (same && known && (!best || row.version > best->version)) best = row;
  }
  return best;
}

Result<std::vector<CompilerRow>> load_compilers(const catalog::Catalog& catalog) {
  const catalog::Table& table = *TRY(catalog.table("cuda_compilers.tsv"));
  std::vector<CompilerRow> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    auto from = parse_version(row["cuda_from"]), to = parse_version(row["cuda_to"]);
    const auto gcc = number_of(row["gcc_max"]);
    if (!from || !to || !gcc)
      return fail(ErrorCode::kMalformed, "cuda_compilers.tsv line " + std::to_string(row.line()));
    out.push_back(
        {std::move(*from), std::move(*to), *gcc, number_of(row["clang_max"]), number_of(row["gcc_min"])});
  }
  return out;
}

const CompilerRow* compilers_of(const std::vector<CompilerRow>& rows, const Version& toolkit) {
  for (const CompilerRow& row : rows)
    if (row.from <= toolkit && toolkit <= row.to) return &row;
  return nullptr;
}

}  // namespace nvstack::framework
