// -q -u: the units (S-class chassis) of a machine, as text or XML. Most machines have none.
#pragma once

#include <string>

#include "smi/log.hpp"

namespace nvstack::smi {

std::string render_units(System& system, const LogHeader& header, View view);

}  // namespace nvstack::smi
