// Goal: the drop-in finds the devices of a sysfs tree as the original walks it, and stops at the first
// command that fails.
#include "cli/driver_assistant.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;

namespace {

constexpr const char* kAda = "pci:v000010DEd00002684sv000010DEsd000018FEbc03sc00i00";

}  // namespace

TEST_CASE("modaliases are read in every depth, without devices of built-in drivers") {
  host::FakeHost fake;
  fake.file("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/modalias", std::string(kAda) + "\n");
  fake.file("/sys/devices/pci0000:00/0000:00:02.0/modalias", "pci:other\n");
  fake.link("/sys/devices/pci0000:00/0000:00:02.0/driver", "../../../bus/pci/drivers/pcieport");
  fake.directory("/sys/bus/pci/drivers/pcieport");
  CHECK(cli::read_modaliases(fake, "/sys/devices") == std::vector<std::string>{kAda});
  CHECK(cli::read_modaliases(fake, "/nowhere").empty());
}

TEST_CASE("a list that was asked for and is not there is told, not replaced") {
  host::FakeHost fake;
  plan::AssistantOptions options;
  options.supported_gpus = "/no/such.json";
  const auto input = cli::read_assistant_input(fake, options);
  CHECK(!input.supported_gpus.empty());
  CHECK(!plan::find_assistant_devices(input, catalog::Catalog()));
  CHECK(cli::read_assistant_input(fake, {}).supported_gpus.empty());
}

TEST_CASE("the machine's own files are read from the paths of the options") {
  host::FakeHost fake;
  fake.file("/t/os", "ID=debian\nVERSION_ID=\"12\"\nNAME=\"Debian\"\n");
  fake.file("/t/sys/devices/a/modalias", kAda);
  plan::AssistantOptions options;
  options.os_release_path = "/t/os", options.sys_path = "/t/sys";
  const auto input = cli::read_assistant_input(fake, options);
  const auto answer = plan::run_assistant(options, input, catalog::Catalog());
  CHECK(contains(answer.out, "sudo apt-get install -Vy nvidia-open"));
}

TEST_CASE("commands run in order until one fails") {
  std::vector<std::string> ran;
  std::string out, err;
  const auto run = [&](const std::string& command) {
    ran.push_back(command);
    return command == "b" ? 1 : 0;
  };
  CHECK(!cli::run_commands({"a", "b", "c"}, run, out, err));
  CHECK(ran == std::vector<std::string>{"a", "b"});
  CHECK(err == "\nError: failed to execute the following command:\n  b\n");
  CHECK(cli::run_commands({"a"}, run, out, err));
}
