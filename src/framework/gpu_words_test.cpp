// Goal: a GPU is found by the words that people use for it; a word that could be several kinds is refused.
#include "framework/gpu_words.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;

namespace {

std::string capability(std::string_view word) {
  const auto gpu = find_gpu(word, test::built_in());
  return gpu ? gpu->capability.text() : gpu.error().text();
}

}  // namespace

TEST_CASE("names, ids and capabilities") {
  const std::pair<const char*, const char*> cases[] = {
      {"RTX 5090", "12.0"},
      {"rtx-4090", "8.9"},
      {"NVIDIA GeForce RTX 3090", "8.6"},
      {"GTX 1080", "6.1"},
      {"GTX 1080 Ti", "6.1"},
      {"Tesla V100", "7.0"},
      {"V100", "7.0"},
      {"T4", "7.5"},
      {"Tesla T4", "7.5"},
      {"A100", "8.0"},
      {"NVIDIA A100-SXM4-80GB", "8.0"},
      {"H100", "9.0"},
      {"H200", "9.0"},
      {"B200", "10.0"},
      {"B300", "10.3"},
      {"Jetson Orin", "8.7"},
      {"Orin", "8.7"},
      {"Jetson AGX Thor", "11.0"},
      {"GB10", "12.1"},
      {"DGX Spark", "12.1"},
      {"RTX 2080 Ti", "7.5"},
      {"GTX 750 Ti", "5.0"},
      {"10de:2b85", "12.0"},
      {"10de:2684:10de:16f3", "8.9"},
      {"sm_120", "12.0"},
      {"8.6", "8.6"},
      {"Tesla K80", "3.7"},
      {"RTX 6000 Ada", "8.9"},
      {"TITAN V", "7.0"},
      {"L40S", "8.9"},
  };
  for (const auto& [word, expected] : cases)
    CHECK_MESSAGE(capability(word) == expected, word, ": ", capability(word));
}

TEST_CASE("what is no GPU, or several") {
  CHECK(contains(capability("RTX 9999"), "no GPU"));
  CHECK(contains(capability("RTX"), "several kinds"));
  CHECK(contains(capability("1002:73bf"), "not an NVIDIA id"));
  CHECK(contains(capability("sm_99"), "no GPU has"));
  CHECK(!find_gpu("", test::built_in()));
}

TEST_CASE("what the driver and forward compatibility make of it") {
  const WantedGpu pascal = find_gpu("GTX 1080", test::built_in()).value();
  CHECK(pascal.last_branch == 580);
  CHECK_FALSE(pascal.data_center);
  CHECK(find_gpu("NVIDIA A100-SXM4-80GB", test::built_in()).value().data_center);
  CHECK_FALSE(find_gpu("RTX A4000", test::built_in()).value().data_center);
  CHECK(find_gpu("Orin", test::built_in()).value().integrated);
  CHECK(find_gpu("sm_120", test::built_in()).value().first_branch == 570);
}
