// Table is every published fact of data/: rows of named columns, from one parser. Two ways to write it: .tsv
// (a head line, then one row a line) and .rec ("key: value" lines, a blank line between rows, indented lines
// continue). Both open with "# source:" and "# date:" comments, without which a table is refused.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nvstack::catalog {

class Table;

class Row {
 public:
  Row(const Table& table, std::size_t index) : table_(&table), index_(index) {}
  /// The cell, or "" when the row has none. A key given several times is one cell, its values joined by '\n'.
  std::string_view operator[](std::string_view column) const;
  /// The cell's values (lines).
  std::vector<std::string_view> values(std::string_view column) const;
  std::size_t line() const;

 private:
  const Table* table_;
  std::size_t index_;
};

class Table {
 public:
  /// `name` is the file's name; its ending decides the syntax. Errors are kMalformed and name the line.
  static Result<Table> parse(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& source() const { return source_; }
  const std::string& date() const { return date_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t size() const { return rows_.size(); }
  Row row(std::size_t index) const { return Row(*this, index); }

 private:
  friend class Row;
  std::size_t column_index(std::string_view name) const;
  Status parse_tsv(std::string_view text);
  Status parse_records(std::string_view text);
  Status add_field(std::vector<std::string>& cells, std::string_view line, std::size_t number);
  Status begin_row(std::size_t line);

  /// A row is a run of cells_.
  struct Run {
    std::size_t first = 0, count = 0, line = 0;
  };
  std::string name_, source_, date_;
  std::vector<std::string> columns_;
  std::vector<Run> rows_;
  std::vector<std::string_view> cells_;  // into *text_ or joined_: thousands of cells, few allocations
  std::unique_ptr<const std::string> text_;
  std::deque<std::string> joined_;  // cells of record files, put together from several lines
};

}  // namespace nvstack::catalog
