#include "catalog/catalog.hpp"

// Declared by the assembler file that cmake/data.cmake writes.
#define NVSTACK_DATA(symbol, name)               \
  extern "C" const char nvstack_data_##symbol[]; \
  extern "C" const char nvstack_data_##symbol##_end[];
#include "catalog_data_names.inc"
#undef NVSTACK_DATA

namespace nvstack::catalog {

namespace {

constexpr const char* kSupportedGpus = "supported-gpus.json";

struct Embedded {
  std::string_view name;
  const char* begin;
  const char* end;
};

#define NVSTACK_DATA(symbol, name) Embedded{name, nvstack_data_##symbol, nvstack_data_##symbol##_end},
constexpr Embedded kEmbedded[] = {
#include "catalog_data_names.inc"
};
#undef NVSTACK_DATA

}  // namespace

std::vector<std::string> Catalog::names() {
  std::vector<std::string> all;
  for (const Embedded& table : kEmbedded) all.emplace_back(table.name);
  return all;
}

Result<const Table*> Catalog::table(const std::string& file_name) const {
  if (const auto known = parsed_.find(file_name); known != parsed_.end()) return known->second.get();
  std::string text;
  if (const auto at = overrides_.find(file_name); at != overrides_.end()) {
    text = at->second;
  } else {
    const Embedded* found = nullptr;
    for (const Embedded& table : kEmbedded)
      if (table.name == file_name) found = &table;
    if (!found) return fail(ErrorCode::kNotFound, "no table " + file_name);
    text.assign(found->begin, found->end);
  }
  auto parsed = std::make_unique<Table>(TRY(Table::parse(file_name, std::move(text))));
  return (parsed_[file_name] = std::move(parsed)).get();
}

const Table& Catalog::get(const std::string& file_name) const& {
  const auto found = table(file_name);
  NV_ASSERT(found.has_value());
  return **found;
}

const std::string* Catalog::supported_gpus_json() const {
  const auto at = overrides_.find(kSupportedGpus);
  return at == overrides_.end() ? nullptr : &at->second;
}

Status Catalog::check_overrides() const {
  for (const auto& [name, text] : overrides_)
    if (name != kSupportedGpus) TRY(table(name));
  return {};
}

}  // namespace nvstack::catalog
