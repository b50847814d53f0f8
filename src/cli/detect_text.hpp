// The text form of HostFacts for people: a line or a few for each part of the stack, GPUs first.
#pragma once

#include <string>

#include "facts/facts.hpp"

namespace nvstack::cli {

std::string render_facts(const facts::HostFacts& facts, std::size_t columns);

}  // namespace nvstack::cli
