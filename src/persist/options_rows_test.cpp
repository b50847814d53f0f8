// Goal: every option of the table on its own: its forms, its default, its place in the help.
#include <doctest.h>

#include "base/text.hpp"
#include "persist/options.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

struct TextOption {
  const char* name;
  std::string Options::*member;
};
const TextOption kTexts[] = {
    {"user", &Options::user},
    {"group", &Options::group},
    {"nvidia-cfg-path", &Options::cfg_path},
    {"root", &Options::root},
    {"runtime-dir", &Options::runtime_dir},
    {"state-dir", &Options::state_dir},
    {"policy", &Options::policy},
    {"readonly-socket", &Options::readonly_socket},
};

}  // namespace

TEST_CASE("without options the daemon is the original: every GPU held, no UVM, in the background") {
  const auto options = parse_options({}, "pd");
  REQUIRE(options);
  CHECK(options->action == Options::Action::kRun);
  CHECK((options->persistence && !options->uvm && !options->verbose && !options->foreground));
  CHECK((!options->strict_compat && options->parallel_opens == 16));
  CHECK(options->backend == Options::Backend::kAuto);
  for (const TextOption& option : kTexts)
    CHECK(((*options).*(option.member)).empty() == (std::string(option.name) != "runtime-dir"));
  CHECK(options->runtime_dir == "/var/run/nvidia-persistenced");
}

TEST_CASE("an option with a value takes the next word or what stands behind the equals sign") {
  for (const TextOption& option : kTexts)
    for (const std::string& dash : {std::string("-"), std::string("--")}) {
      const std::string name = dash + option.name;
      for (const auto& words : {std::vector<std::string>{name, "a=b"}, {name + "=a=b"}}) {
        const auto options = parse_options(words, "pd");
        REQUIRE(options);
        CHECK((*options).*(option.member) == "a=b");
      }
      const auto twice = parse_options({name, "first", name, "second"}, "pd");
      REQUIRE(twice);
      CHECK((*twice).*(option.member) == "second");
    }
}

TEST_CASE("an option with a value complains when there is none") {
  for (const TextOption& option : kTexts) {
    const std::string name = std::string("--") + option.name;
    const std::string sentence = std::string("pd: option \"") + option.name + "\" requires an argument.";
    for (const auto& words : {std::vector<std::string>{name}, {name + "="}, {name, ""}}) {
      const auto options = parse_options(words, "pd");
      REQUIRE(!options);
      CHECK(options.error().message == sentence);
      CHECK(options.error().code == ErrorCode::kUsage);
    }
  }
}

TEST_CASE("a switch takes no value, and only the two modes can be negated") {
  for (const char* name : {"version", "help", "verbose", "persistence-mode", "no-persistence-mode",
                           "uvm-persistence-mode", "foreground", "strict-compat"}) {
    const auto options = parse_options({std::string("--") + name + "=yes"}, "pd");
    REQUIRE(!options);
    CHECK(options.error().message ==
          std::string("pd: option \"") + name +
              "\" does not take an argument, but was given an argument of \"yes\".");
  }
  for (const char* name : {"no-user", "no-foreground", "no-strict-compat", "no-", "no-no-persistence-mode"}) {
    const auto options = parse_options({std::string("--") + name}, "pd");
    REQUIRE(!options);
    CHECK(contains(options.error().message, "unrecognized option"));
  }
}

TEST_CASE("the number of parallel opens is between 1 and 256") {
  for (const char* good : {"1", "2", "256"}) {
    const auto options = parse_options({"--parallel-opens", good}, "pd");
    REQUIRE(options);
    CHECK(options->parallel_opens == parse_uint(good));
  }
  for (const char* bad : {"0", "257", "-1", "1.5", "0x10", "many", "18446744073709551616", " 1"}) {
    const auto options = parse_options({"--parallel-opens", bad}, "pd");
    REQUIRE(!options);
    CHECK(options.error().message ==
          std::string("pd: \"") + bad + "\" is not a valid argument for option \"parallel-opens\".");
  }
}

TEST_CASE("the first word that is wrong ends the reading; after help and version nothing is read") {
  CHECK(parse_options({"--nonsense", "--help"}, "pd").error().message ==
        "pd: unrecognized option: \"--nonsense\"");
  CHECK(parse_options({"--help", "--nonsense"}, "pd")->action == Options::Action::kHelp);
  CHECK(parse_options({"-h", "-v"}, "pd")->action == Options::Action::kHelp);
  CHECK(parse_options({"-Vv", "stray"}, "pd")->action == Options::Action::kVersion);
  CHECK(parse_options({"--", "--nonsense"}, "pd")->action == Options::Action::kRun);
  CHECK(!parse_options({"-V", "stray", "--"}, "pd"));
}

TEST_CASE("bytes of a terminal do not come back raw in a complaint") {
  const auto stray = parse_options({"\x1b[31mred"}, "pd");
  REQUIRE(!stray);
  CHECK(stray.error().message.find('\x1b') == std::string::npos);
  const auto unknown = parse_options({"--\x07"}, "pd");
  REQUIRE(!unknown);
  CHECK(unknown.error().message.find('\x07') == std::string::npos);
  const auto huge = parse_options({"--backend=" + std::string(100'000, 'x')}, "pd");
  REQUIRE(!huge);
  CHECK(huge.error().message.size() < 300);
}

TEST_CASE("the help names every option once and stays within the width of a terminal") {
  const std::string help = render_help();
  for (const TextOption& option : kTexts) CHECK(contains(help, std::string("--") + option.name + "="));
  CHECK(contains(help, "--no-uvm-persistence-mode"));
  CHECK(contains(help, "--backend=auto|cfg|nodes"));
  CHECK(contains(help, "  -f, --foreground\n"));
  REQUIRE(help.starts_with(render_version()));  // one sentence of it is the original's, 98 columns long
  const std::string options = help.substr(render_version().size());
  for (const std::string_view line : split_lines(options)) CHECK(line.size() <= 80);
}
