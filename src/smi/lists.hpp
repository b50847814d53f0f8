// The selective queries that give several rows a GPU: compute-apps, accounted-apps, retired-pages,
// remapped-rows and supported-clocks. Each has its own small set of columns.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smi/csv.hpp"

namespace nvstack::smi {

enum class ListKind { kComputeApps, kAccountedApps, kRetiredPages, kRemappedRows, kSupportedClocks };

struct Column {
  const char* name;
  const char* alias;
  const char* unit;
  const char* about;
};

/// One row: its values, in the order of columns_of.
using ListRow = std::vector<Value>;

std::span<const Column> columns_of(ListKind kind);
/// The switch without its dashes: "query-compute-apps".
const char* switch_of(ListKind kind);

/// Which columns, by number, "pid,name" asks for. kUsage in the original's words.
Result<std::vector<std::size_t>> parse_columns(ListKind kind, std::string_view names);
std::vector<ListRow> read_list(ListKind kind, Board& board);

std::string render_list_header(ListKind kind, const std::vector<std::size_t>& columns,
                               const CsvFormat& format);
std::string render_list_row(ListKind kind, const ListRow& row, const std::vector<std::size_t>& columns,
                            const CsvFormat& format, const Compat& compat);
std::string render_list_help(ListKind kind);

}  // namespace nvstack::smi
