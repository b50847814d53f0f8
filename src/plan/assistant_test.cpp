// Goal: the drop-in answers as the original: its options, its rule over GPUs, its words, order and exit
// codes.
#include "plan/assistant.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

std::string modalias(const std::string& device, const char* base_class = "03") {
  return "pci:v000010DEd0000" + device + "sv000010DEsd000018FEbc" + base_class + "sc00i00";
}

AssistantInput input(const std::vector<std::string>& devices,
                     const std::string& os = "NAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\n") {
  AssistantInput made;
  for (const std::string& device : devices) made.modaliases.push_back(modalias(device));
  made.os_release = os;
  made.supported_gpus_path = "supported-gpus.json";
  return made;
}

AssistantAnswer run(const std::vector<std::string>& words, const AssistantInput& machine) {
  const auto options = parse_assistant_options(words);
  REQUIRE(options);
  return run_assistant(*options, machine, make::catalog());
}

std::string command_for(const std::string& distro, const char* flavor, const char* branch = nullptr) {
  std::vector<std::string> words = {"--distro", distro, "--module-flavor", flavor};
  if (branch) words.insert(words.end(), {"--branch", branch});
  const AssistantAnswer answer = run(words, input({"2684"}));
  const auto lines = split_lines(answer.out);
  return lines.empty() || answer.exit_code != 0 ? "" : std::string(trim(lines.back()));
}

}  // namespace

TEST_CASE("one GPU, to the byte") {
  const AssistantAnswer answer = run({}, input({"2684"}));
  CHECK(answer.out ==
        "Detected GPUs:\n  NVIDIA GeForce RTX 4090 - (pci_id 0x2684)\n\n"
        "Detected system:\n  Ubuntu 24.04\n\n"
        "Please copy and paste the following command to install the open kernel module flavour:\n"
        "  sudo apt-get install -y nvidia-open\n");
  CHECK(answer.err.empty());
  CHECK(answer.exit_code == 0);
}

TEST_CASE("two GPUs: no blank line after the list, as in the original") {
  const AssistantAnswer answer = run({}, input({"2684", "1B80"}));
  CHECK(contains(answer.out, "(pci_id 0x1B80)\nDetected system:"));
  CHECK(contains(answer.out,
                 "install the legacy kernel module flavour:\n  sudo apt-get install -y cuda-drivers\n"));
}

TEST_CASE("the rule over all GPUs: open wins over old ones, old ones over those that allow both") {
  using enum AssistantHint;
  const auto combine = [](const std::vector<AssistantHint>& hints) {
    std::vector<AssistantDevice> devices;
    for (const AssistantHint hint : hints) devices.push_back({"0x0", "", hint});
    return combine_hints(devices);
  };
  CHECK(combine({kProprietarySupported}) == "open");
  CHECK(combine({kOpenRequired, kProprietarySupported}) == "open");
  CHECK(combine({kProprietaryRequired}) == "closed");
  CHECK(combine({kProprietaryRequired, kProprietarySupported}) == "closed");
  CHECK(combine({kProprietaryRequired, kOpenRequired}) == "open");
}

TEST_CASE("where our plan refuses, standard error says so and standard output stays the original's") {
  const AssistantAnswer answer = run({}, input({"1B80", "2B85"}));
  CHECK(contains(answer.out, "sudo apt-get install -y nvidia-open"));
  CHECK(answer.exit_code == 0);
  CHECK(contains(answer.err, "note: nvstack plan refuses this: "));
  CHECK(contains(run({}, input({"1B80"})).err, "branch 580 is the last"));
}

TEST_CASE("each distribution's line, newest and by branch") {
  CHECK(command_for("debian:12", "open") == "sudo apt-get install -Vy nvidia-open");
  CHECK(command_for("debian:12", "closed", "560") == "sudo apt-get install -Vy cuda-drivers-560");
  CHECK(command_for("ubuntu24.04", "open").empty());  // digits are cut at the end alone: "ubuntu24."
  CHECK(command_for("ubuntu:22.04", "open", "580") == "sudo apt-get install -y nvidia-open-580");
  CHECK(command_for("fedora41", "closed") == "sudo dnf -y install cuda-drivers");
  CHECK(command_for("rhel:9.4", "open") == "sudo dnf -y module install nvidia-driver:open-dkms");
  CHECK(command_for("rocky:8", "closed", "570") == "sudo dnf -y module install nvidia-driver:570-dkms");
  CHECK(command_for("ol:10", "open", "580") == "sudo dnf -y install nvidia-open-580");
  CHECK(command_for("amzn:2023", "open") == "sudo dnf -y module install nvidia-driver:open-dkms");
  CHECK(command_for("kylin:10", "open", "560") == "sudo dnf -y module install nvidia-driver:560-open");
  CHECK(command_for("mariner:2", "open") == "sudo tdnf -y install nvidia-open");
  CHECK(command_for("azurelinux:3", "closed") == "Not supported");
  CHECK(command_for("opensuse-leap:15.6", "closed") == "sudo zypper --verbose install -y cuda-drivers");
  CHECK(command_for("sles:15", "open", "560") == "sudo zypper install -y nvidia-open-560");
}

TEST_CASE("errors have the original's words and exit 1") {
  const AssistantInput ada = input({"2684"});
  CHECK(run({"--branch", "550"}, ada).err == "Error: only releases >= 560 are allowed\n");
  CHECK(run({"--branch", "x"}, ada).err == "Error: x is not an integer value\n");
  CHECK(run({"--branch", "550"}, ada).exit_code == 1);
  CHECK(contains(run({"--module-flavor", "half"}, ada).err, "Error: invalid module flavor."));
  const AssistantAnswer none = run({}, input({}));
  CHECK(none.out == "No NVIDIA GPUs detected\n");
  CHECK(none.err == "Error: Failed to find a suitable driver\n");
  CHECK(none.exit_code == 1);
  const AssistantAnswer arch = run({"--distro", "arch:1"}, ada);
  CHECK(arch.err == "Error: could not find the instructions for arch-open\n");
  const AssistantAnswer alma =
      run({}, input({"2684"}, "ID=\"almalinux\"\nVERSION_ID=\"9.4\"\nNAME=\"AlmaLinux\"\n"));
  CHECK(contains(alma.err, "ERROR:root:Error: detected almalinux 9.4 distribution is not supported\n"));
  CHECK(alma.exit_code == 1);
  CHECK(contains(run({}, input({"2684"}, "garbage\xff\n")).err, "cannot extract valid values"));
  AssistantInput unread = input({"2684"});
  unread.os_release = fail(ErrorCode::kNotFound, "no such file");
  CHECK(contains(run({}, unread).err, "cannot read /etc/os-release"));
}

TEST_CASE("--list-supported-distros prints the eleven names") {
  const AssistantAnswer answer = run({"--list-supported-distros"}, input({}));
  CHECK(
      answer.out ==
      "The following are the currently accepted distribution aliases:\n  amzn\n  debian\n  ubuntu\n  fedora\n"
      "  kylin\n  azurelinux\n  rhel\n  rocky\n  ol\n  opensuse\n  sles\n");
  CHECK(answer.exit_code == 0);
}

TEST_CASE("--install names the license and what is to be run") {
  const AssistantAnswer answer = run({"--install"}, input({"2684"}));
  CHECK(contains(answer.out, "Using the NVIDIA driver implies acceptance of the NVIDIA Software\n"));
  CHECK(contains(answer.out, "Installing the following package for the open kernel module flavour:\n"));
  CHECK(answer.to_run == std::vector<std::string>{"sudo apt-get install -y nvidia-open"});
}

TEST_CASE("options: beginnings, no value, unknown words") {
  CHECK(parse_assistant_options({"--dist", "sles:15"})->distro == "sles:15");
  CHECK(parse_assistant_options({"--branch=580"})->branch == "580");
  CHECK(!parse_assistant_options({"--branch", "--install"})->branch);
  CHECK(parse_assistant_options({"--branch", "--install"})->install);
  CHECK(parse_assistant_options({"-h"})->help);
  CHECK(!parse_assistant_options({"--bogus"}));
  CHECK(!parse_assistant_options({"word"}));
  CHECK(!parse_assistant_options({"--install=1"}));
  CHECK(contains(parse_assistant_options({"--s", "x"}).error().message, "ambiguous"));
  for (const char* name : {"--sys-path", "--os-release-path", "--supported-gpus", "--module-flavor"})
    CHECK_MESSAGE(contains(assistant_help(), name), name);
}

TEST_CASE("supported-gpus.json decides when there is one: features, unknown ids, the last row of an id") {
  AssistantInput machine = input({"2684", "9999", "1B80"});
  machine.supported_gpus = R"({"chips":[
    {"devid":"0x1B80","name":"Old","features":["vdpaufeaturesetH"],"legacybranch":"580.xx"},
    {"devid":"0x2684","name":"First","features":["kernelopen"]},
    {"devid":"0x2684","name":"Second","features":["KernelOpen","gsp_proprietary_supported"]}]})";
  const auto devices = find_assistant_devices(machine, make::catalog());
  REQUIRE(devices);
  REQUIRE(devices->size() == 3);
  CHECK((*devices)[0].id == "0x1B80");
  CHECK((*devices)[0].hint == AssistantHint::kProprietaryRequired);
  CHECK((*devices)[1].name == "Second");
  CHECK((*devices)[1].hint == AssistantHint::kProprietarySupported);
  CHECK((*devices)[2].name == "unknown");
  CHECK((*devices)[2].hint == AssistantHint::kOpenRequired);
}

TEST_CASE("hostile lists and modaliases are errors or nothing, never a crash") {
  AssistantInput machine = input({"2684"});
  for (const char* text : {"{", "[]", "{\"chips\":3}", "\xff\xfe", "{\"chips\":[1,null,{\"devid\":7}]}"}) {
    machine.supported_gpus = text;
    const AssistantAnswer answer = run({}, machine);
    CHECK(answer.exit_code == (contains(text, "devid") ? 0 : 1));
  }
  AssistantInput odd;
  odd.modaliases = {"",
                    "pci:",
                    "pci:v000010DEd00002684",
                    modalias("2684", "04"),
                    std::string(100'000, 'v'),
                    std::string("pci:v\0\0", 7),
                    "usb:v10DE"};
  CHECK(find_assistant_devices(odd, make::catalog())->empty());
}

TEST_CASE("--json is one object on standard output") {
  const AssistantAnswer answer = run({"--json"}, input({"2684"}));
  const auto json = parse_json(answer.out);
  REQUIRE(json);
  CHECK(json->text("flavor") == "open");
  CHECK((*json)["gpus"].items()->front().text("pci_id") == "0x2684");
  CHECK(*(*json)["commands"].items()->front().string() == "sudo apt-get install -y nvidia-open");
}
