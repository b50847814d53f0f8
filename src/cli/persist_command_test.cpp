// Goal: the words of nvstack persist: verbs, names of GPUs, periods, and what is refused.
#include <doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/persist_verbs.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using nvstack::cli::test::run;

TEST_CASE("a GPU is named by index, address or UUID") {
  const std::vector<persist::DriverGpu> gpus = {{{0, 0x10, 0}, 0, "GPU-a", false},
                                                {{0, 0x11, 0}, 1, "GPU-b", false}};
  for (const char* name : {"1", "11:00", "0000:11:00.0", "00000000:11:00.0", "GPU-b"}) {
    const auto found = find_named_gpu(name, gpus);
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->address == gpus[1].address);
  }
  CHECK(!*find_named_gpu("all", gpus));
  CHECK((*find_named_gpu("22:00", gpus))->address.bus == 0x22);
  CHECK(find_named_gpu("GPU-c", gpus).error().hint == "GPUs: all, 0000:10:00.0, 0000:11:00.0");
  CHECK(!find_named_gpu("", gpus));
  CHECK(!find_named_gpu("2", gpus));
}

TEST_CASE("periods in seconds, minutes and hours, up to a week") {
  CHECK(parse_period("90") == 90);
  CHECK(parse_period("45s") == 45);
  CHECK(parse_period("10m") == 600);
  CHECK(parse_period("168h") == 604800);
  for (const char* wrong : {"", "m", "0", "0m", "169h", "-5", "1.5h", "10d", "18446744073709551615h"})
    CHECK(!parse_period(wrong));
}

TEST_CASE("verbs are listed, help is help, a wrong verb is corrected") {
  CHECK(run({"persist"}).code == kUsage);
  CHECK(contains(run({"persist", "--help"}).out, "take-back"));
  for (const char* verb : {"status", "who", "release", "take-back", "install", "remove", "explain"}) {
    const auto help = run({"persist", verb, "--help"});
    CHECK(help.code == kOk);
    CHECK(contains(help.out, std::string("nvstack persist ") + verb));
  }
  CHECK(contains(run({"persist", "statsu"}).err, "did you mean status?"));
}

TEST_CASE("no daemon is an error with a way out") {
  const test::Folder folder("persist");
  const auto status = run({"persist", "status", "--runtime-dir", folder.path});
  CHECK(status.code == kFailed);
  CHECK(contains(status.err, "systemctl start nvidia-persistenced"));
  CHECK(run({"persist", "release", "all", "--runtime-dir", folder.path}).code == kFailed);
  CHECK(run({"persist", "release"}).code == kUsage);
  CHECK(run({"persist", "release", "all", "--until-exit"}).code == kUsage);
  CHECK(run({"persist", "release", "all", "--for", "1m", "--", "true"}).code == kUsage);
}

TEST_CASE("the three life times, as text and JSON") {
  const auto text = run({"persist", "explain"});
  CHECK(contains(text.out, "From the first open of the GPU to the last close"));
  const auto json = parse_json(run({"persist", "explain", "--json"}).out);
  REQUIRE(json);
  REQUIRE(json->items());
  CHECK(json->items()->size() == 3);
  CHECK((*json->items())[1].text("id") == "driver");
}

TEST_CASE("who needs no daemon") {
  const test::Folder folder("who");
  folder.put("proc/driver/nvidia/gpus/0000:10:00.0/information", "Device Minor: \t 17\n");
  const auto who = run({"persist", "who", "--root", folder.path});
  CHECK(who.code == kOk);
  CHECK(contains(who.out, "0000:10:00.0\n  nobody has it open\n"));
  CHECK(contains(run({"persist", "who", "all", "--root", folder.path, "--json"}).out, "\"users\": []"));
  CHECK(run({"persist", "who", "GPU-x", "--root", folder.path}).code == kUsage);
}
