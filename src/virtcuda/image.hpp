// Image is what a program hands over as code: PTX text, a fat binary that carries some, or machine code,
// which a virtual GPU cannot run.
#pragma once

#include <string>

#include "virtcuda/ptx_types.hpp"

namespace nvstack::virtcuda {

/// The PTX in an image: the newest part whose target a GPU of `capability` (89) runs. `bytes` bounds it, 0
/// when the caller gives none, as cuModuleLoadData does. Errors, with a log: 209 for machine code alone, 200
/// for what is no image, 300 for a part that cannot be unpacked.
CUresult find_ptx(const void* image, std::size_t bytes, unsigned capability, std::string& text,
                  std::string& log);

/// One LZ4 block. False when it is malformed or does not give exactly text.size() bytes.
bool unpack_lz4(const std::uint8_t* packed, std::size_t bytes, std::string& text);

}  // namespace nvstack::virtcuda
