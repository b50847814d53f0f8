#include "smi/csv.hpp"

#include "base/text.hpp"

namespace nvstack::smi {

Result<CsvFormat> parse_format(std::string_view words) {
  CsvFormat format;
  bool csv = false;
  for (const std::string_view part : split(words, ',')) {
    const std::string_view word = trim(part);
    if (word == "csv")
      csv = true;
    else if (word == "noheader")
      format.header = CsvHeader::kHidden;
    else if (word == "nounits")
      format.units = CsvUnits::kHidden;
    else
      return fail(ErrorCode::kUsage, "Option --format=" + printable(words, 100) + " is not recognized.");
  }
  if (!csv) return fail(ErrorCode::kUsage, "Option --format= must contain csv.");
  return format;
}

std::string csv_title(std::string_view name, std::string_view unit, const CsvFormat& format) {
  std::string text(name);
  if (!unit.empty() && format.units == CsvUnits::kShown) text += " [" + std::string(unit) + "]";
  return text;
}

std::string csv_cell(const Value& value, std::string_view unit, Sentinel sentinel, const CsvFormat& format,
                     const Compat& compat) {
  if (value.ok())
    return unit.empty() || format.units == CsvUnits::kHidden ? value.text
                                                             : value.text + " " + std::string(unit);
  if (sentinel == Sentinel::kBare && value.code == NVML_ERROR_NOT_SUPPORTED) return "N/A";
  if (value.code == NVML_ERROR_NOT_SUPPORTED && compat.says_not_supported()) return "[Not Supported]";
  return "[" + std::string(code_words(value.code)) + "]";
}

namespace {

/// "Did you mean ...", or nothing when no name is near.
std::string nearest_field(std::string_view word) {
  std::vector<std::string> names;
  for (const FieldRow* row : all_fields())
    for (const char* name : {row->name, row->alias})
      if (*name) names.push_back(name);
  const auto nearest = nearest_word(word, names);
  return nearest ? "Did you mean \"" + *nearest + "\"?" : "";
}

}  // namespace

Result<std::vector<const FieldRow*>> parse_fields(std::string_view names) {
  std::vector<const FieldRow*> fields;
  for (const std::string_view part : split(names, ',')) {
    const FieldRow* row = find_field(trim(part));
    if (!row)
      return fail(ErrorCode::kUsage,
                  "Field \"" + printable(trim(part), 100) + "\" is not a valid field to query.",
                  nearest_field(trim(part)));
    fields.push_back(row);
  }
  return fields;
}

namespace {

/// Before 535 the throttle reasons had their alias as their name.
std::string_view name_of(const FieldRow& row, const Compat& compat) {
  const std::string_view name = row.name;
  return compat.branch < 535 && name.starts_with("clocks_event_reasons.") ? row.alias : name;
}

}  // namespace

std::string render_field_header(const std::vector<const FieldRow*>& fields, const CsvFormat& format,
                                const Compat& compat) {
  std::string text;
  for (const FieldRow* row : fields)
    text += (text.empty() ? "" : ", ") + csv_title(name_of(*row, compat), row->unit, format);
  return text + "\n";
}

std::string render_field_row(Board& board, const std::vector<const FieldRow*>& fields,
                             const CsvFormat& format) {
  std::string text;
  bool first = true;
  for (const FieldRow* row : fields) {
    if (!first) text += ", ";
    first = false;
    text += csv_cell(row->read(board, row->ask), row->unit, row->sentinel, format, board.system.compat);
  }
  return text + "\n";
}

std::string render_field_help(const Compat& compat) {
  std::string text = "List of valid properties to query for the switch \"--query-gpu\":\n";
  for (const FieldRow* row : all_fields()) {
    if (row->since > compat.branch) continue;
    text += "\n\"" + std::string(row->name) + "\"";
    if (*row->alias) text += " or \"" + std::string(row->alias) + "\"";
    text += "\n" + std::string(row->about) + "\n";
  }
  return text;
}

}  // namespace nvstack::smi
