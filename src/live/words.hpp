// How the live view writes quantities in few columns: bytes, rates, times, energy. "-" is what is not known.
#pragma once

#include <string>

#include "live/snapshot.hpp"

namespace nvstack::live {

/// "67", "-"
std::string whole(const Number& number);
/// Four columns and a unit at most: "0", "512M", "70.1G", "1.5T", powers of 1024.
std::string bytes_word(const Number& bytes);
/// The same in powers of 1000, as links are measured: "1.2G", "34M".
std::string rate_word(const Number& bytes_a_second);
/// "0.6s", "42s", "12:34", "5:12:34", "3d04h"
std::string time_word(const Number& seconds);
/// "850 J", "12.3 kJ", "50.0 Wh", "1.20 kWh"
std::string energy_word(const Number& joules);

}  // namespace nvstack::live
