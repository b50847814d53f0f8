// Goal: doctor's exit code, text and JSON agree with each other on every captured machine and every log.
#include <doctest.h>

#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

std::vector<std::string> machines() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(snapshot("")))
    if (std::filesystem::exists(entry.path() / "machine.txt")) all.push_back(entry.path());
  return all;
}

}  // namespace

TEST_CASE("on every captured machine the count line agrees with the exit code and the JSON") {
  REQUIRE(machines().size() >= 30);
  for (const std::string& machine : machines()) {
    CAPTURE(machine);
    const Ran text = run({"doctor", "--from", machine}),
              json_ran = run({"doctor", "--json", "--from", machine});
    CHECK(text.code == json_ran.code);
    const auto json = parse_json(json_ran.out);
    REQUIRE(json.has_value());
    int broken = 0, warnings = 0;
    for (const Json& finding : *(*json)["findings"].items()) {
      broken += finding.text("severity") == "broken";
      warnings += finding.text("severity") == "warning";
    }
    CHECK(*(*json)["healthy"].boolean() == (broken == 0));
    CHECK(text.code == (broken == 0 ? kOk : kFindings));
    const std::string counts = std::to_string(broken) + " broken, " + std::to_string(warnings) + " warnings;";
    CHECK(text.out.starts_with(broken + warnings > 0 ? counts : "Nothing is wrong"));
  }
}

TEST_CASE("machines named healthy are, and those named after a fault are not") {
  for (const std::string& machine : machines()) {
    CAPTURE(machine);
    if (machine.ends_with("-healthy")) CHECK(run({"doctor", "--from", machine}).code == kOk);
    for (const char* fault : {"-mismatch", "-fallen-off-bus", "-nouveau", "-dkms-missing", "-vfio",
                              "-runfile-over-packages", "-secure-boot-unsigned", "-stub-libcuda"})
      if (machine.ends_with(fault)) CHECK(run({"doctor", "--from", machine}).code == kFindings);
  }
}

TEST_CASE("logs in every wrapping, packed ones too, are judged") {
  const Folder folder("logs");
  const std::string line = "NVRM: Xid (PCI:0000:3B:00): 48";
  for (const std::string& bytes :
       {line, line + "\r\n", std::string(1, '\0') + line + std::string(1, '\0') + "\n",
        std::string(100'000, '\0') + line, "{\"MESSAGE\":\"" + line + "\"}\n",
        "Nov 22 10:00:00 node kernel: [1.0] " + line + ", pid=1\n"}) {
    const std::string log = folder.put("one.log", bytes);
    const Ran ran = run({"doctor", "--log", log});
    CHECK(ran.code == kFindings);
    CHECK(ran.out.starts_with("1 broken, 0 warnings"));
    CHECK(contains(ran.out, "Xid 48"));
    CHECK(contains(ran.out, "0000:3b:00"));
  }
}

TEST_CASE("a damaged packed log is an error by name, not a healthy log") {
  const Folder folder("packed");
  const std::string log = folder.put("kern.log.gz", std::string("\x1f\x8b\x08\0garbage", 11));
  const Ran ran = run({"doctor", "--log", log});
  CHECK(ran.code == kFailed);
  CHECK(contains(ran.err, "kern.log.gz"));
  CHECK(ran.out.empty());
}

TEST_CASE("an empty log is healthy and says that only the log was judged") {
  const Folder folder("empty");
  const Ran ran = run({"doctor", "--log", folder.put("x", "")});
  CHECK(ran.code == kOk);
  CHECK(contains(ran.out, "this log alone"));
}
