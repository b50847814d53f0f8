// The source tree as the house test sees it: files by module, comments and strings blanked, functions with
// lengths.
#pragma once

#include <string>
#include <vector>

namespace house {

struct Function {
  std::string name;
  std::size_t line = 0;
  std::size_t lines = 0;
};

struct SourceFile {
  std::string path;    // from the root: "src/base/text.cpp"
  std::string module;  // "base"; "tests" below tests/
  std::string text;
  std::string code;  // the text with comments and literals blanked, same length
  std::size_t lines = 0;
  bool is_header = false;
  bool is_test = false;
  std::vector<Function> functions;
};

/// Every .hpp, .h and .cpp below src/ and tests/.
std::vector<SourceFile> read_tree(const std::string& root);
std::string read_text(const std::string& path);
std::string blank_literals(const std::string& text);
std::vector<Function> find_functions(const std::string& code);

}  // namespace house
