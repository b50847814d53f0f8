// What holds a GPU's clocks down, in words: the bits of nvmlClocksEventReasons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "live/frame.hpp"

namespace nvstack::live {

struct Reason {
  std::uint64_t bit = 0;
  const char* brief;  // at most 6 letters, for a column
  const char* words;
  Role role = Role::kDim;
};
/// The reasons that are set, the worst first.
std::vector<const Reason*> find_reasons(std::uint64_t bits);
/// Their words, joined; "" for none.
std::string reason_words(std::uint64_t bits);
/// Those that slow down work: neither idleness nor a setting that was asked for.
std::uint64_t slowing_reasons(std::uint64_t bits);

}  // namespace nvstack::live
