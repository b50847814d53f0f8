#include "virtml/words.hpp"

#include <doctest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("a list in an array of any size") {
  for (unsigned room = 0; room < 5; ++room)
    for (unsigned items = 0; items < 5; ++items) {
      unsigned array[5] = {99, 99, 99, 99, 99}, count = room;
      Listing<unsigned> listing(&count, array);
      for (int pass = 0; pass < 2; ++pass) {  // a reader may have to start over
        listing.restart();
        for (unsigned i = 0; i < items; ++i) listing.add(i);
      }
      CHECK(listing.finish() == (items > room ? NVML_ERROR_INSUFFICIENT_SIZE : NVML_SUCCESS));
      CHECK(count == items);
      for (unsigned i = 0; i < 5; ++i) CHECK(array[i] == (i < items && i < room ? i : 99));
    }
}

TEST_CASE("a list without an array or without a count") {
  unsigned count = 0;
  Listing<int> empty(&count, nullptr);
  CHECK(empty.finish() == NVML_SUCCESS);
  Listing<int> probed(&count, nullptr);
  probed.add(1);
  CHECK(probed.finish() == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 1);
  Listing<int> claimed(&count, nullptr);  // room for one, and no place for it
  claimed.add(1);
  CHECK(claimed.finish() == NVML_ERROR_INVALID_ARGUMENT);
  int item = 0;
  Listing<int> uncounted(nullptr, &item);
  uncounted.add(1);
  CHECK(uncounted.finish() == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(item == 0);
}

TEST_CASE("texts fit with their NUL or not at all") {
  char out[8];
  std::memset(out, 'x', sizeof out);
  CHECK(copy_text("abc", out, 3) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(out[0] == 'x');
  CHECK(copy_text("abc", out, 4) == NVML_SUCCESS);
  CHECK(std::string(out) == "abc");
  CHECK(out[4] == 'x');
  CHECK(copy_text("", out, 0) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(copy_text("", out, 1) == NVML_SUCCESS);
  CHECK(copy_text("abc", nullptr, 9) == NVML_ERROR_INVALID_ARGUMENT);
  const std::string endless(500, 'y');  // never more than a text of the page
  char large[600];
  CHECK(copy_text(endless.c_str(), large, sizeof large) == NVML_SUCCESS);
  CHECK(std::strlen(large) == channel::kTextBytes - 1);
}

TEST_CASE("a retired getter's code depends on the branch alone") {
  TestDriver driver;
  for (const std::uint32_t branch : {470u, 580u}) {
    driver.page().library_branch = branch;
    CHECK(!is_retired());
    CHECK(retire(NVML_SUCCESS) == NVML_SUCCESS);
    CHECK(retire(NVML_ERROR_DEPRECATED) == NVML_ERROR_NOT_SUPPORTED);
  }
  for (const std::uint32_t branch : {590u, 595u, 610u}) {
    driver.page().library_branch = branch;
    CHECK(retire(NVML_SUCCESS) == NVML_ERROR_DEPRECATED);
    CHECK(retire(NVML_ERROR_NOT_SUPPORTED) == NVML_ERROR_DEPRECATED);
    CHECK(retire(NVML_ERROR_GPU_IS_LOST) == NVML_ERROR_GPU_IS_LOST);
    CHECK(retire(NVML_ERROR_INVALID_ARGUMENT) == NVML_ERROR_INVALID_ARGUMENT);
  }
}

TEST_CASE("the wall clock of a driver that runs faster") {
  TestDriver driver;
  const channel::Page& state = driver.page();
  driver.page().base_real_ns = channel::monotonic_ns();
  driver.page().base_ns = 77'000'000'000;
  const unsigned long long before = now_us(state);
  CHECK(before > 1'600'000'000'000'000);
  driver.page().speed = 100'000;
  unsigned long long later = before;
  while (later < before + 1'000'000) later = now_us(state);  // a second of the driver
  CHECK(channel::driver_now_ns(state) > 77'000'000'000);
}

TEST_CASE("a GPU that is being written is read when it is whole again") {
  TestDriver driver;
  driver.set(ReadingId::power_limit_mw, 5);
  driver.gpu().sequence = 7;  // its writer is gone: what is there is taken
  CHECK(take(driver.gpu(), ReadingId::power_limit_mw).value == 5);
  CHECK(value_or_zero(driver.gpu(), ReadingId::fan_rpm) == 0);
}

TEST_CASE("hung calls take as long as they are told to, and answer") {
  TestDriver driver;
  driver.set(ReadingId::temperature_c, 40);
  const nvmlDevice_t device = driver.device();
  driver.gpu().call_delay_ms = 30;
  const std::int64_t before = channel::monotonic_ns();
  unsigned degrees = 0;
  CHECK(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &degrees) == NVML_SUCCESS);
  CHECK(channel::monotonic_ns() - before >= 30'000'000);
}

TEST_CASE("calls to a GPU that sleeps wait until it is woken") {
  TestDriver driver;
  driver.set(ReadingId::temperature_c, 40);
  const nvmlDevice_t device = driver.device();
  driver.gpu().flags |= channel::kAsleep;
  std::atomic<bool> answered = false;
  std::thread asker([&] {
    unsigned degrees = 0;
    CHECK(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &degrees) == NVML_SUCCESS);
    answered = true;
  });
  channel::sleep_ms(30);
  CHECK_FALSE(answered.load());
  __atomic_and_fetch(&driver.gpu().flags, ~static_cast<std::uint32_t>(channel::kAsleep), __ATOMIC_RELEASE);
  asker.join();
  CHECK(answered.load());
}

TEST_CASE("sums over a cut GPU are for root, who runs this") {
  TestDriver driver;
  nvmlDevice_t device = driver.device();
  Target target;
  CHECK(whole(device, target) == NVML_SUCCESS);
  CHECK(check_parts(target) == NVML_SUCCESS);
  driver.set(ReadingId::mig_mode, 1);
  CHECK(check_parts(target) == (::getuid() == 0 ? NVML_SUCCESS : NVML_ERROR_NO_PERMISSION));
}

}  // namespace nvstack::virtml
