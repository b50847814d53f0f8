// Measures the parts of framework by themselves: versions compared a second, an index page parsed, a resolve
// from it. Usage: framework_bench PAGE VERSION...
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "framework/resolve.hpp"

using namespace nvstack;
using namespace nvstack::framework;
// Time of the processor, so that a busy machine does not count.

namespace {

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double compares_a_second() {
  std::vector<PythonVersion> versions;
  for (const char* text :
       {"2.6.0+cu124", "2.6.0", "2.7.0.dev20250310", "2.10.0", "2.9.1+cu130", "1.13.1", "2.6.0rc1", "1!0.1"})
    versions.push_back(*parse_python_version(text));
  const std::clock_t start = std::clock();
  std::size_t less = 0, count = 0;
  while (seconds_since(start) < 0.5)
    for (int i = 0; i < 1000; ++i)
      for (std::size_t j = 0; j < versions.size(); ++j, ++count)
        less += versions[j] < versions[(j + static_cast<std::size_t>(i)) % versions.size()];
  const double rate = static_cast<double>(count) / seconds_since(start);
  return less == count ? 0 : rate;
}

/// The least of 9 runs in milliseconds; `before` is not counted.
template <typename Before, typename Work>
double best_ms(const Before& before, const Work& work) {
  double best = 1e9;
  for (int i = 0; i < 9; ++i) {
    before();
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, seconds_since(start) * 1000);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  std::printf("versions compared: %.1f million a second\n", compares_a_second() / 1e6);
  Index index;
  const double parse =
      best_ms([&] { index = {}; },
              [&] { index = parse_index(page, "https://download.pytorch.org/whl/cu124/torch/").value(); });
  std::printf("index page of %.1f MB, %zu wheels, parsed: %.2f ms\n", static_cast<double>(page.size()) / 1e6,
              index.files.size(), parse);
  const catalog::Catalog catalog;
  const Tables tables = load_tables(catalog).value();
  Request request;
  request.python = parse_python_target("3.11").value(), request.libc.minor = 35;
  std::string wheel;
  const std::vector<Index> indexes = {index};
  const double resolved =
      best_ms([] {}, [&] { wheel = resolve(request, indexes, tables).value().build->torch.wheel; });
  std::printf("resolved to %s: %.2f ms\n", wheel.c_str(), resolved);
  return 0;
}
