// Goal: HOUSE.md's rules that a machine can see hold for the whole tree. Method: read the sources, compare
// with the tables of ARCHITECTURE.md, print each breach as path:line. The limits only ever go down.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tree.hpp"

namespace house {

namespace {

constexpr std::size_t kFileLinesMax = 500;
constexpr std::size_t kFunctionLinesMax = 60;
constexpr std::size_t kFunctionLinesP95 = 40;
constexpr std::size_t kFileLinesMedian = 120;
constexpr double kTestRatioMin = 0.6;

int breaches = 0;

void breach(const std::string& where, const std::string& what) {
  std::printf("%s: %s\n", where.c_str(), what.c_str());
  ++breaches;
}

std::string at_line(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The cells of a markdown table row, trimmed.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  std::string cell;
  std::getline(stream, cell, '|');
  while (std::getline(stream, cell, '|')) {
    const std::size_t start = cell.find_first_not_of(' '), end = cell.find_last_not_of(' ');
    cells.push_back(start == std::string::npos ? "" : cell.substr(start, end - start + 1));
  }
  return cells;
}

struct Rules {
  std::map<std::string, std::set<std::string>> may_include;  // module -> modules
  std::map<std::string, std::string> homes;                  // heavy header prefix -> file below src/
};

Rules read_rules(const std::string& architecture) {
  Rules rules;
  std::string table;
  for (const std::string& line : lines_of(architecture)) {
    const auto cells = cells_of(line);
    if (line.empty() || line[0] != '|' || cells.empty() || cells[0].starts_with("-")) {
      if (line.empty()) table.clear();
      continue;
    }
    if (table.empty()) {
      table = cells[0];
    } else if (table == "ring" && cells.size() == 4) {
      std::istringstream names(cells[3]);
      auto& allowed = rules.may_include[cells[1]];
      allowed.insert(cells[1]);
      for (std::string name; names >> name;) allowed.insert(name);
    } else if (table == "header" && cells.size() == 2) {
      rules.homes[cells[0]] = cells[1];
    }
  }
  return rules;
}

/// `#include "x/y.hpp"` or <x>: the name between the marks, by line.
std::vector<std::pair<std::size_t, std::string>> includes_of(const SourceFile& file) {
  std::vector<std::pair<std::size_t, std::string>> found;
  std::size_t number = 0;
  for (const std::string& line : lines_of(file.text)) {
    ++number;
    if (!line.starts_with("#include ")) continue;
    const std::size_t open = line.find_first_of("<\""), close = line.find_last_of(">\"");
    if (open != std::string::npos && close > open)
      found.emplace_back(number, line.substr(open, close - open + 1));
  }
  return found;
}

/// What a test beside a unit may include: also what the modules below its own may, because it builds their
/// values.
std::set<std::string> reach_of(const std::string& module, const Rules& rules) {
  std::set<std::string> reach = {module};
  for (std::size_t before = 0; before != reach.size();) {
    before = reach.size();
    for (const std::string& name : std::set<std::string>(reach))
      if (const auto row = rules.may_include.find(name); row != rules.may_include.end())
        reach.insert(row->second.begin(), row->second.end());
  }
  return reach;
}

void check_includes(const SourceFile& file, const Rules& rules) {
  if (file.module == "tests") return;
  const auto allowed = rules.may_include.find(file.module);
  if (allowed == rules.may_include.end())
    return breach(file.path, "its module has no row in ARCHITECTURE.md");
  for (const auto& [line, quoted] : includes_of(file)) {
    const std::string name = quoted.substr(1, quoted.size() - 2);
    for (const auto& [prefix, home] : rules.homes)
      if (name.starts_with(prefix) && file.path != "src/" + home)
        breach(at_line(file, line), "<" + name + "> has its home in " + home);
    if (quoted[0] == '"' && name.find('/') != std::string::npos) {
      const std::string target = name.substr(0, name.find('/'));
      if (!(file.is_test ? reach_of(file.module, rules) : allowed->second).contains(target))
        breach(at_line(file, line), file.module + " may not include " + target);
    }
    const bool library = file.module != "cli" && file.module != "bin" && !file.is_test;
    if (name == "regex" || (library && name == "iostream"))
      breach(at_line(file, line), "<" + name + "> is not used here");
  }
}

void check_sizes(const SourceFile& file) {
  if (file.lines > kFileLinesMax)
    breach(file.path, std::to_string(file.lines) + " lines; a file has at most 500");
  for (const Function& function : file.functions)
    if (function.lines > kFunctionLinesMax)
      breach(at_line(file, function.line),
             function.name + " has " + std::to_string(function.lines) + " lines; a function has at most 60");
  if (file.module == "bin" && file.lines >= 20) breach(file.path, "a main has under 20 lines");
}

void check_header(const SourceFile& file) {
  if (!file.is_header) return;
  if (!file.text.starts_with("// "))
    breach(file.path, "a header opens with a sentence that says what it is for");
  const std::string head = file.text.substr(0, file.text.find("#pragma once"));
  if (head == file.text) breach(file.path, "no #pragma once");
  if (head.find(". ") == std::string::npos && head.find(".\n") == std::string::npos)
    breach(file.path, "its opening comment is no sentence");
}

bool has_word(const std::string& line, const std::string& word) {
  for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const auto is_name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == ':' || c == '>';
    };
    if ((at == 0 || !is_name(line[at - 1]) || word[0] == 'T' || word[0] == 'F')) return true;
  }
  return false;
}

/// Decisions and facts look only through Host: the calls that would go around it.
const std::set<std::string> kPureModules = {"facts", "plan", "doctor", "framework"};
const std::vector<std::string> kOutsideCalls = {"open(",  "fopen(",   "getenv(",        "system(",
                                                "popen(", "ifstream", "std::filesystem"};

void check_words(const SourceFile& file) {
  const auto code = lines_of(file.code), text = lines_of(file.text);
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (const char* mark : {"TO"
                             "DO",
                             "FIX"
                             "ME",
                             "XXX"
                             ":"})
      if (text[i].find(mark) != std::string::npos)
        breach(at_line(file, i + 1), std::string("an open ") + mark);
    for (const char* kind : {"class ", "struct "}) {
      if (!code[i].starts_with(kind)) continue;
      std::istringstream words(code[i]);
      std::string keyword, name;
      words >> keyword >> name;
      for (const char* bad : {"Manager", "Helper", "Util", "Handler", "Info", "Data"})
        if (name.ends_with(bad))
          breach(at_line(file, i + 1), "the type name " + name + " says nothing (" + bad + ")");
    }
    if (!kPureModules.contains(file.module) || file.is_test) continue;
    for (const std::string& call : kOutsideCalls)
      if (has_word(code[i], call)) breach(at_line(file, i + 1), call + " goes around Host");
  }
}

void check_links(const std::string& cmake, const Rules& rules) {
  for (const std::string& line : lines_of(cmake)) {
    if (!line.starts_with("nvstack_module(")) continue;
    std::istringstream words(line.substr(15, line.find(')') - 15));
    std::string module, word;
    words >> module;
    bool depends = false;
    std::set<std::string> linked = {module};
    while (words >> word) {
      if (word == "DEPENDS") depends = true;
      if (word == "LIBRARIES") depends = false;
      if (depends && word != "DEPENDS") linked.insert(word);
    }
    auto allowed =
        rules.may_include.contains(module) ? rules.may_include.at(module) : std::set<std::string>();
    allowed.erase("-");
    if (linked != allowed)
      breach("src/CMakeLists.txt", module + " links other modules than ARCHITECTURE.md lets it include");
  }
}

std::size_t at_fraction(std::vector<std::size_t> values, double fraction) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * fraction)];
}

void check_distribution(const std::vector<SourceFile>& files) {
  std::vector<std::size_t> file_lines, function_lines;
  std::size_t test_lines = 0, production_lines = 0;
  for (const SourceFile& file : files) {
    (file.is_test ? test_lines : production_lines) += file.lines;
    file_lines.push_back(file.lines);
    if (!file.is_test)
      for (const Function& function : file.functions) function_lines.push_back(function.lines);
  }
  const double ratio =
      static_cast<double>(test_lines) / static_cast<double>(std::max<std::size_t>(production_lines, 1));
  const std::size_t median = at_fraction(file_lines, 0.5), p95 = at_fraction(function_lines, 0.95);
  std::printf(
      "house: %zu files, median %zu lines; %zu functions, median %zu, 95th percentile %zu, longest %zu "
      "lines; test lines / production lines %.2f\n",
      files.size(), median, function_lines.size(), at_fraction(function_lines, 0.5), p95,
      at_fraction(function_lines, 1), ratio);
  if (median > kFileLinesMedian) breach("src", "the median file is longer than 120 lines");
  if (p95 > kFunctionLinesP95) breach("src", "the 95th percentile of functions is longer than 40 lines");
  if (ratio < kTestRatioMin) breach("src", "fewer than 0.6 test lines for a production line");
}

}  // namespace

int check_tree(const std::string& root) {
  const Rules rules = read_rules(read_text(root + "/ARCHITECTURE.md"));
  if (rules.may_include.size() < 5 || rules.homes.empty())
    breach("ARCHITECTURE.md", "its tables could not be read");
  const auto files = read_tree(root);
  for (const SourceFile& file : files) {
    check_includes(file, rules);
    check_sizes(file);
    check_header(file);
    check_words(file);
  }
  check_links(read_text(root + "/src/CMakeLists.txt"), rules);
  check_distribution(files);
  return breaches;
}

}  // namespace house

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int found = house::check_tree(argv[1]);
  std::printf("house: %d breaches\n", found);
  return found == 0 ? 0 : 1;
}
