// Goal: a library is opened, asked for symbols it has and has not, and its absence is an error with its name.
#include "base/dynamic_library.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;

TEST_CASE("a library that is there") {
  const auto library = DynamicLibrary::open("libm.so.6");
  REQUIRE(library);
  CHECK(library->find("cos"));
  CHECK(!library->find("no_such_symbol"));
  CHECK(contains(library->path(), "libm.so.6"));
}

TEST_CASE("a library that is not there") {
  const auto library = DynamicLibrary::open("libnvstack-none.so.1");
  REQUIRE(!library);
  CHECK(library.error().code == ErrorCode::kNotFound);
  CHECK(contains(library.error().message, "libnvstack-none.so.1"));
}
