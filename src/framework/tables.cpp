#include "framework/tables.hpp"

namespace nvstack::framework {

Result<Tables> load_tables(const catalog::Catalog& catalog) {
  Tables tables;
  tables.releases = TRY(ReleaseTable::shared(catalog));
  tables.codes = TRY(CodeTable::shared(catalog));
  tables.cuda = TRY(CudaTable::shared(catalog));
  tables.issues = TRY(IssueTable::shared(catalog));
  tables.catalog = &catalog;
  return tables;
}

}  // namespace nvstack::framework
