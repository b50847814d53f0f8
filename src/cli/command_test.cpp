// Goal: the commands answer with the right exit codes and words on logs, described machines and hostile
// arguments.
#include "cli/command.hpp"

#include <doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/machine.hpp"

using namespace nvstack;
using namespace nvstack::cli;
namespace fs = std::filesystem;

namespace {

struct Ran {
  int code = 0;
  std::string out, err;
};

Ran run(const std::vector<std::string>& words) {
  Ran ran;
  Terminal terminal;
  terminal.out = [&](std::string_view text) { ran.out += text; };
  terminal.err = [&](std::string_view text) { ran.err += text; };
  ran.code = run_words(words, terminal);
  return ran;
}

struct File {
  std::string path;
  File(const std::string& name, const std::string& bytes)
      : path(fs::temp_directory_path() / (std::to_string(::getpid()) + name)) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~File() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("no command, an unknown one, help and version") {
  CHECK(run({}).code == kUsage);
  CHECK(contains(run({}).err, "doctor"));
  CHECK(run({"--help"}).code == kOk);
  CHECK(run({"--version"}).out.starts_with("nvstack "));
  const Ran typo = run({"docter"});
  CHECK(typo.code == kUsage);
  CHECK(contains(typo.err, "did you mean doctor?"));
  for (const Command& command : commands()) {
    const Ran help = run({std::string(command.name), "--help"});
    CHECK_MESSAGE(help.code == kOk, command.name);
    for (const std::string_view line : split_lines(help.out)) CHECK_MESSAGE(display_width(line) <= 80, line);
  }
}

TEST_CASE("a pasted log with a fault is broken, one without is healthy") {
  const File bad(
      "bad.log",
      "NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n");
  const Ran broken = run({"doctor", "--log", bad.path, "--json"});
  CHECK(broken.code == kFindings);
  const auto json = parse_json(broken.out);
  REQUIRE(json);
  CHECK(*(*json)["healthy"].boolean() == false);
  CHECK(contains(broken.out, "3b:00"));
  const File good("good.log", "[    1.0] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n");
  CHECK(run({"doctor", "--log", good.path}).code == kOk);
  const File binary("binary.log", std::string("\0\xff\xfeNVRM: Xid (PCI:0000:01:00): 48\0\n", 35));
  CHECK(run({"doctor", "--log", binary.path, "--json"}).code == kFindings);
}

TEST_CASE("a log that is not there, or is a folder, is an error by name") {
  const Ran none = run({"doctor", "--log", "/no/such/file"});
  CHECK(none.code == kFailed);
  CHECK(contains(none.err, "/no/such/file"));
  CHECK(run({"doctor", "--log", "/tmp"}).code == kUsage);
}

TEST_CASE("a described machine gets a plan, an impossible wish a refusal") {
  const Ran plan = run({"plan", "--json", "--gpu", "10de:2684:10de:16f3", "--distribution", "debian:12"});
  CHECK(plan.code == kOk);
  CHECK(contains(plan.out, "nvidia-open"));
  const Ran refused =
      run({"plan", "--json", "--gpu", "10de:1b80", "--gpu", "10de:2b85", "--distribution", "ubuntu:24.04"});
  CHECK(refused.code == kRefused);
  CHECK(!parse_json(refused.out).value()["refusals"].items()->empty());
}

TEST_CASE("wrong words of plan are usage errors") {
  const std::vector<std::string> machine = {"plan", "--gpu", "10de:2684", "--distribution", "debian:12"};
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{"--branch", "x"},
                                                                                    {"--flavor", "closed"},
                                                                                    {"--for", "fun"},
                                                                                    {"--at", "tomorrow"},
                                                                                    {"--cuda", "a.b"},
                                                                                    {"--kernel", "huge"},
                                                                                    {"--arch", "mips"},
                                                                                    {"--platform", "moon"}}) {
    std::vector<std::string> words = machine;
    words.insert(words.end(), more.begin(), more.end());
    CHECK_MESSAGE(run(words).code == kUsage, join(more, " "));
  }
  CHECK(run({"plan", "--gpu", "1002:73bf", "--distribution", "debian:12"}).code == kUsage);
}

TEST_CASE("explain knows, suggests, lists") {
  CHECK(run({"explain", "persistence", "mode"}).code == kOk);
  CHECK(contains(run({"explain", "xid", "79"}).out, "79"));
  const Ran typo = run({"explain", "persistance mode"});
  CHECK(typo.code == kFailed);
  CHECK(contains(typo.err, "did you mean"));
  CHECK(split_lines(run({"explain", "--list"}).out).size() > 100);
  CHECK(run({"explain"}).code == kUsage);
}

TEST_CASE("captures: names are checked, hostile ones refused, a root and a capture exclude each other") {
  CHECK(run({"capture"}).code == kUsage);
  CHECK(run({"capture", "x.zip"}).code == kUsage);
  const File garbage("garbage.tar", "no archive");
  const Ran refused = run({"doctor", "--from", garbage.path});
  CHECK(refused.code == kFailed);
  CHECK(contains(refused.err, garbage.path));
  CHECK(run({"doctor", "--from", garbage.path, "--root", "/tmp"}).code == kUsage);
  CHECK(run({"detect", "--root", "/no/such/root"}).code == kFailed);
}

TEST_CASE("several captures give a JSON line each, an unreadable one too") {
  const File one("one.tar", "x"), two("two.tar", "y");
  const Ran ran = run({"doctor", "--from", one.path, two.path});
  const auto lines = split_lines(ran.out);
  REQUIRE(lines.size() == 2);
  CHECK(ran.code == kFindings);
  CHECK(parse_json(lines[0]).value().text("machine") == one.path);
  CHECK(!parse_json(lines[1]).value().text("error").empty());
}

TEST_CASE("tables can be replaced, and a bad one stops the command") {
  const File folder("tables", "");
  fs::remove(folder.path);
  fs::create_directory(folder.path);
  std::ofstream(folder.path + "/chips.tsv") << "broken";
  const Ran ran = run({"explain", "driver", "--data", folder.path});
  CHECK(ran.code == kFailed);
  CHECK(contains(ran.err, "chips.tsv"));
}

TEST_CASE("an argument file is read from its end when it is too long") {
  const File file("long", std::string(1000, 'a') + "end");
  bool cut_off = false;
  CHECK(*read_argument_file(file.path, 100, cut_off) == std::string(97, 'a') + "end");
  CHECK(cut_off);
  CHECK(read_argument_file(file.path, 2000, cut_off)->size() == 1003);
  CHECK(!cut_off);
}
