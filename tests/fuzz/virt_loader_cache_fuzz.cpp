#include "virt/loader_cache.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto cache =
      virt::add_to_loader_cache(as_text(bytes, size), {{"libcuda.so.1", "/usr/lib/libcuda.so.1"}});
  if (cache) use(virt::add_to_loader_cache(*cache, {}).value());  // what we write, we read
  return 0;
}
