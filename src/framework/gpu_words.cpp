#include "framework/gpu_words.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

/// "NVIDIA GeForce RTX 4090" -> "rtx 4090": the words by which people tell GPUs apart.
std::string plain_name(std::string_view text) {
  std::string spaced = to_lower(text);
  for (char& c : spaced)
    if (c == '-' || c == '_' || c == '(' || c == ')' || c == '/') c = ' ';
  std::vector<std::string> kept;
  for (const std::string_view word : split_words(spaced))
    if (word != "nvidia" && word != "geforce" && word != "tesla" && word != "quadro") kept.emplace_back(word);
  return join(kept, " ");
}

struct WordRow {
  std::string plain, name;
  Capability capability;
  std::string kind;
};

struct WordTable {
  std::vector<WordRow> rows;
};

Result<WordTable> load_words(const catalog::Catalog& catalog) {
  const catalog::Table& table = *TRY(catalog.table("gpu_words.tsv"));
  WordTable out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    const auto capability = parse_capability(row["compute_capability"]);
    if (!capability) return fail(ErrorCode::kMalformed, "gpu_words.tsv line " + std::to_string(row.line()));
    out.rows.push_back(
        {plain_name(row["name"]), std::string(row["name"]), *capability, std::string(row["kind"])});
  }
  return out;
}

Result<const WordTable*> words_of(const catalog::Catalog& catalog) {
  return catalog.derived<WordTable>("gpu_words", [&] { return load_words(catalog); });
}

/// The first word of a board's name is the chip that gpu_words.tsv lists: "a100 sxm4 40gb" is an A100.
bool is_data_center(const std::string& plain, const WordTable& words) {
  const std::string first = plain.substr(0, plain.find(' '));
  return std::any_of(words.rows.begin(), words.rows.end(), [&](const WordRow& row) {
    return row.kind == "data-center" && (row.plain == first || row.plain == plain);
  });
}

void put_table_facts(WantedGpu& gpu, const CodeTable& codes) {
  const ComputeRow* row = codes.find(gpu.capability);
  if (!row) return;
  gpu.integrated = row->integrated;
  if (!gpu.first_branch) gpu.first_branch = row->first_branch;
  if (!gpu.last_branch) gpu.last_branch = row->last_branch;
}

struct Named {
  std::string plain, name;
  Capability capability;
  std::optional<int> legacy_branch;
};

struct NamedList {
  std::vector<Named> rows;
};

/// Every published GPU by its plain name.
Result<NamedList> load_names(const catalog::Catalog& catalog) {
  const catalog::Gpus& gpus = *TRY(catalog::Gpus::shared(catalog));
  NamedList out;
  for (const catalog::GpuId& id : gpus.ids()) {
    const catalog::GpuVerdict verdict = gpus.find(id);
    const auto capability = parse_capability(verdict.compute_capability);
    if (capability)
      out.rows.push_back({plain_name(verdict.name), verdict.name, *capability, verdict.legacy_branch});
  }
  return out;
}

bool has_all_words(const std::string& name, const std::vector<std::string_view>& words) {
  const auto own = split_words(name);
  return std::all_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::find(own.begin(), own.end(), word) != own.end();
  });
}

Result<WantedGpu> by_name(std::string_view word, const catalog::Catalog& catalog) {
  const std::string plain = plain_name(word);
  const WordTable& words = *TRY(words_of(catalog));
  for (const WordRow& row : words.rows)
    if (row.plain == plain)
      return WantedGpu{row.name, row.capability, false, row.kind == "data-center", {}, {}};
  const NamedList& list = *TRY(catalog.derived<NamedList>("gpu_names", [&] { return load_names(catalog); }));
  const auto wanted = split_words(plain);
  const Named* found = nullptr;
  bool exact = false, several = false;
  std::vector<std::string> near;
  for (const Named& row : list.rows) {
    const bool same = row.plain == plain;
    if (!same && (wanted.empty() || exact || !has_all_words(row.plain, wanted))) continue;
    if (same && !exact) exact = true, several = false, found = nullptr, near.clear();
    if (found && found->capability != row.capability) several = true;
    if (!found || row.name.size() < found->name.size()) found = &row;
    if (near.size() < 5 && std::find(near.begin(), near.end(), row.name) == near.end())
      near.push_back(row.name);
  }
  if (several)
    return fail(ErrorCode::kUsage, "\"" + printable(word, 60) + "\" means GPUs of several kinds",
                "write one of: " + join(near, ", "));
  if (!found) {
    std::vector<std::string> all;
    for (const Named& row : list.rows) all.push_back(row.plain);
    const auto close = nearest_word(plain, all);
    return fail(ErrorCode::kUsage, "no GPU is called \"" + printable(word, 60) + "\"",
                close ? "did you mean " + *close + "?" : "write 'RTX 5090', 10de:2b85 or sm_120");
  }
  return WantedGpu{found->name, found->capability,   false, is_data_center(found->plain, words),
                   {},          found->legacy_branch};
}

}  // namespace

std::optional<WantedGpu> gpu_of_verdict(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog) {
  const auto capability = parse_capability(verdict.compute_capability);
  const auto codes = CodeTable::shared(catalog);
  const auto words = words_of(catalog);
  if (!capability || !codes || !words) return std::nullopt;
  WantedGpu gpu{verdict.name, *capability,          false, is_data_center(plain_name(verdict.name), **words),
                {},           verdict.legacy_branch};
  put_table_facts(gpu, **codes);
  return gpu;
}

Result<WantedGpu> find_gpu(std::string_view word, const catalog::Catalog& catalog) {
  const CodeTable& codes = *TRY(CodeTable::shared(catalog));
  const std::string shown = printable(trim(word), 60);
  if (const auto capability = parse_capability(word)) {
    if (!codes.find(*capability))
      return fail(ErrorCode::kUsage, "no GPU has the compute capability " + capability->text(),
                  "nvstack cuda match lists them");
    // A0, H0 and B0 chips are in data-center boards alone.
    const bool data_center =
        *capability == Capability{8, 0} || *capability == Capability{9, 0} || capability->major == 10;
    WantedGpu gpu{shown, *capability, false, data_center, {}, {}};
    put_table_facts(gpu, codes);
    return gpu;
  }
  const bool is_id = contains(word, ":") || word.starts_with("0x");  // a bare a100 is a name
  if (is_id) {
    const catalog::GpuId id = TRY(catalog::parse_gpu_id(trim(word)));
    const catalog::Gpus& gpus = *TRY(catalog::Gpus::shared(catalog));
    auto gpu = gpu_of_verdict(gpus.find(id), catalog);
    if (!gpu)
      return fail(ErrorCode::kUsage, "the compute capability of " + id.text() + " is not known",
                  "write it instead: --gpu sm_120");
    if (gpu->name.empty()) gpu->name = id.text();
    return std::move(*gpu);
  }
  WantedGpu gpu = TRY(by_name(word, catalog));
  put_table_facts(gpu, codes);
  return gpu;
}

}  // namespace nvstack::framework
