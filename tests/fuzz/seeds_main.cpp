// Runs a fuzz target over its seeds without a fuzzing engine: the same targets serve as a test in every
// build.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fuzz.hpp"

int main(int argc, char** argv) {
  int runs = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      const std::string bytes = text.str();
      // The seed, each of its halves, and the seed with one byte flipped at every place up to 2000.
      for (const auto& part : {bytes, bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)}) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
        ++runs;
      }
      for (std::size_t at = 0; at < bytes.size() && at < 2000; ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(changed.data()), changed.size());
        ++runs;
      }
    }
  }
  std::printf("%d inputs\n", runs);
  return runs > 0 ? 0 : 1;
}
