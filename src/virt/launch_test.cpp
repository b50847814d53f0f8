// Goal: the words that one program writes the other reads; a wrong word is refused before any namespace is
// made.
#include "virt/launch.hpp"

#include <doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/fd.hpp"
#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

struct Ran {
  int code = 0;
  std::string error;
};

/// launch_main() with these words after the program's name, and what it says on standard error.
Ran run(std::vector<std::string> words) {
  words.insert(words.begin(), "nvstack-virt-driver");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd reading(ends[0]), before(::dup(STDERR_FILENO));
  Fd writing(ends[1]);
  std::fflush(stderr);
  ::dup2(writing.number(), STDERR_FILENO);
  Ran ran;
  ran.code = launch_main(static_cast<int>(words.size()), argv.data());
  std::fflush(stderr);
  ::dup2(before.number(), STDERR_FILENO);
  writing.reset();
  std::array<char, 4096> text;
  const ssize_t bytes = ::read(reading.number(), text.data(), text.size());
  ran.error.assign(text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  return ran;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the words of a plain start") {
  LaunchOptions options;
  options.libraries = "/lib/virt", options.programs = "/bin";
  CHECK(launch_words("driver", "h100x8", options) ==
        Words{"driver", "h100x8", "--libraries=/lib/virt", "--programs=/bin"});
}

TEST_CASE("the words of everything, the command as it is") {
  LaunchOptions options;
  options.privilege = Privilege::kRootless, options.lifetime = Lifetime::kDetached,
  options.devices = DeviceMode::kFuse;
  options.seed = 18446744073709551615u;
  options.command = {"sh", "-c", "echo --detached", "--", ""};
  CHECK(launch_words("d", "./my.toml", options) ==
        Words{"d", "./my.toml", "--libraries=", "--programs=", "--rootless", "--detached", "--devices=fuse",
              "--seed=18446744073709551615", "--", "sh", "-c", "echo --detached", "--", ""});
}

TEST_CASE("the program's pid 1 is known by its second word") {
  LaunchOptions options;
  options.command = {"true"};
  CHECK(launch_words("/usr/libexec/nvstack/nvstack-virt-driver", "t4", options)[1] == "t4");
}

TEST_CASE("words that mean nothing are a usage error with who starts the program") {
  for (const char* word :
       {"--nonsense", "--devices=pci", "--devices", "--seed=x", "--seed", "-v", "--rootles"}) {
    const Ran ran = run({"h100x8", word});
    CHECK_MESSAGE(ran.code == 2, word);
    CHECK_MESSAGE(contains(ran.error, std::string("unexpected word ") + word), ran.error);
    CHECK(contains(ran.error, "hint: nvstack virt run starts this program"));
  }
}

TEST_CASE("a second scenario is one too many") {
  const Ran ran = run({"h100x8", "t4"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.error, "unexpected word t4"));
}

TEST_CASE("a scenario that is not known: the nearest one is named, nothing is started") {
  const Ran ran = run({"h100x9", "--", "sh", "-c", "exit 77"});
  CHECK(ran.code == 1);
  CHECK(contains(ran.error, "nvstack: error: no scenario named \"h100x9\""));
  CHECK(contains(ran.error, "hint: did you mean h100x8?"));
  CHECK(run({"/no/such/file.toml"}).code == 1);
  CHECK(run({}).code == 1);
  CHECK(run({"h100x9", "--libraries=", "--programs="}).code == 1);  // no folder is no path to make absolute
}

TEST_CASE("hostile words are shown without what would move a terminal") {
  const Ran ran = run({"h100x8", std::string("--\x1b[2J") + std::string(500, 'x')});
  CHECK(ran.code == 2);
  CHECK(ran.error.find('\x1b') == std::string::npos);
  CHECK(ran.error.size() < 300);
}

TEST_CASE("a driver without libraries here is refused before anything is made") {
  LaunchOptions options;
  options.scenario.driver.library_version = "999.1";
  const auto launched = launch(options);
  REQUIRE_FALSE(launched.has_value());
  CHECK(launched.error().code == ErrorCode::kUsage);
  CHECK(contains(launched.error().message, "999.1"));
}
