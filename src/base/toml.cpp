#include "base/toml.hpp"

#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/impl/preprocessor.h>

// The parser asserts what foreign bytes can break, as in "[=]": it would end the program, or go on in a release build.
// Whether a later version of toml++ refuses such bytes by itself shows when the hostile cases of its test pass without this.
namespace nvstack {
struct BrokenToml {};
[[noreturn]] static void refuse_broken_toml() { throw BrokenToml{}; }
}  // namespace nvstack
#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT(expression) ((expression) ? void(0) : nvstack::refuse_broken_toml())
#define TOML_ASSERT_ASSUME(expression) TOML_ASSERT(expression)
#include <toml++/toml.h>

namespace nvstack {

namespace {

Json convert(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) object.set(std::string(key.str()), convert(value));
    return object;
  }
  if (const auto* array = node.as_array()) {
    Json list = Json::array();
    for (const auto& value : *array) list.add(convert(value));
    return list;
  }
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* whole = node.as_integer()) return Json(static_cast<std::int64_t>(whole->get()));
  if (const auto* real = node.as_floating_point()) return Json(real->get());
  if (const auto* flag = node.as_boolean()) return Json(flag->get());
  return Json("date");
}

}  // namespace

Result<Json> parse_toml(std::string_view text, const std::string& where) try {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return convert(parsed.table());
  const auto& error = parsed.error();
  return fail(ErrorCode::kMalformed,
              where + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
              "it must be TOML: key = value, [table], [[list of tables]]");
} catch (const BrokenToml&) {
  return fail(ErrorCode::kMalformed, where + ": a table's name is broken",
              "it must be TOML: key = value, [table], [[list of tables]]");
}

}  // namespace nvstack
