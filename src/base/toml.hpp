// TOML as Json values, so that one tree type serves both. The library behind it is included by toml.cpp
// alone.
#pragma once

#include "base/json.hpp"

namespace nvstack {

/// One document as an object; tables, arrays, strings, integers, floats and booleans become their Json kin,
/// dates become strings. Errors: kMalformed naming `where` and the line.
Result<Json> parse_toml(std::string_view text, const std::string& where);

}  // namespace nvstack
