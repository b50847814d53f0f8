// PTX text as a program hands it over, decoded and, when it can be, run: one block, little memory, few
// instructions.
#include <vector>

#include "fuzz.hpp"
#include "virtcuda/ptx_machine.hpp"

using namespace nvstack::virtcuda;

namespace {

constexpr std::uint64_t kBase = 0x700000000000;
std::uint8_t memory[4096];

bool find(const void*, std::uint64_t address, MemoryWindow& window) {
  window = {kBase, sizeof memory, memory};
  return address - kBase < sizeof memory;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Program program;
  Diagnostics diagnostics;
  if (!compile(as_text(bytes, size), {99, 120}, program, diagnostics)) return 0;
  for (std::uint32_t i = 0; i < program.functions.size() && i < 4; ++i) {
    if (!program.functions[i].is_entry) continue;
    Launch launch;
    launch.program = &program;
    launch.entry = i;
    launch.block[0] = 33;  // a warp and a part of one
    launch.dynamic_shared_bytes = 64;
    launch.memory = {find, nullptr};
    launch.instructions_max = 20'000;
    std::vector<std::uint8_t> parameters(program.functions[i].parameter_bytes);
    for (std::size_t at = 0; at + 8 <= parameters.size(); at += 8) parameters[at + 5] = 0x70;  // kBase
    launch.parameters = parameters.data();
    use(run(launch));
  }
  return 0;
}
