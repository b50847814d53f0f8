// Makes abi/nvml.h and one linker export map a driver branch from the table data/abi/nvml.abi. Runs at build
// time. usage: make_nvml TABLE FOLDER
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Row = std::vector<std::string>;

[[noreturn]] void stop(const std::string& message) {
  std::fprintf(stderr, "make_nvml: error: %s\n", message.c_str());
  std::exit(1);
}

Row split(const std::string& line) {
  Row row{""};
  for (const char letter : line) {
    if (letter == '\t')
      row.emplace_back();
    else
      row.back() += letter;
  }
  return row;
}

std::vector<Row> read_rows(const std::string& path) {
  std::ifstream file(path);
  if (!file) stop("cannot read " + path);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') rows.push_back(split(line));
  return rows;
}

const std::string& cell(const Row& row, std::size_t index) {
  if (index >= row.size()) stop("a row lacks a cell: " + row[0] + " " + (row.size() > 1 ? row[1] : ""));
  return row[index];
}

/// "12.10" counts after "12.9".
int version_number(const std::string& text) {
  const auto dot = text.find('.');
  return std::atoi(text.c_str()) * 1000 + (dot == std::string::npos ? 0 : std::atoi(text.c_str() + dot + 1));
}

std::string dimensions(const Row& row, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < row.size(); ++i) text += "[" + row[i] + "]";
  return text;
}

/// One struct, union or enum from its first row to `end`; moves `i` onto the last row of it.
std::string render_struct(const std::vector<Row>& rows, std::size_t& i) {
  const std::string kind = rows[i][0], name = cell(rows[i], 1), size = cell(rows[i], 2);
  std::string text = "typedef " + kind + " " + name + " {\n";
  while (rows[++i][0] != "end") {
    const Row& row = rows[i];
    if (row[0] == "open") text += "  " + cell(row, 1) + " {\n";
    if (row[0] == "close") text += "  } " + cell(row, 1) + dimensions(row, 2) + ";\n";
    if (row[0] == "field") text += "  " + cell(row, 1) + " " + cell(row, 2) + dimensions(row, 3) + ";\n";
  }
  // A tag that ends in _t is its own type name; the others get theirs from a `type` row.
  const bool named = name.size() > 2 && name.compare(name.size() - 2, 2, "_t") == 0;
  text += named ? "} " + name + ";\n" : "} " + name + "_tag;\n";
  return text + "NVML_ASSERT_SIZE(" + kind + " " + name + ", " + size + ")\n";
}

std::string render_enum(const std::vector<Row>& rows, std::size_t& i) {
  const std::string name = cell(rows[i], 1);
  std::string values, type = "int";
  while (i + 1 < rows.size() && rows[i + 1][0] == "value") {
    ++i;
    if (std::atoll(cell(rows[i], 2).c_str()) > 0x7fffffff) type = "unsigned int";
    values += "  " + cell(rows[i], 1) + " = " + cell(rows[i], 2) + ",\n";
  }
  return "NVML_ENUM_BEGIN(" + name + ", " + type + ")\n" + values + "NVML_ENUM_END(" + name + ")\n";
}

std::string render_function(const std::vector<Row>& rows, std::size_t& i) {
  const Row& head = rows[i];
  std::string parameters;
  while (i + 1 < rows.size() && rows[i + 1][0] == "param") {
    ++i;
    parameters += (parameters.empty() ? "" : ", ") + cell(rows[i], 1) + " " + cell(rows[i], 2);
  }
  return cell(head, 4) + " " + cell(head, 1) + "(" + (parameters.empty() ? "void" : parameters) + ");\n";
}

std::string render_header(const std::vector<Row>& rows) {
  std::string text =
      "// Made from data/abi/nvml.abi. One name is one layout for ever: an unversioned name is the v1 "
      "layout.\n"
      "#pragma once\n"
      "#ifdef __cplusplus\n"
      "#define NVML_ENUM_BEGIN(name, type) enum name : type {\n"
      "#define NVML_ENUM_END(name) };\n"
      "#define NVML_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size), #type);\n"
      "extern \"C\" {\n"
      "#else\n"
      "#define NVML_ENUM_BEGIN(name, type) typedef enum {\n"
      "#define NVML_ENUM_END(name) } name;\n"
      "#define NVML_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type);\n"
      "#endif\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& kind = rows[i][0];
    if (kind == "type") text += "typedef " + cell(rows[i], 2) + " " + cell(rows[i], 1) + ";\n";
    if (kind == "constant") text += "#define " + cell(rows[i], 1) + " " + cell(rows[i], 2) + "\n";
    if (kind == "enum") text += render_enum(rows, i);
    if (kind == "struct" || kind == "union") text += render_struct(rows, i);
    if (kind == "function") text += render_function(rows, i);
  }
  return text +
         "#ifdef __cplusplus\n}\n#endif\n#undef NVML_ENUM_BEGIN\n#undef NVML_ENUM_END\n#undef "
         "NVML_ASSERT_SIZE\n";
}

std::string render_map(const std::vector<Row>& rows, const std::string& header_version) {
  std::string text = "{\n  global:\n";
  for (const Row& row : rows)
    if (row[0] == "function" && version_number(cell(row, 2)) <= version_number(header_version))
      text += "    " + row[1] + ";\n";
  return text + "  local: *;\n};\n";
}

/// NVML_FUNCTION(name, since) for tests and documents that walk over all names.
std::string render_names(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows)
    if (row[0] == "function") text += "NVML_FUNCTION(" + row[1] + ", \"" + cell(row, 2) + "\")\n";
  return text;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text) || !file.flush()) stop("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) stop("usage: make_nvml TABLE FOLDER");
  const std::vector<Row> rows = read_rows(argv[1]);
  const std::string folder = argv[2];
  write(folder + "/abi/nvml.h", render_header(rows));
  write(folder + "/abi/nvml_functions.inc", render_names(rows));
  for (const Row& row : rows)
    if (row[0] == "driver")
      write(folder + "/abi/nvml-" + cell(row, 1) + ".map", render_map(rows, cell(row, 2)));
}
