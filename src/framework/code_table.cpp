#include "framework/code_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

tl::unexpected<Error> bad_row(const char* table, const catalog::Row& row, const char* column) {
  return fail(ErrorCode::kMalformed,
              std::string(table) + " line " + std::to_string(row.line()) + ": column " + column);
}

std::optional<int> branch_of(std::string_view text) {
  const auto value = parse_uint(text);
  return value && *value < 100'000 ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

/// Does this piece of code run on the GPU as it is?
bool runs_on(const Code& code, const Capability& gpu, bool integrated) {
  const Capability& own = code.capability;
  if (own == gpu) return true;
  if (code.suffix == 'a') return false;
  if (integrated) return own == Capability{10, 1} && gpu == Capability{11, 0};  // the same chip, renamed
  return own.major == gpu.major && own.minor <= gpu.minor;
}

}  // namespace

std::string Capability::text() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string Capability::sm() const {
  return "sm_" + std::to_string(major) + std::to_string(minor);
}

std::optional<Capability> parse_capability(std::string_view text) {
  std::string word = to_lower(trim(text));
  bool named = false;
  for (const std::string_view head : {"sm_", "compute_", "sm"})
    if (word.starts_with(head)) {
      word = word.substr(head.size()), named = true;
      break;
    }
  if (!word.empty() && (word.back() == 'a' || word.back() == 'f')) word.pop_back();
  const auto dot = word.find('.');
  if (dot == std::string::npos && (!named || word.size() < 2 || word.size() > 3)) return std::nullopt;
  const std::size_t end = dot == std::string::npos ? word.size() - 1 : dot;
  const auto major = parse_uint(word.substr(0, end));
  const auto minor = parse_uint(word.substr(dot == std::string::npos ? end : end + 1));
  if (!major || !minor || *major == 0 || *major > 99 || *minor > 9) return std::nullopt;
  return Capability{static_cast<unsigned>(*major), static_cast<unsigned>(*minor)};
}

Result<std::vector<Code>> parse_code_list(std::string_view text) {
  std::vector<Code> out;
  for (std::string_view word : split_words(text)) {
    Code code;
    if (word.ends_with("+PTX")) code.ptx = true, word.remove_suffix(4);
    if (word.ends_with('a') || word.ends_with('f')) code.suffix = word.back();
    const auto capability = parse_capability(word);
    if (!capability || out.size() == 100)
      return fail(ErrorCode::kMalformed, "\"" + printable(text, 80) + "\" is no list of GPU code");
    code.capability = *capability;
    out.push_back(code);
  }
  return out;
}

Coverage find_coverage(const std::vector<Code>& codes, const Capability& gpu, bool integrated, PtxUse ptx,
                       const Code** found) {
  const Code* native = nullptr;
  const Code* source = nullptr;
  for (const Code& code : codes) {
    if (runs_on(code, gpu, integrated) && (!native || native->capability < code.capability)) native = &code;
    if (code.ptx && code.capability <= gpu && code.suffix == ' ') source = &code;
  }
  if (ptx == PtxUse::kDriverTooOld) source = nullptr;
  if (found) *found = native ? native : source;
  return native ? Coverage::kNative : source ? Coverage::kPtx : Coverage::kNone;
}

Status CodeTable::load_wheels(const catalog::Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    auto from = parse_python_version(row["torch_from"]), to = parse_python_version(row["torch_to"]);
    auto cuda = parse_version(row["cuda"]);
    if (!from || !to || !cuda) return bad_row("torch_code.tsv", row, "torch_from, torch_to or cuda");
    std::vector<Code> codes = TRY(parse_code_list(row["code"]));
    wheels_.push_back(
        {std::string(row["arch"]), std::move(*from), std::move(*to), std::move(*cuda), std::move(codes)});
  }
  return {};
}

Status CodeTable::load_compute(const catalog::Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    const auto capability = parse_capability(row["compute_capability"]);
    const auto cuda = parse_version(row["first_cuda"]), ptx = parse_version(row["first_ptx"]);
    if (!capability || !cuda || !ptx)
      return bad_row("cuda_code.tsv", row, "compute_capability, first_cuda or first_ptx");
    compute_.push_back({*capability, std::string(row["architecture"]), row["kind"] == "integrated", *cuda,
                        parse_version(row["last_cuda"]), *ptx, branch_of(row["first_branch"]),
                        branch_of(row["last_branch"])});
  }
  return {};
}

Result<CodeTable> CodeTable::load(const catalog::Catalog& catalog) {
  CodeTable out;
  TRY(out.load_wheels(*TRY(catalog.table("torch_code.tsv"))));
  TRY(out.load_compute(*TRY(catalog.table("cuda_code.tsv"))));
  return out;
}

Result<const CodeTable*> CodeTable::shared(const catalog::Catalog& catalog) {
  return catalog.derived<CodeTable>("torch_code", [&] { return load(catalog); });
}

bool CodeTable::has_build(const std::string& arch, const PythonVersion& torch, const Version& cuda) const {
  const PythonVersion release = torch.base();
  return std::any_of(wheels_.begin(), wheels_.end(), [&](const WheelRow& row) {
    return row.arch == arch && row.cuda == cuda && row.from <= release && release <= row.to;
  });
}

const std::vector<Code>* CodeTable::find(const std::string& arch, const PythonVersion& torch,
                                         const Version& cuda) const {
  const PythonVersion release = torch.base();
  const WheelRow* nearest = nullptr;
  for (const WheelRow& row : wheels_) {
    if (row.arch != arch || row.cuda > cuda || row.cuda.branch() != cuda.branch()) continue;
    if (row.cuda == cuda && row.from <= release && release <= row.to) return &row.codes;
    if (row.from > release) continue;
    // The newest release before it, then the nearest CUDA: what an unlisted build most likely carries.
    const bool better =
        !nearest || row.to > nearest->to || (row.to == nearest->to && row.cuda > nearest->cuda);
    if (better) nearest = &row;
  }
  return nearest ? &nearest->codes : nullptr;
}

const ComputeRow* CodeTable::find(const Capability& capability) const {
  for (const ComputeRow& row : compute_)
    if (row.capability == capability) return &row;
  return nullptr;
}

}  // namespace nvstack::framework
