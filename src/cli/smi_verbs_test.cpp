#include "cli/smi_verbs.hpp"

#include <doctest.h>
#include <unistd.h>

#include <fstream>

#include "base/text.hpp"
#include "cli/child_commands.hpp"
#include "cli/front_command.hpp"
#include "cli/live_driver.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {

test::Ran run(std::vector<std::string> words) {
  words.insert(words.begin(), "smi");
  return test::run(words);
}

std::string write(const test::Folder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder.path / name) << text;
  return folder.path / name;
}

constexpr const char* kHead =
    "{\"format\":\"nvstack-recording\",\"version\":1,\"wall_ms\":1,\"interval_ms\":100,\"driver_version\":"
    "\"580.95.05\",\"gpus\":[{\"id\":\"00000000:41:00.0\","
    "\"persistence_mode\":{\"value\":\"Enabled\",\"unit\":null,\"status\":\"ok\",\"nvml\":0}}]}\n";
constexpr const char* kChange =
    "{\"ms\":100,\"wall_ms\":101,\"gpus\":{\"0\":{\"set\":{\"persistence_mode\":\"Disabled\"}}}}\n";

}  // namespace

TEST_CASE("every verb has its help") {
  for (const SmiVerb& verb : smi_verbs()) {
    CAPTURE(verb.name);
    const auto answer = run({std::string(verb.name), "--help"});
    CHECK(answer.code == kOk);
    CHECK(contains(answer.out, "smi " + std::string(verb.name)));
  }
  CHECK(find_smi_verb("dmon") == nullptr);
}

TEST_CASE("words that are missing or wrong are said before anything is done") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"record"},
                                                {"record", "x.rec", "--interval", "5"},
                                                {"record", "x.rec", "--for", "soon"},
                                                {"record", "x.rec", "--count", "0"},
                                                {"diff"},
                                                {"watch"},
                                                {"watch", "temprature.gpu > 5"},
                                                {"watch", "lost", "--deadline", "0"},
                                                {"watch", "lost", "--interval", "x"},
                                                {"replay"}}) {
    CAPTURE(join(words, " "));
    const auto answer = run(words);
    CHECK(answer.code == kUsage);
    CHECK(contains(answer.err, "error:"));
  }
  CHECK(contains(run({"watch", "temprature.gpu > 5"}).err, "did you mean temperature.gpu?"));
}

TEST_CASE("the ends of a recording are compared, or two of its moments") {
  const test::Folder folder("ends");
  const std::string path = write(folder, "a.rec", std::string(kHead) + kChange);
  auto answer = run({"diff", path});
  CHECK(answer.code == kFindings);
  CHECK(contains(answer.out, "persistence mode: Enabled"));
  answer = run({"diff", path + "@0s", path + "@50ms"});
  CHECK(answer.code == kOk);
  CHECK(contains(answer.out, "differ in nothing that matters"));
  answer = run({"diff", path + "@0s", path, "--json"});
  CHECK(answer.code == kFindings);
  CHECK(contains(answer.out, "\"severity\": \"note\""));
  std::filesystem::remove(path);
  CHECK(run({"diff", path}).code == kFailed);
}

TEST_CASE("a file that is no recording is not replayed, nor compared with nothing") {
  const test::Folder folder("none");
  const std::string path = write(folder, "a.txt", "hello\n");
  CHECK(run({"replay", path}).code == kFailed);
  CHECK(run({"diff", path}).code == kUsage);
  CHECK(run({"diff", path, path}).code == kFailed);
  std::filesystem::remove(path);
  const std::string recording = write(folder, "b.rec", kHead);
  CHECK(contains(run({"replay", recording, "--at", "9s"}).err, "the recording ends after"));
  CHECK(run({"replay", recording, "--speed", "-1"}).code == kUsage);
  CHECK(run({"replay", recording, "--at", "x"}).code == kUsage);
  std::filesystem::remove(recording);
}

TEST_CASE("a recording in /dev, which the staged machine has of its own, is refused with the cure") {
  const std::string file = "/dev/shm/nvstack-replay-" + std::to_string(::getpid());
  std::ofstream(file) << kHead << kChange;
  const auto answer = run({"replay", file});
  std::filesystem::remove(file);
  CHECK(answer.code == kUsage);
  CHECK(contains(answer.err, "a /dev of its own"));
}

TEST_CASE("intervals are milliseconds unless they say otherwise") {
  CHECK(parse_interval("500") == 500);
  CHECK(parse_interval("2s") == 2000);
  CHECK_FALSE(parse_interval("9"));
  CHECK_FALSE(parse_interval("2d"));
  CHECK_FALSE(parse_interval(""));
}

TEST_CASE("beats are counted") {
  Beat beat({.interval_ms = 10, .for_ms = std::nullopt, .count = 3});
  int beats = 0;
  while (beat.next()) ++beats;
  CHECK(beats == 3);
  Beat once({.interval_ms = 1000, .for_ms = 0, .count = std::nullopt});
  CHECK(once.next());
  CHECK_FALSE(once.next());
}

TEST_CASE("a signal ends the beat and nothing else") {
  Beat beat({.interval_ms = 60'000, .for_ms = std::nullopt, .count = std::nullopt});
  CHECK(beat.next());
  ::raise(SIGTERM);
  CHECK_FALSE(beat.next());
}

TEST_CASE("one command a GPU, with its variables, ended at its deadline") {
  const test::Folder folder("children");
  const std::string path = write(folder, "a.out", "");
  {
    ChildCommands children(60'000);
    CHECK(children.start(0, "echo \"$NVSTACK_TEST\" > " + path + "; sleep 0.2", {{"NVSTACK_TEST", "hot"}}) ==
          true);
    CHECK(children.start(0, "echo twice > " + path, {}) == false);
    CHECK(children.start(1, "true", {}) == true);
  }  // waits for them
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  CHECK(line == "hot");
  std::filesystem::remove(path);
  ChildCommands short_lived(1);
  CHECK(short_lived.start(0, "sleep 3600", {}) == true);
}

TEST_CASE("a command in front is waited for and gives its code") {
  auto command = FrontCommand::start({"sh", "-c", "exit 7"});
  REQUIRE(command);
  while (!command->wait(1000)) {
  }
  CHECK(command->exit_code() == 7);
  auto missing = FrontCommand::start({"no-such-program-of-nvstack"});
  REQUIRE(missing);
  while (!missing->wait(1000)) {
  }
  CHECK(missing->exit_code() == 127);
}
