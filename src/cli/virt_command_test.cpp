// Goal: the verbs of `nvstack virt` say what is wrong with their words before anything is staged, and list
// what there is.
#include <doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/test_terminal.hpp"
#include "cli/virt_verbs.hpp"
#include "virt/faults.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

TEST_CASE("help names every verb, and every verb has its own") {
  const Ran help = run({"virt", "--help"});
  CHECK(help.code == kOk);
  const Ran none = run({"virt"});
  CHECK(none.code == kUsage);
  CHECK(none.err == help.out);
  for (const VirtVerb& verb : virt_verbs()) {
    CAPTURE(verb.name);
    CHECK(contains(help.out, "\n  " + std::string(verb.name) + " "));
    CHECK(contains(run({"virt", std::string(verb.name), "--help"}).out, "virt " + std::string(verb.name)));
    CHECK(run({"virt", std::string(verb.name), "--no-such-option"}).code == kUsage);
  }
  for (const std::string& line : {help.out, run({"virt", "run", "--help"}, 60).out})
    for (const std::string_view part : split_lines(line)) CHECK(part.size() <= 110);
}

TEST_CASE("wrong words are usage errors with the nearest right one") {
  const Ran verb = run({"virt", "lsit"});
  CHECK(verb.code == kUsage);
  CHECK(contains(verb.err, "nvstack virt list?"));
  const Ran scenario = run({"virt", "start", "h100x9"});
  CHECK(scenario.code != kOk);
  CHECK(contains(scenario.err, "h100x8"));
  CHECK(contains(run({"virt", "run", "h100x8"}).err, "which command?"));
  CHECK(contains(run({"virt", "run"}).err, "which scenario?"));
  CHECK(contains(run({"virt", "run", "h100x8", "--devices", "paper", "--", "true"}).err, "char or fuse"));
  CHECK(contains(run({"virt", "run", "h100x8", "--seed", "x", "--", "true"}).err, "--seed must be"));
  CHECK(contains(run({"virt", "load", "--kind", "x", "--", "true"}).err, "--kind must be"));
  CHECK(contains(run({"virt", "load"}).err, "which command?"));
  CHECK(contains(run({"virt", "load", "--mem", "8 bananas", "--", "true"}).err, "no amount of memory"));
  const Folder folder("virt-words");
  CHECK(contains(run({"virt", "start", folder.put("bad.toml", "summry = \"x\"\n")}).err,
                 "unknown key \"summry\""));
  const std::string many = folder.put("many.toml", "[[gpu]]\nboard = \"h100\"\ncount = 10000\n");
  CHECK(contains(run({"virt", "start", many}).err, "at most 4096"));
}

TEST_CASE("where no host runs, the verbs that need one say so") {
  for (const char* verb : {"status", "log", "stop", "enter"}) {
    const Ran ran = run({"virt", verb, "--host", "no-such-host"});
    CHECK(ran.code == kFailed);
    CHECK_MESSAGE(contains(ran.err, "no virtual host no-such-host"), verb);
    CHECK(ran.out.empty());
  }
  CHECK(contains(run({"virt", "fault", "lost", "--host", "no-such-host"}).err, "nvstack virt start"));
}

TEST_CASE("list and faults") {
  const Ran list = run({"virt", "list"});
  CHECK(list.code == kOk);
  CHECK(contains(list.out, "\nh100x8            eight H100 SXM5"));
  const auto json = parse_json(run({"virt", "list", "--json"}).out);
  REQUIRE(json.has_value());
  REQUIRE(json->items());
  CHECK(json->items()->size() == split_lines(list.out).size());
  for (const Json& row : *json->items()) CHECK_FALSE(row.text("summary").empty());
  const Ran faults = run({"virt", "fault"});
  CHECK(faults.code == kOk);
  for (const virt::Fault& fault : virt::faults()) CHECK(contains(faults.out, "  " + std::string(fault.name)));
  CHECK(parse_json(run({"virt", "hosts", "--json"}).out).has_value());
}

TEST_CASE("amounts of memory") {
  CHECK(*parse_bytes("1024") == 1024);
  CHECK(*parse_bytes("8GiB") == 8ull << 30);
  CHECK(*parse_bytes("512 MiB") == 512ull << 20);
  CHECK(*parse_bytes("3k") == 3072);
  CHECK(*parse_bytes("1t") == 1ull << 40);
  for (const char* text :
       {"", "GiB", "-1", "1.5GiB", "8XB", "99999999999999999999", "99999999999TiB", "8 GiB GiB"})
    CHECK_FALSE_MESSAGE(parse_bytes(text).has_value(), text);
}

TEST_CASE("import writes a scenario that can be staged, and refuses what it is not") {
  const Folder folder("virt-import");
  const std::string csv = folder.put(
      "a.csv",
      "name, uuid, pci.bus_id, memory.total [MiB]\nNVIDIA L40S, GPU-1, 00000000:01:00.0, 46068 MiB\n");
  const Ran shown = run({"virt", "import", csv});
  CHECK(shown.code == kOk);
  CHECK(contains(shown.out, "memory_total_bytes = 48305799168"));
  const std::string output = folder.path / "mine.toml";
  const Ran written = run({"virt", "import", csv, "-o", output});
  CHECK(written.code == kOk);
  CHECK(contains(written.out, "1 GPUs"));
  CHECK(bytes_of(output) == shown.out);
  CHECK(run({"virt", "import", folder.path}).code == kOk);  // the folder holds a file that can be imported
  CHECK(contains(run({"virt", "import", folder.put("b.txt", "hello")}).err, "nothing that can be imported"));
  CHECK(contains(run({"virt", "import"}).err, "which file?"));
  CHECK(run({"virt", "import", "/no/such/file"}).code == kFailed);
  CHECK(contains(run({"virt", "import", csv, "-o", "/no/such/folder/x.toml"}).err, "cannot write"));
  const Ran captured = run({"virt", "import", snapshot("ubuntu-24.04-rtx4090x4-healthy")});
  CHECK_MESSAGE(captured.code == kOk, captured.err);
  CHECK(contains(captured.out, "device = \"2684\""));
}
