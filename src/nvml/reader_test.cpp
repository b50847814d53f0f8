// Goal: entry points are looked up when they are first called and once only; what a library lacks answers as
// NVML does. Method: a table of functions in place of the library.
#include "nvml/reader.hpp"

#include <doctest.h>

#include <cstring>
#include <map>

using namespace nvstack;
using namespace nvstack::nvml;

namespace {

nvmlReturn_t fake_count(unsigned int* count) {
  *count = 8;
  return NVML_SUCCESS;
}
nvmlReturn_t fake_version(char* text, unsigned int length) {
  if (length < 10) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::strcpy(text, "580.95.05");
  return NVML_SUCCESS;
}
nvmlReturn_t fake_init() {
  return NVML_ERROR_LIB_RM_VERSION_MISMATCH;
}

/// Counts how often each name was asked for.
class Library {
 public:
  Nvml nvml() {
    return Nvml([this](const char* name) -> void* {
      ++asked[name];
      const auto at = known.find(name);
      return at == known.end() ? nullptr : at->second;
    });
  }
  std::map<std::string, int> asked;
  std::map<std::string, void*> known = {
      {"nvmlInit_v2", reinterpret_cast<void*>(&fake_init)},
      {"nvmlDeviceGetCount_v2", reinterpret_cast<void*>(&fake_count)},
      {"nvmlSystemGetDriverVersion", reinterpret_cast<void*>(&fake_version)},
  };
};

}  // namespace

TEST_CASE("nothing is looked up before it is called, and nothing twice") {
  Library library;
  Nvml nvml = library.nvml();
  CHECK(library.asked.empty());
  unsigned int count = 0;
  for (int i = 0; i < 3; ++i) CHECK(NVML_CALL(nvml, nvmlDeviceGetCount_v2, &count) == NVML_SUCCESS);
  CHECK(count == 8);
  CHECK(library.asked.size() == 1);
  CHECK(library.asked["nvmlDeviceGetCount_v2"] == 1);
}

TEST_CASE("the answer of the function is the answer of the call, with and without arguments") {
  Library library;
  Nvml nvml = library.nvml();
  CHECK(NVML_CALL(nvml, nvmlInit_v2) == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  char text[32] = {};
  CHECK(NVML_CALL(nvml, nvmlSystemGetDriverVersion, text, 4u) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(NVML_CALL(nvml, nvmlSystemGetDriverVersion, text, static_cast<unsigned>(sizeof text)) ==
        NVML_SUCCESS);
  CHECK(std::string(text) == "580.95.05");
}

TEST_CASE("what the library lacks answers 13, is remembered as absent and touches nothing") {
  Library library;
  Nvml nvml = library.nvml();
  unsigned int version = 7;
  nvmlDevice_t device = nullptr;
  for (int i = 0; i < 2; ++i) {
    CHECK(NVML_CALL(nvml, nvmlDeviceGetHandleByIndex_v2, 0u, &device) == NVML_ERROR_FUNCTION_NOT_FOUND);
    CHECK(NVML_CALL(nvml, nvmlDeviceGetTemperature, device, NVML_TEMPERATURE_GPU, &version) == 13);
  }
  CHECK(version == 7);
  CHECK(device == nullptr);
  CHECK(library.asked["nvmlDeviceGetHandleByIndex_v2"] == 1);
  CHECK(library.asked["nvmlDeviceGetTemperature"] == 1);
}

TEST_CASE("has asks as a call does, for names that nobody ever made too") {
  Library library;
  Nvml nvml = library.nvml();
  CHECK(nvml.has("nvmlInit_v2"));
  CHECK_FALSE(nvml.has("nvmlInit"));
  CHECK_FALSE(nvml.has(""));
  CHECK(NVML_CALL(nvml, nvmlInit_v2) == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  CHECK(library.asked["nvmlInit_v2"] == 1);
}

TEST_CASE("a symbol that appears later stays absent for who has asked, and is there for who asks anew") {
  Library library;
  Nvml early = library.nvml();
  CHECK_FALSE(early.has("nvmlShutdown"));
  library.known["nvmlShutdown"] = reinterpret_cast<void*>(&fake_init);
  CHECK_FALSE(early.has("nvmlShutdown"));
  CHECK(library.nvml().has("nvmlShutdown"));
}

TEST_CASE("a copy keeps what was found") {
  Library library;
  Nvml nvml = library.nvml();
  CHECK(nvml.has("nvmlDeviceGetCount_v2"));
  Nvml copy = nvml;
  unsigned int count = 0;
  CHECK(NVML_CALL(copy, nvmlDeviceGetCount_v2, &count) == NVML_SUCCESS);
  CHECK(library.asked["nvmlDeviceGetCount_v2"] == 1);
}

TEST_CASE("a library that is not there, and one that is no NVML") {
  const auto none = Nvml::open("libnvidia-ml-that-is-not-there.so.1");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(none.error().text().find("libnvidia-ml-that-is-not-there.so.1") != std::string::npos);
  auto other = Nvml::open("libm.so.6");
  REQUIRE(other);
  CHECK(other->has("cos"));
  CHECK_FALSE(other->has("nvmlInit_v2"));
  CHECK(NVML_CALL(*other, nvmlInit_v2) == NVML_ERROR_FUNCTION_NOT_FOUND);
}
