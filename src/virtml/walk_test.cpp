// Every entry point with every kind of bad argument: nothing may crash in a program that is not ours, and
// nothing but UNINITIALIZED comes before nvmlInit. Arguments are made from the types of the prototypes, so a
// new function is walked without a word here.
#include <doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <type_traits>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

enum class Fill {
  kNothing,  // NULL and 0
  kBuffers,  // NULL handles, valid memory of zeros, 0
  kDevice,   // the device, NULL, 0
  kFilled,   // the device, valid memory of zeros, small numbers
  kHuge,     // the device, NULL, numbers beyond all ranges
};

alignas(64) char memory[10][1 << 17];

template <typename T>
constexpr bool is_buffer =
    std::is_pointer_v<T> && !std::is_same_v<T, nvmlDevice_t> && !std::is_same_v<T, nvmlGpuInstance_t> &&
    !std::is_same_v<T, nvmlComputeInstance_t> && !std::is_same_v<T, nvmlUnit_t> &&
    !std::is_same_v<T, nvmlEventSet_t> && !std::is_same_v<T, nvmlGpmSample_t>;

template <typename T>
T make(Fill fill, nvmlDevice_t device, std::size_t index) {
  const bool with_memory = fill == Fill::kBuffers || fill == Fill::kFilled;
  if constexpr (std::is_same_v<T, nvmlDevice_t>)
    return fill == Fill::kNothing || fill == Fill::kBuffers ? nullptr : device;
  else if constexpr (is_buffer<T>)
    return with_memory ? reinterpret_cast<T>(memory[index]) : nullptr;
  else if constexpr (std::is_pointer_v<T>)
    return fill == Fill::kHuge ? reinterpret_cast<T>(~std::uintptr_t{15}) : nullptr;
  else
    return static_cast<T>(fill == Fill::kHuge ? -1 : fill == Fill::kFilled ? 1 : 0);
}

template <typename... Arguments, std::size_t... index>
int call(nvmlReturn_t (*function)(Arguments...), [[maybe_unused]] Fill fill,
         [[maybe_unused]] nvmlDevice_t device, std::index_sequence<index...>) {
  for (auto& each : memory) std::memset(each, 0, 512);
  return function(make<Arguments>(fill, device, index)...);
}
template <typename... Arguments>
int call(nvmlReturn_t (*function)(Arguments...), Fill fill, nvmlDevice_t device) {
  return call(function, fill, device, std::index_sequence_for<Arguments...>{});
}
/// nvmlErrorString: its text is not a code.
int call(const char* (*function)(nvmlReturn_t), Fill, nvmlDevice_t) {
  return function(NVML_ERROR_UNKNOWN)[0] == 'U' ? 0 : -1;
}

/// What begins, ends or needs no session.
bool is_outside(const std::string& name) {
  static const std::set<std::string> names = {"nvmlInit",
                                              "nvmlInit_v2",
                                              "nvmlInitWithFlags",
                                              "nvmlShutdown",
                                              "nvmlErrorString",
                                              "nvmlInternalGetExportTable",
                                              "nvmlSystemGetNVMLVersion"};
  return names.contains(name);
}

bool is_code(int code) {
  return (code >= 0 && code <= NVML_ERROR_RESET_TYPE_NOT_SUPPORTED) || code == NVML_ERROR_UNKNOWN;
}

/// One row a function, made once: the table is what takes long to compile.
struct Row {
  const char* name;
  int (*call)(Fill fill, nvmlDevice_t device);
};
constexpr Row kRows[] = {
#define NVML_FUNCTION(name, since) \
  {#name, [](Fill fill, nvmlDevice_t device) { return call(&name, fill, device); }},
#include "abi/nvml_functions.inc"
#undef NVML_FUNCTION
};
template <typename Each>
void for_each_function(const Each& each) {
  for (const Row& row : kRows) each(row.name, row.call);
}

void walk(TestDriver& driver, nvmlDevice_t device) {
  for_each_function([&](const char* name, auto function) {
    for (const Fill fill : {Fill::kNothing, Fill::kBuffers, Fill::kDevice, Fill::kFilled, Fill::kHuge}) {
      CAPTURE(name);
      CAPTURE(static_cast<int>(fill));
      CHECK(is_code(function(fill, device)));
      while (nvmlShutdown() == NVML_SUCCESS) {
      }
      initialize(OpenGpus::kLater);
      driver.device(0);
    }
  });
}

}  // namespace

TEST_CASE("before nvmlInit every entry point says so") {
  unsigned walked = 0;
  for_each_function([&](const char* name, auto function) {
    ++walked;
    for (const Fill fill : {Fill::kNothing, Fill::kBuffers, Fill::kFilled, Fill::kHuge}) {
      CAPTURE(name);
      const int code = function(fill, reinterpret_cast<nvmlDevice_t>(memory[9]));
      if (!is_outside(name)) CHECK(code == NVML_ERROR_UNINITIALIZED);
    }
  });
  CHECK(walked >= 413);
}

TEST_CASE("no entry point crashes on a board that has nothing") {
  TestDriver driver(2);
  walk(driver, driver.device(0));
}

TEST_CASE("no entry point crashes on a board whose every reading is out of range") {
  TestDriver driver(2);
  for (const std::int64_t value : {std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    for (std::size_t i = 0; i < channel::kReadings; ++i) driver.set(static_cast<ReadingId>(i), value);
    Gpu& gpu = driver.gpu();
    gpu.process_count = gpu.accounted_count = gpu.page_count = gpu.profile_count = gpu.memory_clock_count =
        0xffffffff;
    for (channel::SampleRing& ring : gpu.samples) ring.next = ring.count = 0xffffffff;
    for (auto& text : gpu.texts) std::memset(text, 'x', sizeof text);  // without a NUL
    walk(driver, driver.device(0));
  }
}

TEST_CASE("no entry point crashes on a MIG device") {
  TestDriver driver;
  driver.set(ReadingId::mig_mode, 1);
  driver.gpu().instances[1].used = 1;
  driver.gpu().instances[1].compute[2].used = 1;
  walk(driver, mig_device_at(0, 1, 2));
}

TEST_CASE("what the page of use lists as unanswered exists and is unanswered") {
  const char* source = std::getenv("NVSTACK_SOURCE");
  std::ifstream file(std::string(source ? source : ".") + "/docs/use/virtual-nvml.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> listed;
  for (std::size_t at = page.find("## What no scenario");
       at != std::string::npos && (at = page.find("nvml", at)) != std::string::npos;) {
    std::size_t end = at;
    while (end < page.size() && (std::isalnum(static_cast<unsigned char>(page[end])) || page[end] == '_'))
      ++end;
    listed.insert(page.substr(at, end - at));
    at = end;
  }
  if (!source && listed.empty()) return;
  CHECK(listed.size() > 50);
  TestDriver driver;
  driver.answer_code = NVML_ERROR_NOT_SUPPORTED;  // as the driver answers the two changes in the list
  for (std::size_t i = 0; i < channel::kReadings; ++i) driver.set(static_cast<ReadingId>(i), 1);
  const nvmlDevice_t device = driver.device();
  for_each_function([&](const char* name, auto function) {
    if (!listed.erase(name)) return;
    CAPTURE(name);
    const std::set<int> refusals = {NVML_ERROR_NOT_SUPPORTED, NVML_ERROR_NOT_FOUND,
                                    NVML_ERROR_INVALID_ARGUMENT, NVML_ERROR_ARGUMENT_VERSION_MISMATCH};
    CHECK(refusals.contains(function(Fill::kFilled, device)));
  });
  for (const std::string& unknown : listed) FAIL_CHECK(unknown << " is no entry point");
}

TEST_CASE("a wrong version word is told before anything is written") {
  TestDriver driver;
  for (std::size_t i = 0; i < channel::kReadings; ++i) driver.set(static_cast<ReadingId>(i), 1);
  const nvmlDevice_t device = driver.device();
  unsigned refused = 0;
  for_each_function([&](const char* name, auto function) {
    if (is_outside(name)) return;
    if (function(Fill::kFilled, device) != NVML_ERROR_ARGUMENT_VERSION_MISMATCH) return;
    CAPTURE(name);
    ++refused;
    for (const auto& each : memory)
      for (std::size_t i = 0; i < 512; ++i) REQUIRE(each[i] == 0);
  });
  CHECK(refused > 40);
}

}  // namespace nvstack::virtml
