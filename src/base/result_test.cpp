// Goal: errors keep their context on the way up, messages fill their places, files are written whole.
#include "base/result.hpp"

#include <doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fd.hpp"
#include "base/message.hpp"

using namespace nvstack;

namespace {
Result<int> inner(bool works) {
  if (!works) return fail(ErrorCode::kMalformed, "bad number", "fix line 3");
  return 7;
}
Result<int> outer(bool works) {
  const int value = TRY_AS("reading /a", inner(works));
  return value + 1;
}
}  // namespace

TEST_CASE("TRY passes values and errors, with context") {
  CHECK(outer(true) == 8);
  const auto failed = outer(false);
  CHECK(failed.error().text() == "reading /a: bad number");
  CHECK(failed.error().hint == "fix line 3");
  CHECK(error_code_name(failed.error().code) == "malformed");
}

TEST_CASE("a message fills its places and leaves unknown ones") {
  const Message message("{a} of {b} in {c}", {{"a", "1"}, {"b", "{a}"}});
  CHECK(render_english(message) == "1 of {a} in {c}");
  CHECK(render_english(Message("open { brace")) == "open { brace");
  CHECK(render(Message("")).empty());
}

TEST_CASE("a file is written whole or not at all") {
  const std::string path = std::filesystem::temp_directory_path() / ("nvstack-" + std::to_string(::getpid()));
  REQUIRE(write_file_atomically(path, "one"));
  REQUIRE(write_file_atomically(path, "two"));
  std::string text;
  std::ifstream(path) >> text;
  CHECK(text == "two");
  std::filesystem::remove(path);
  CHECK(write_file_atomically("/no/such/directory/file", "x").error().code == ErrorCode::kNotFound);
}
