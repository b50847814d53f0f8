#include "catalog/table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::catalog {

namespace {

constexpr std::size_t kRowsMax = 100'000;
constexpr std::size_t kColumnsMax = 64;

tl::unexpected<Error> wrong(const std::string& table, std::size_t line, const std::string& what) {
  return fail(ErrorCode::kMalformed, table + " line " + std::to_string(line) + ": " + what,
              "docs/make/add-a-fact.md says how a table is written");
}

/// The second column of a name could never be read.
bool has_twins(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end(), [](const auto& left, const auto& right) {
    return left == right && !left.empty();
  });
  return twin != names.end();
}

}  // namespace

std::string_view Row::operator[](std::string_view column) const {
  const std::size_t at = table_->column_index(column);
  const Table::Run& run = table_->rows_[index_];
  return at < run.count ? table_->cells_[run.first + at] : std::string_view();
}

std::vector<std::string_view> Row::values(std::string_view column) const {
  const std::string_view cell = (*this)[column];
  return cell.empty() ? std::vector<std::string_view>{} : split(cell, '\n');
}

std::size_t Row::line() const {
  return table_->rows_[index_].line;
}

std::size_t Table::column_index(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i] == name) return i;
  return columns_.size();
}

Result<Table> Table::parse(std::string name, std::string text) {
  Table table;
  table.name_ = std::move(name);
  if (!is_utf8(text) || has_control_bytes(text))
    return fail(ErrorCode::kMalformed, table.name_ + " is not text in UTF-8");
  for (const std::string_view line : split_lines(text)) {
    if (line.substr(0, 1) != "#") break;
    if (line.starts_with("# source:")) table.source_ = trim(line.substr(9));
    if (line.starts_with("# date:")) table.date_ = trim(line.substr(7));
  }
  if (table.source_.empty() || table.date_.empty())
    return wrong(table.name_, 1, "a table opens with \"# source:\" and \"# date:\"");
  table.text_ = std::make_unique<const std::string>(std::move(text));
  TRY(table.name_.ends_with(".tsv") ? table.parse_tsv(*table.text_) : table.parse_records(*table.text_));
  return table;
}

Status Table::begin_row(std::size_t line) {
  if (rows_.size() == kRowsMax) return wrong(name_, line, "more than 100000 rows");
  rows_.push_back({cells_.size(), 0, line});
  return {};
}

Status Table::parse_tsv(std::string_view text) {
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (columns_.empty()) {
      for (const std::string_view cell : split(line, '\t')) columns_.emplace_back(cell);
      if (columns_.size() > kColumnsMax) return wrong(name_, number, "more than 64 columns");
      if (has_twins(columns_)) return wrong(name_, number, "two columns of one name");
      continue;
    }
    TRY(begin_row(number));
    for (std::size_t start = 0; start <= line.size(); ++rows_.back().count) {
      const std::size_t end = std::min(line.find('\t', start), line.size());
      cells_.push_back(line.substr(start, end - start));
      start = end + 1;
    }
    if (rows_.back().count > columns_.size())
      return wrong(name_, number, "more cells than the head line has columns");
  }
  return {};
}

Status Table::add_field(std::vector<std::string>& cells, std::string_view line, std::size_t number) {
  const auto parts = cut(line, ":");
  if (!parts || parts->first.empty() || contains(parts->first, " "))
    return wrong(name_, number, "expected \"key: value\"");
  std::size_t at = column_index(parts->first);
  if (at == columns_.size()) {
    if (at == kColumnsMax) return wrong(name_, number, "more than 64 different keys");
    columns_.emplace_back(parts->first);
  }
  if (cells.size() <= at) cells.resize(at + 1);
  if (!cells[at].empty()) cells[at] += '\n';
  cells[at] += trim(parts->second);
  return {};
}

Status Table::parse_records(std::string_view text) {
  std::vector<std::string> cells;
  std::size_t number = 0, first_line = 0, last_field = 0;
  const auto end_row = [&]() -> Status {
    if (cells.empty()) return {};
    TRY(begin_row(first_line));
    for (std::string& cell : cells) cells_.push_back(joined_.emplace_back(std::move(cell)));
    rows_.back().count = cells.size();
    cells.clear();
    return {};
  };
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.substr(0, 1) == "#") continue;
    if (trim(line).empty()) {
      TRY(end_row());
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (cells.empty()) return wrong(name_, number, "a continuation without a field above it");
      cells[last_field] += (cells[last_field].empty() ? "" : " ") + std::string(trim(line));
    } else {
      if (cells.empty()) first_line = number;
      TRY(add_field(cells, line, number));
      last_field = column_index(line.substr(0, line.find(':')));
    }
  }
  return end_row();
}

}  // namespace nvstack::catalog
