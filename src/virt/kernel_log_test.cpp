// Goal: lines look as dmesg and /dev/kmsg give them, and the log forgets the oldest instead of growing.
#include "virt/kernel_log.hpp"

#include <doctest.h>

using namespace nvstack::virt;

TEST_CASE("a line as programs read it") {
  KernelLog log;
  log.append(12'345'678, 3, "NVRM: a");
  log.append(123'456'000'001, 6, "b");
  CHECK(render_dmesg(log.lines()[0]) == "[   12.345678] NVRM: a");
  CHECK(render_dmesg(log.lines()[1]) == "[123456.000001] b");
  CHECK(render_kmsg(log.lines()[0]) == "3,0,12345678,-;NVRM: a\n");
  CHECK(render_kmsg(log.lines()[1]) == "6,1,123456000001,-;b\n");
}

TEST_CASE("the oldest lines go first, sequence numbers go on") {
  KernelLog log;
  for (int i = 0; i < 5000; ++i) log.append(i, 6, std::to_string(i));
  CHECK(log.lines().size() == 4096);
  CHECK(log.lines().front().text == "904");
  CHECK(log.lines().back().sequence == 4999);
}
