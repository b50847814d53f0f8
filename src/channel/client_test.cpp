// Goal: without a driver every call says so at once; a connection that is not open answers and does not crash.
#include "channel/client.hpp"

#include <doctest.h>
#include <unistd.h>

using namespace nvstack::channel;

TEST_CASE("no driver process") {
  if (::access(kSocketPath, F_OK) == 0) return;  // this test runs in a virtual host
  Connection connection;
  CHECK(connection.open(Role::kNvml) == kCodeDriverNotLoaded);
  CHECK_FALSE(connection.is_open());
  CHECK(connection.page() == nullptr);
  CHECK(connection.ask(Op::open_gpu, 0) == kCodeUnknown);
  std::uint64_t value = 5;
  CHECK(connection.ask(Op::open_gpu, 7, 0, 0, 0, &value) == kCodeUnknown);
  connection.close();
  connection.close();
  CHECK(connection.descriptor() == -1);
}
