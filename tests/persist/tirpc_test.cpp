// Goal: libtirpc, as an independent client, reads NULL and GET. Only where its headers were there to build
// it.
#include <doctest.h>

#include <filesystem>

#include "base/process.hpp"
#include "base/text.hpp"
#include "harness.hpp"

using namespace harness;

TEST_CASE("libtirpc reads what we say") {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tirpc_client";
  const TestDaemon daemon("gpus 1\n");
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  if (!std::filesystem::exists(program)) {
    MESSAGE("no libtirpc here");
    return;
  }
  const auto done = nvstack::run_process({program, daemon.socket_path(), "16"});
  REQUIRE(done);
  CHECK(nvstack::contains(done->out, "NULL version 1: RPC: Success\n"));
  CHECK(nvstack::contains(done->out, "NULL version 2: RPC: Success\n"));
  CHECK(nvstack::contains(done->out, "GET: RPC: Success, status 0, mode 1\n"));
}
