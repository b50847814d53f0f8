// All tables that the resolver decides by, loaded once for a catalogue.
#pragma once

#include "framework/code_table.hpp"
#include "framework/cuda_table.hpp"
#include "framework/issue_table.hpp"
#include "framework/release_table.hpp"

namespace nvstack::framework {

struct Tables {
  const ReleaseTable* releases = nullptr;
  const CodeTable* codes = nullptr;
  const CudaTable* cuda = nullptr;
  const IssueTable* issues = nullptr;
  const catalog::Catalog* catalog = nullptr;  // outlives this value
};

/// kMalformed names the table and line that cannot be used.
Result<Tables> load_tables(const catalog::Catalog& catalog);

}  // namespace nvstack::framework
