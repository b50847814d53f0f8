// Goal: traces of the .run installer are seen, its log bounded and its version taken from the head.
#include "facts/runfile.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

TEST_CASE("the version that the log names") {
  CHECK(parse_installer_log("nvidia-installer log file '/var/log/nvidia-installer.log'\ncreation time: Mon\n"
                            "installer version: 580.95.05\n\nPATH: /usr/bin\n") == "580.95.05");
  CHECK(parse_installer_log("installer version: \x1b[31m\n") == "");
  CHECK(parse_installer_log("installer version:") == "");
  CHECK(parse_installer_log("") == "");
}

TEST_CASE("a machine with an installed .run driver") {
  FakeHost machine;
  machine.file("/usr/bin/nvidia-uninstall", "").file("/var/lib/nvidia/log", "1\n");
  machine.file("/usr/lib/nvidia/alternate-install-present", "");
  machine.file("/var/log/nvidia-installer.log",
               "installer version: 470.57.02\n" + std::string(100'000, 'x') + "end\n");
  const auto runfile = read_runfile(machine);
  REQUIRE(runfile);
  CHECK(runfile->uninstaller);
  CHECK(runfile->backup_log);
  CHECK(runfile->version == "470.57.02");
  CHECK(runfile->log_tail.size() == 64u << 10);
  CHECK(runfile->log_tail.substr(runfile->log_tail.size() - 4) == "end\n");
  CHECK(runfile->hooks == std::vector<std::string>{"/usr/lib/nvidia/alternate-install-present"});
}

TEST_CASE("no trace, and a log that is denied") {
  const auto none = read_runfile(FakeHost());
  REQUIRE(none);
  CHECK(!none->uninstaller);
  CHECK(none->version == "");
  FakeHost denied;
  denied.error("/var/log/nvidia-installer.log", {ErrorCode::kDenied, "cannot open the log", "", {}});
  CHECK(read_runfile(denied).error().code == ErrorCode::kDenied);
}
