// Goal: a running host is found, asked and read; what it answers is an error in its own words.
#include "virt/remote.hpp"

#include "virt/test_client.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

TEST_CASE("a remote sees the page and sends words") {
  RunningServer server(machine_of("h100", 2));
  auto remote = Remote::connect(server.path);
  REQUIRE_MESSAGE(remote.has_value(), (remote ? "" : remote.error().text()));
  CHECK(remote->page().gpu_count == 2);
  if (::geteuid() != 0) return;
  CHECK(remote->ask({"set", "1", "power_limit_mw", "250000"}).has_value());
  CHECK(value_or(remote->page().gpus[1], ReadingId::power_limit_mw, 0) == 250'000);
  CHECK(contains(*remote->ask({"log"}), "NVRM"));
  const auto wrong = remote->ask({"set", "1", "power_limt_mw", "250000"});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == ErrorCode::kUsage);
  CHECK(contains(wrong.error().message, "power_limt_mw"));
  CHECK(contains(wrong.error().hint, "docs/formats/scenario.md"));
  const auto busy = remote->ask({"module", "unload", "nvidia"});
  REQUIRE_FALSE(busy.has_value());
  CHECK(busy.error().code == ErrorCode::kDenied);
  CHECK(remote->ask({std::string(70'000, 'x')}).error().code == ErrorCode::kUsage);
  Remote moved = std::move(*remote);
  CHECK(moved.page().gpu_count == 2);
  CHECK(moved.ask({"log"}).has_value());
}

TEST_CASE("no host is an error with what to do") {
  CHECK(Remote::connect("/no/such/socket").error().code == ErrorCode::kNotFound);
  CHECK(contains(Remote::connect(std::string(200, 'x')).error().message, "too long"));
  const auto none = find_host("no-such-scenario");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(contains(none.error().hint, "nvstack virt start"));
}
