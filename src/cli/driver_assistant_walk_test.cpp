// Goal: the drop-in's walk over sysfs ends, reads nothing twice, and survives trees that no kernel makes.
#include <doctest.h>

#include "base/text.hpp"
#include "cli/driver_assistant.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;

namespace {

constexpr const char* kAda = "pci:v000010DEd00002684sv000010DEsd000018FEbc03sc00i00";

}  // namespace

TEST_CASE("a device of a driver that is a module counts, one of a built-in driver does not") {
  host::FakeHost fake;
  fake.file("/sys/devices/a/modalias", "pci:a").link("/sys/devices/a/driver", "../../bus/pci/drivers/nvidia");
  fake.link("/sys/bus/pci/drivers/nvidia/module", "../../../../module/nvidia");
  fake.directory("/sys/module/nvidia");
  fake.file("/sys/devices/b/modalias", "pci:b")
      .link("/sys/devices/b/driver", "../../bus/pci/drivers/pcieport");
  fake.directory("/sys/bus/pci/drivers/pcieport");
  fake.file("/sys/devices/c/modalias", "pci:c");
  CHECK(cli::read_modaliases(fake, "/sys/devices") == std::vector<std::string>{"pci:a", "pci:c"});
}

TEST_CASE("links are not followed and depth is bounded, so every walk ends") {
  host::FakeHost fake;
  fake.file("/sys/devices/a/modalias", "pci:a").link("/sys/devices/a/loop", "..");
  CHECK(cli::read_modaliases(fake, "/sys/devices") == std::vector<std::string>{"pci:a"});
  std::string deep = "/sys/devices";
  for (int i = 0; i < 60; ++i) deep += "/d";
  fake.file(deep + "/modalias", "pci:deep");
  CHECK(cli::read_modaliases(fake, "/sys/devices").size() == 1);
  std::string near = "/sys/devices";
  for (int i = 0; i < 20; ++i) near += "/n";
  fake.file(near + "/modalias", "pci:near");
  CHECK(cli::read_modaliases(fake, "/sys/devices").size() == 2);
}

TEST_CASE("empty, unreadable and linked modaliases are left out") {
  host::FakeHost fake;
  fake.file("/sys/devices/a/modalias", "").file("/sys/devices/b/modalias", "\n");
  fake.link("/sys/devices/c/modalias", "../d/real").file("/sys/devices/d/real", kAda);
  fake.file("/sys/devices/e/modalias", "x")
      .error("/sys/devices/e/modalias", {ErrorCode::kDenied, "no", "", {}});
  fake.directory("/sys/devices/f/modalias");
  CHECK(cli::read_modaliases(fake, "/sys/devices").empty());
}

TEST_CASE("without an os-release file the answer is the error, not a guess") {
  host::FakeHost fake;
  fake.file("/sys/devices/a/modalias", kAda);
  const auto input = cli::read_assistant_input(fake, {});
  CHECK(!input.os_release.has_value());
  CHECK(input.os_release_path == "/etc/os-release");
  CHECK(input.modaliases.size() == 1);
  const auto answer = plan::run_assistant({}, input, catalog::Catalog());
  CHECK(!contains(answer.out, "apt-get"));
  CHECK(!(answer.out + answer.err).empty());
}

TEST_CASE("a list that is too large is not read, and told when it was asked for") {
  host::FakeHost fake;
  fake.file("/t/list.json", std::string((16u << 20) + 1, ' '));
  plan::AssistantOptions options;
  options.supported_gpus = "/t/list.json";
  const auto input = cli::read_assistant_input(fake, options);
  CHECK(input.supported_gpus.size() < 100);
  CHECK(!plan::find_assistant_devices(input, catalog::Catalog()));
}

TEST_CASE("a given list decides, and no command is nothing to run") {
  host::FakeHost fake;
  fake.file("/t/list.json", "{\"chips\": []}");
  plan::AssistantOptions options;
  options.supported_gpus = "/t/list.json";
  CHECK(cli::read_assistant_input(fake, options).supported_gpus == "{\"chips\": []}");
  std::string out, err;
  CHECK(cli::run_commands(
      {}, [](const std::string&) { return 1; }, out, err));
  CHECK((out.empty() && err.empty()));
}
