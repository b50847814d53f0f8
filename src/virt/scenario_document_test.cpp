// Goal: docs/formats/scenario.md names every key that the parsers read and every reading and text with its
// life, and no value that is not there.
#include <doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "virt/board_values.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

std::string source_file(const std::string& path) {
  const char* root = std::getenv("NVSTACK_SOURCE");
  std::ostringstream text;
  text << std::ifstream(std::string(root ? root : ".") + "/" + path).rdbuf();
  REQUIRE_MESSAGE(text.str().size() > 100, path);
  return text.str();
}

/// The keys that a parser asks for: what stands in `keys.text("...")` and its kin.
std::set<std::string> keys_in(const std::string& source) {
  std::set<std::string> keys;
  for (const char* call : {"keys.text(\"", "keys.flag(\"", "keys.whole(\"", "keys.whole64(\"", "keys.real(\"",
                           "keys.hexadecimal(\"", "keys.texts(\"", "keys.wholes(\"", "keys.table(\"",
                           "keys.tables(\"", "thermal.real(\""})
    for (std::size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1)) {
      const std::size_t start = at + std::string(call).size();
      keys.insert(source.substr(start, source.find('"', start) - start));
    }
  return keys;
}

std::string life_word(channel::Life life) {
  switch (life) {
    case channel::Life::kFixed: return "fixed";
    case channel::Life::kGpu: return "GPU";
    case channel::Life::kModule: return "module";
    case channel::Life::kBoard: return "board";
  }
  return "";
}

}  // namespace

TEST_CASE("every key is explained") {
  const std::string document = source_file("docs/formats/scenario.md");
  std::set<std::string> keys = keys_in(source_file("src/virt/scenario_parse.cpp"));
  keys.merge(keys_in(source_file("src/virt/board_parse.cpp")));
  CHECK(keys.size() > 50);
  for (const std::string& key : keys)
    CHECK_MESSAGE((contains(document, "`" + key + "`") || contains(document, "[" + key + "]")), key);
}

TEST_CASE("every reading and text is explained, with its life") {
  const std::string document = source_file("docs/formats/scenario.md");
  const std::string tables = document.substr(document.find("## Readings"));
  std::set<std::string> named;
  for (const std::string_view line : split_lines(tables)) {
    const auto cells = split(line, '|');
    if (cells.size() < 4 || !trim(cells[1]).starts_with("`")) continue;
    const std::string name(trim(cells[1]).substr(1, trim(cells[1]).size() - 2));
    CHECK_MESSAGE(named.insert(name).second, name);
    if (const auto reading = find_reading(name)) {
      CHECK_MESSAGE(trim(cells[3]) == life_word(reading_life(*reading)), name);
      CHECK_MESSAGE(!trim(cells[2]).empty(), name);
    } else {
      CHECK_MESSAGE(find_text(name).has_value(), name);
    }
  }
  CHECK(named.size() == channel::kReadings + channel::kTexts);
}
