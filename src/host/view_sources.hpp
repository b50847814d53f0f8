// The views over a ByteSource, for files that are read piece by piece; private to host.
#pragma once

#include "host/elf.hpp"

namespace nvstack::host {

Result<std::string> module_view_of(const ByteSource& source);
Result<std::string> elf_view_of(const ByteSource& source);

}  // namespace nvstack::host
