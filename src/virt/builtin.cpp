#include "virt/builtin.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "base/toml.hpp"

// Declared by the assembler file that cmake/data.cmake writes.
#define NVSTACK_DATA(symbol, name)               \
  extern "C" const char nvstack_data_##symbol[]; \
  extern "C" const char nvstack_data_##symbol##_end[];
#include "virt_data_names.inc"
#undef NVSTACK_DATA

namespace nvstack::virt {

namespace {

struct Embedded {
  std::string_view name;  // "boards/rtx4090.toml"
  const char* begin;
  const char* end;
  std::string text() const { return {begin, end}; }
};

#define NVSTACK_DATA(symbol, name) Embedded{name, nvstack_data_##symbol, nvstack_data_##symbol##_end},
constexpr Embedded kEmbedded[] = {
#include "virt_data_names.inc"
};
#undef NVSTACK_DATA

constexpr std::size_t kFileBytesMax = 4u << 20;

Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "cannot read " + path, "");
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kFileBytesMax)
    return fail(ErrorCode::kTooLarge, path + " is larger than 4 MiB", "a scenario is a short TOML file");
  return text;
}

/// The names in one folder of the program's files: "boards" or "scenarios".
std::vector<std::string> names_in(std::string_view folder) {
  std::vector<std::string> names;
  for (const Embedded& file : kEmbedded)
    if (file.name.starts_with(std::string(folder) + "/"))
      names.emplace_back(file.name.substr(folder.size() + 1, file.name.size() - folder.size() - 6));
  return names;
}

Result<std::string> find_embedded(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name + ".toml";
  for (const Embedded& file : kEmbedded)
    if (file.name == path) return file.text();
  const auto near = nearest_word(name, names_in(folder));
  return fail(ErrorCode::kNotFound,
              "no " + folder.substr(0, folder.size() - 1) + " named \"" + printable(name, 60) + "\"",
              near ? "did you mean " + *near + "?"
                   : (folder == "boards" ? "data/boards has the known ones"
                                         : "nvstack virt list shows the known ones"));
}

}  // namespace

Result<std::string> BuiltinLibrary::board_text(const std::string& id) const {
  if (!folder_.empty() && id.find('/') == std::string::npos)
    if (auto text = read_text_file(folder_ + "/boards/" + id + ".toml")) return text;
  return find_embedded("boards", id);
}

Result<std::string> BuiltinLibrary::scenario_text(const std::string& name) const {
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) return read_text_file(name);
  if (!folder_.empty())
    if (auto text = read_text_file(folder_ + "/" + name + ".toml")) return text;
  return find_embedded("scenarios", name);
}

std::vector<ScenarioName> BuiltinLibrary::scenarios() const {
  std::vector<ScenarioName> all;
  for (const std::string& name : names_in("scenarios")) {
    const auto text = find_embedded("scenarios", name);
    const auto parsed = text ? parse_toml(*text, name) : Result<Json>(Json::object());
    all.push_back({name, parsed ? parsed->text("summary") : ""});
  }
  return all;
}

std::vector<std::string> BuiltinLibrary::boards() {
  return names_in("boards");
}

Result<Scenario> load_scenario(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  const bool is_file = slash != std::string::npos || name.ends_with(".toml");
  const BuiltinLibrary library(is_file ? (slash == std::string::npos ? "." : name.substr(0, slash)) : "");
  const std::string text = TRY(library.scenario_text(name));
  Scenario scenario = TRY(parse_scenario(text, is_file ? name : name + ".toml", library));
  if (scenario.name.empty())
    scenario.name = is_file ? name.substr(slash == std::string::npos ? 0 : slash + 1) : name;
  return scenario;
}

}  // namespace nvstack::virt
