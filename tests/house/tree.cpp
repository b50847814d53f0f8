#include "tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace house {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

namespace {

/// The end of a raw string literal that starts at `at` (the R), or npos when there is none.
std::size_t raw_string_end(const std::string& text, std::size_t at) {
  if (text.compare(at, 2, "R\"") != 0 ||
      (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_')))
    return std::string::npos;
  const std::size_t open = text.find('(', at);
  if (open == std::string::npos) return open;
  const std::string close = ")" + text.substr(at + 2, open - at - 2) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string::npos ? end : end + close.size();
}

std::size_t literal_end(const std::string& text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

}  // namespace

std::string blank_literals(const std::string& text) {
  std::string code = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < code.size(); ++i)
      if (code[i] != '\n') code[i] = ' ';
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text.compare(at, 2, "//") == 0) {
      end = std::min(text.find('\n', at), text.size());
      blank(at, end);
    } else if (text.compare(at, 2, "/*") == 0) {
      end = std::min(text.find("*/", at), text.size() - 2) + 2;
      blank(at, end);
    } else if (const std::size_t raw = raw_string_end(text, at); raw != std::string::npos) {
      end = raw;
      blank(at + 1, end);
    } else if (text[at] == '"' ||
               (text[at] == '\'' && (at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]))))) {
      end = literal_end(text, at);
      blank(at, end);
    }
    at = end;
  }
  return code;
}

namespace {

std::string last_word_before_paren(const std::string& head) {
  const std::size_t paren = head.find('(');
  if (paren == std::string::npos) return "";
  std::size_t end = paren;
  while (end > 0 && std::isspace(static_cast<unsigned char>(head[end - 1]))) --end;
  std::size_t start = end;
  while (start > 0 && (std::isalnum(static_cast<unsigned char>(head[start - 1])) || head[start - 1] == '_' ||
                       head[start - 1] == ':'))
    --start;
  return head.substr(start, end - start);
}

/// Is the text before a '{' the head of a function (and not of a type, a namespace or an initializer)?
bool is_function_head(const std::string& head) {
  if (head.find('(') == std::string::npos) return false;
  std::istringstream words(head);
  std::string first;
  words >> first;
  for (const char* other : {"namespace", "class", "struct", "enum", "union"})
    if (first == other) return false;
  const std::size_t equals = head.find('=');
  return equals == std::string::npos || equals > head.find('(');
}

}  // namespace

std::vector<Function> find_functions(const std::string& code) {
  std::vector<Function> found;
  struct Scope {
    bool function;
    std::size_t start_line;
    std::string name;
  };
  std::vector<Scope> scopes;
  std::string head;
  std::size_t line = 1, head_line = 1;
  bool preprocessor = false;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '\n') {
      if (!(preprocessor && at > 0 && code[at - 1] == '\\')) preprocessor = false;
      ++line;
    }
    if (c == '#' && head.find_first_not_of(" \n") == std::string::npos) preprocessor = true;
    if (preprocessor) continue;
    const bool inside =
        std::any_of(scopes.begin(), scopes.end(), [](const Scope& scope) { return scope.function; });
    if (c == '{') {
      scopes.push_back(
          {!inside && is_function_head(head), head_line, inside ? "" : last_word_before_paren(head)});
      head.clear();
    } else if (c == '}') {
      if (!scopes.empty()) {
        const Scope scope = scopes.back();
        scopes.pop_back();
        if (scope.function) found.push_back({scope.name, scope.start_line, line - scope.start_line + 1});
      }
      head.clear();
    } else if (c == ';') {
      head.clear();
    } else {
      if (head.find_first_not_of(" \n") == std::string::npos && !std::isspace(static_cast<unsigned char>(c)))
        head_line = line;
      head += c;
    }
  }
  return found;
}

std::vector<SourceFile> read_tree(const std::string& root) {
  std::vector<SourceFile> files;
  for (const char* top : {"src", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root + "/" + top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".h") continue;
      SourceFile file;
      file.path = fs::relative(entry.path(), root);
      file.module = std::string(top) == "tests" ? "tests" : entry.path().parent_path().filename().string();
      file.text = read_text(entry.path());
      file.code = blank_literals(file.text);
      file.lines = static_cast<std::size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
      file.is_header = extension != ".cpp";
      file.is_test = file.module == "tests" || file.path.ends_with("_test.cpp") ||
                     file.path.find("/test_") != std::string::npos;
      file.functions = find_functions(file.code);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace house
