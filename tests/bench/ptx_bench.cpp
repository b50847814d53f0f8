// How many instructions a second the PTX interpreter runs on one core: a matrix product, as a kernel of many
// blocks.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <vector>

#include "virtcuda/ptx_machine.hpp"

using namespace nvstack::virtcuda;

namespace {

constexpr std::uint64_t kBase = 0x700000000000;
constexpr unsigned kSize = 256;
std::vector<float> memory(3 * kSize * kSize, 1.0f);

bool find(const void*, std::uint64_t address, MemoryWindow& window) {
  window = {kBase, memory.size() * sizeof(float), reinterpret_cast<std::uint8_t*>(memory.data())};
  return address - kBase < window.bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ostringstream text;
  text << std::ifstream(argv[1]).rdbuf();
  Program program;
  Diagnostics diagnostics;
  if (!compile(text.str(), {}, program, diagnostics)) {
    std::fprintf(stderr, "%s\n", diagnostics.log.c_str());
    return 1;
  }
  struct {
    std::uint64_t a, b, c;
    std::uint32_t n;
  } parameters{kBase, kBase + 4 * kSize * kSize, kBase + 8 * kSize * kSize, kSize};
  Launch launch;
  launch.program = &program;
  launch.parameters = reinterpret_cast<const std::uint8_t*>(&parameters);
  launch.memory = {find, nullptr};
  launch.grid[0] = launch.grid[1] = kSize / 8;
  launch.block[0] = launch.block[1] = 8;
  const std::clock_t start = std::clock();  // of this process: others may be at work
  const Outcome outcome = run(launch);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (outcome.code != CUDA_SUCCESS || memory[2 * kSize * kSize] != static_cast<float>(kSize)) return 1;
  std::printf("PTX interpreter: %.0f million instructions a second (matrix product of %u)\n",
              static_cast<double>(outcome.instructions) / seconds / 1e6, kSize);
  return 0;
}
