// CSV as --format=csv asks for it: header, units, and the words for what is missing, each by its own switch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "smi/fields.hpp"

namespace nvstack::smi {

enum class CsvHeader { kShown, kHidden };
enum class CsvUnits { kShown, kHidden };

struct CsvFormat {
  CsvHeader header = CsvHeader::kShown;
  CsvUnits units = CsvUnits::kShown;
};

/// "csv,noheader,nounits": kUsage names the word that is none, or that csv itself is missing.
Result<CsvFormat> parse_format(std::string_view words);

/// "name [unit]" as a header has it.
std::string csv_title(std::string_view name, std::string_view unit, const CsvFormat& format);
/// A value as a cell: `unit` is the column's; "" leaves the value's own out.
std::string csv_cell(const Value& value, std::string_view unit, Sentinel sentinel, const CsvFormat& format,
                     const Compat& compat);

/// The rows of "index,name,clocks.gr". kUsage in the original's words for the first that is no field.
Result<std::vector<const FieldRow*>> parse_fields(std::string_view names);
std::string render_field_header(const std::vector<const FieldRow*>& fields, const CsvFormat& format,
                                const Compat& compat);
/// Asks the GPU for these fields and no others.
std::string render_field_row(Board& board, const std::vector<const FieldRow*>& fields,
                             const CsvFormat& format);
/// The text of --help-query-gpu.
std::string render_field_help(const Compat& compat);

}  // namespace nvstack::smi
