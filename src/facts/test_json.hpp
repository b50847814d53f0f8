// What the tests of the topics' JSON ask of it: the names of an object's members, the first of a list.
#pragma once

#include <doctest.h>

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace nvstack::facts::test {

inline std::string keys(const Json& json) {
  std::vector<std::string> names;
  if (json.members())
    for (const auto& [name, value] : *json.members()) names.push_back(name);
  return join(names, " ");
}

inline const Json& first(const Json& list) {
  REQUIRE(list.items());
  REQUIRE(!list.items()->empty());
  return list.items()->front();
}

}  // namespace nvstack::facts::test
