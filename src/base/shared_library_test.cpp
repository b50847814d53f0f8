#include "base/shared_library.hpp"

#include <doctest.h>

using namespace nvstack;

TEST_CASE("a library that is not there answers with the loader's words") {
  const auto library = SharedLibrary::open("libnvstack-no-such.so.7");
  REQUIRE_FALSE(library);
  CHECK(library.error().code == ErrorCode::kNotFound);
  CHECK(library.error().message.find("libnvstack-no-such.so.7") != std::string::npos);
}

TEST_CASE("names that are there and names that are not") {
  auto library = SharedLibrary::open("libc.so.6");
  REQUIRE(library);
  using Length = std::size_t (*)(const char*);
  const auto length = library->function<Length>("strlen");
  const bool there = length != nullptr;
  REQUIRE(there);
  CHECK(length("four") == 4);
  CHECK(library->symbol("nvstack_no_such_name") == nullptr);
  CHECK(library->path().find("libc.so.6") != std::string::npos);
  CHECK(library->require("strlen"));
  const auto missing = library->require("nvstack_no_such_name");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("nvstack_no_such_name") != std::string::npos);
  const SharedLibrary moved = std::move(*library);
  CHECK(moved.symbol("strlen") != nullptr);
}
