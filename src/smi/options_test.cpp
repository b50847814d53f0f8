#include "smi/options.hpp"

#include <doctest.h>

#include "smi/log.hpp"

using namespace nvstack;
using namespace nvstack::smi;

namespace {

std::string problem(const std::vector<std::string>& words) {
  const auto options = parse_options(words);
  return options ? "" : options.error().message;
}

}  // namespace

TEST_CASE("values stand behind '=' or as the next word") {
  for (const auto& words : {std::vector<std::string>{"-i", "0,1", "-q"},
                            {"--id=0,1", "-q"},
                            {"-i=0,1", "--query"},
                            {"-q", "-g", "0,1"}}) {
    const auto options = parse_options(words);
    REQUIRE(options);
    CHECK(options->task == Task::kQuery);
    CHECK(options->ids == "0,1");
  }
}

TEST_CASE("a loop without a value waits five seconds") {
  CHECK(parse_options({"-l"})->loop_ms == 5000);
  CHECK(parse_options({"-l", "2"})->loop_ms == 2000);
  CHECK(parse_options({"--loop=1"})->loop_ms == 1000);
  CHECK(parse_options({"-lms", "250"})->loop_ms == 250);
  CHECK_FALSE(parse_options({})->loop_ms);
  CHECK(problem({"-l", "0"}).starts_with("ERROR:"));
  CHECK(problem({"-lms=x"}).starts_with("ERROR:"));
}

TEST_CASE("the words of -d, in any case") {
  CHECK(parse_options({"-q", "-d", "ECC,POWER"})->sections == (kEccSection | kPowerSection));
  CHECK(parse_options({"-q", "-d", "memory"})->sections == kMemorySection);
  CHECK(problem({"-q", "-d", "WEATHER"}).find("WEATHER") != std::string::npos);
  CHECK(problem({"-q", "-x", "-d", "ECC"}) ==
        "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.");
}

TEST_CASE("selective queries need a format") {
  const auto options = parse_options({"--query-gpu=index,name", "--format=csv,noheader"});
  REQUIRE(options);
  CHECK(options->task == Task::kFieldQuery);
  CHECK(options->fields == "index,name");
  CHECK(problem({"--query-gpu=index"}) ==
        "\"--format=\" switch is missing. Please run 'nvidia-smi -h' for help.");
  CHECK(problem({"--query-gpu=index", "--json"}).empty());
  const auto list = parse_options({"--query-compute-apps=pid", "--format=csv"});
  CHECK(list->task == Task::kListQuery);
  CHECK(list->list == ListKind::kComputeApps);
}

TEST_CASE("words that are no options") {
  CHECK(problem({"--foo"}) == "ERROR: Option --foo is not recognized. Please run 'nvidia-smi -h' for help.");
  CHECK(problem({"-m"}) == "ERROR: Option -m is missing its value. Please run 'nvidia-smi -h' for help.");
  CHECK(problem({"-L", "-q"}) ==
        "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.");
  CHECK(problem({"-x"}) == "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.");
  CHECK(problem({"-L=1"}).starts_with("ERROR:"));
  CHECK(problem({"--compat=old"}).find("--compat") != std::string::npos);
}

TEST_CASE("settings keep their order and values") {
  const auto options = parse_options({"-pm", "1", "-pl=250", "-rgc", "-r", "-eow"});
  REQUIRE(options);
  CHECK(options->task == Task::kSettings);
  REQUIRE(options->settings.size() == 4);
  CHECK(options->settings[0].kind == SettingKind::kPersistence);
  CHECK(options->settings[1].value == "250");
  CHECK(options->settings[2].kind == SettingKind::kResetClocks);
  CHECK(options->settings[3].kind == SettingKind::kReset);
  CHECK(options->error_on_warning);
}
