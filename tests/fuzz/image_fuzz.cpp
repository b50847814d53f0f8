// Code images as programs hand them over: fat binaries, packed parts, text.
#include <string>

#include "fuzz.hpp"
#include "virtcuda/image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // A wrapper holds an address of the program's own, which no file can: it is left to the tests.
  if (size >= 4 && bytes[0] == 0xb1 && bytes[1] == 0x43 && bytes[2] == 0x62) return 0;
  if (size == 0) return 0;
  std::string text, log;
  use(nvstack::virtcuda::find_ptx(bytes, size, 90, text, log));
  text.assign(256, '\0');
  use(nvstack::virtcuda::unpack_lz4(bytes, size, text));
  return 0;
}
