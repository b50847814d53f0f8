// Goal: every sentence for people has a Chinese translation with the same {places}. Method: collect N_("...")
// from the sources and the text columns of the tables, ask gettext for each. --template prints what a
// translator fills in.
#include <libintl.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "base/message.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"

namespace fs = std::filesystem;
using namespace nvstack;

namespace {

/// The columns of each table that people read.
const std::map<std::string, std::vector<std::string>> kTextColumns = {
    {"rules.rec", {"summary", "cause", "cure"}},
    {"explain.rec", {"title", "text", "seen", "normal", "do"}},
    {"use_cases.rec", {"title", "text", "need", "not_needed"}},
    {"xids.tsv", {"meaning", "cure"}},
    {"sxids.tsv", {"meaning", "cure"}},
    {"nvlink_rules.tsv", {"meaning", "cure"}},
    {"module_parameters.tsv", {"meaning"}},
    {"commands.rec", {"what", "reason"}},
    {"branches.tsv", {"note"}},
    {"cuda_errors.tsv", {"meaning", "cure"}},
    {"torch_issues.rec", {"text", "cure"}},
    {"cuda_steps.rec", {"what", "reason"}},
};

using Messages = std::map<std::string, std::string>;  // text -> where it stands

/// One C string literal at `at` (its opening quote); returns the place behind it.
std::size_t read_literal(const std::string& code, std::size_t at, std::string& out) {
  for (++at; at < code.size() && code[at] != '"'; ++at) {
    if (code[at] != '\\') {
      out += code[at];
      continue;
    }
    const char escaped = code[++at];
    out += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return at + 1;
}

void collect_source(const fs::path& path, Messages& messages) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string code = text.str();
  for (std::size_t at = code.find("N_("); at != std::string::npos; at = code.find("N_(", at + 3)) {
    if (at > 0 && (std::isalnum(static_cast<unsigned char>(code[at - 1])) || code[at - 1] == '_')) continue;
    std::string message;
    std::size_t next = code.find_first_not_of(" \n", at + 3);
    while (next < code.size() && code[next] == '"')
      next = code.find_first_not_of(" \n", read_literal(code, next, message));
    if (!message.empty()) messages.emplace(message, path.filename());
  }
}

Messages collect(const std::string& source) {
  Messages messages;
  for (const auto& entry : fs::recursive_directory_iterator(source + "/src")) {
    const std::string name = entry.path().filename();
    if ((name.ends_with(".cpp") || name.ends_with(".hpp")) && !name.ends_with("_test.cpp") &&
        !name.starts_with("test_"))
      collect_source(entry.path(), messages);
  }
  const catalog::Catalog catalog;
  for (const auto& [name, columns] : kTextColumns) {
    const auto table = catalog.table(name);
    if (!table) continue;
    for (std::size_t i = 0; i < (*table)->size(); ++i)
      for (const std::string& column : columns)
        if (const std::string text((*table)->row(i)[column]); !text.empty()) messages.emplace(text, name);
  }
  return messages;
}

std::multiset<std::string> places_of(const std::string& text) {
  std::multiset<std::string> places;
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    const std::string name = text.substr(open, close - open + 1);
    if (name.find_first_not_of("{}abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos)
      places.insert(name);
  }
  return places;
}

std::string escaped(const std::string& text) {
  std::string out = replace_all(text, "\\", "\\\\");
  return replace_all(replace_all(std::move(out), "\"", "\\\""), "\n", "\\n");
}

void print_template(const Messages& messages, const std::string& wanted) {
  for (const auto& [text, where] : messages)
    if (wanted.empty() || where == wanted || (wanted == "src" && where.find(".cpp") != std::string::npos))
      std::printf("#: %s\nmsgid \"%s\"\nmsgstr \"\"\n\n", where.c_str(), escaped(text).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const Messages messages = collect(argv[1]);
  if (std::string(argv[2]) == "--template") {
    print_template(messages, argc > 3 ? argv[3] : "");
    return 0;
  }
  choose_language("zh_CN", argv[2]);
  int missing = 0, broken = 0;
  for (const auto& [text, where] : messages) {
    const char* translated = dgettext("nvstack", text.c_str());
    if (translated == text.c_str()) {
      if (++missing <= 20) std::printf("%s: no translation: %s\n", where.c_str(), escaped(text).c_str());
    } else if (places_of(text) != places_of(translated)) {
      std::printf("%s: other {places} in the translation of: %s\n", where.c_str(), escaped(text).c_str());
      ++broken;
    }
  }
  std::printf("%zu messages, %d without a translation, %d with other places\n", messages.size(), missing,
              broken);
  return missing + broken == 0 && !messages.empty() ? 0 : 1;
}
