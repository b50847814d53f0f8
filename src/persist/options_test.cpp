// Goal: the original's way of reading its command line, and each of its complaints.
#include "persist/options.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {
Options read(const std::vector<std::string>& words) {
  const auto options = parse_options(words, "pd");
  REQUIRE(options);
  return *options;
}
std::string complaint(const std::vector<std::string>& words) {
  const auto options = parse_options(words, "pd");
  REQUIRE(!options);
  CHECK(options.error().code == ErrorCode::kUsage);
  return options.error().text();
}
}  // namespace

TEST_CASE("one dash or two, a blank or an equals sign, letters alone or together") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--verbose", "--user", "x"},
                                                                 {"-verbose", "-user=x"},
                                                                 {"-V", "-u", "x"},
                                                                 {"-Vu", "x"},
                                                                 {"--Vu=x"},
                                                                 {"--V", "--u", "x"}}) {
    const Options options = read(words);
    CHECK(options.verbose);
    CHECK(options.user == "x");
  }
  CHECK(read({}).persistence);
  CHECK(!read({"--no-persistence-mode"}).persistence);
  CHECK(read({"--no-persistence-mode", "-persistence-mode"}).persistence);
  CHECK(read({"--uvm-persistence-mode"}).uvm);
  CHECK(!read({"--uvm-persistence-mode", "--no-uvm-persistence-mode"}).uvm);
  CHECK(read({"--nvidia-cfg-path", "--odd"}).cfg_path == "--odd");
  CHECK(read({"-g", "video", "--", "anything"}).group == "video");
  CHECK(read({"-Vfh"}).action == Options::Action::kHelp);
  CHECK(read({"-v", "--nonsense"}).action == Options::Action::kVersion);
}

TEST_CASE("our own options") {
  CHECK(read({"--backend=nodes"}).backend == Options::Backend::kNodes);
  CHECK(read({"--backend", "cfg"}).backend == Options::Backend::kCfg);
  CHECK(read({"--parallel-opens=1"}).parallel_opens == 1);
  CHECK(read({"--foreground"}).foreground);
  CHECK(read({"-f"}).foreground);
  CHECK(read({"--strict-compat"}).strict_compat);
  CHECK(read({}).runtime_dir == "/var/run/nvidia-persistenced");
  CHECK(read({"--runtime-dir=/x"}).runtime_dir == "/x");
}

TEST_CASE("complaints are the original's sentences") {
  CHECK(complaint({"stray"}) == "pd: invalid option: \"stray\"");
  CHECK(complaint({"--what"}) == "pd: unrecognized option: \"--what\"");
  CHECK(complaint({"-"}) == "pd: unrecognized option: \"-\"");
  CHECK(complaint({"-Vx"}) == "pd: unrecognized option: \"-Vx\"");
  CHECK(complaint({"-uV", "x"}) == "pd: unrecognized option: \"-uV\"");
  CHECK(complaint({"--no-verbose"}) == "pd: unrecognized option: \"--no-verbose\"");
  CHECK(complaint({"--user"}) == "pd: option \"user\" requires an argument.");
  CHECK(complaint({"--user="}) == "pd: option \"user\" requires an argument.");
  CHECK(complaint({"--verbose=1"}) ==
        "pd: option \"verbose\" does not take an argument, but was given an argument of \"1\".");
  CHECK(contains(complaint({"--backend=magic"}), "is not a valid argument for option \"backend\""));
  CHECK(contains(complaint({"--parallel-opens=0"}), "is not a valid argument"));
}

TEST_CASE("version and help have the original's shape") {
  CHECK(render_version().starts_with(
      "\nnvidia-persistenced:  version 595.71.05\n\n  The NVIDIA Persistence Daemon.\n\n"));
  const std::string help = render_help();
  CHECK(contains(help, "  -u USERNAME, --user=USERNAME\n"));
  CHECK(contains(help, "  --persistence-mode, --no-persistence-mode\n"));
  CHECK(contains(help, "  --strict-compat\n"));
}
