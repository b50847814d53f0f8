// Goal: a captured machine answers doctor, detect and plan as the machine itself does, and names nobody.
#include <doctest.h>

#include <sys/stat.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/redact.hpp"
#include "cli/test_terminal.hpp"
#include "host/capture.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

constexpr const char* kMachines[] = {
    "debian-12-no-gpu",        "ubuntu-24.04-rtx4090-mismatch", "ubuntu-22.04-h100x8-fallen-off-bus",
    "rhel-9-a100x8-healthy",   "ubuntu-24.04-rtx4090-vfio",     "opensuse-15-rtx2080ti-locked",
    "arch-rtx4070-fresh",      "wsl2-ubuntu-24.04-healthy",     "ubuntu-22.04-rtx3080-runfile-over-packages",
    "fedora-44-gtx970-masked",
};

const std::string kSecretLog =
    "[    1.000000] gpubox kernel: Linux version 6.1.0\n"
    "[    2.000000] gpubox kernel: usb 1-1: SerialNumber: 5CG1234XYZ\n"
    "[    3.000000] gpubox kernel: eth0: 52:54:00:ab:cd:ef at 10.9.8.7\n"
    "[    4.000000] gpubox kernel: NVRM: GPU at PCI:0000:01:00: GPU-4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b\n"
    "[    5.000000] gpubox kernel: NVRM: Xid (PCI:0000:01:00): 48, pid=1, name=x, DBE\n";

/// A machine with everything that must not leave it.
std::string secret_machine(const Folder& folder) {
  folder.put("machine.txt",
             "# A test.\nset KERNEL 6.1.0-37-amd64\n"
             "file /proc/sys/kernel/osrelease = 6.1.0-37-amd64\n"
             "file /etc/hostname = gpubox\n"
             "file /etc/os-release\n| ID=debian\n| VERSION_ID=\"12\"\n| PRETTY_NAME=\"Debian 12\"\n"
             "file /proc/cmdline = root=UUID=4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b ro\n"
             "gpu 0000:01:00.0 10de:2684:10de:16f3 driver=nvidia\n"
             "command journalctl -k -b --no-pager -o short-monotonic -n 50000\n| " +
                 replace_all(std::string(trim(kSecretLog)), "\n", "\n| ") +
                 "\nnvml\n| {\"init_code\":0,\"driver_version\":\"580.95.05\",\"gpus\":[{\"index\":0,"
                 "\"serial\":\"1650023456789\",\"uuid\":\"GPU-4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b\"}]}\n");
  return folder.path;
}

/// Everything in a capture as one text.
std::string all_texts(const host::MachineImage& image) {
  std::string all;
  for (const auto& [path, entry] : image.entries)
    all += path + "\n" + entry.content + "\n" + entry.target + "\n";
  for (const auto& [argv, answer] : image.commands)
    if (answer) all += answer->out + answer->err;
  for (const auto& [name, text] : image.attachments) all += text;
  return all;
}

}  // namespace

TEST_CASE("doctor, detect and plan say of the capture what they say of the machine") {
  const Folder folder("capture");
  for (const char* name : kMachines) {
    CAPTURE(name);
    const std::string machine = snapshot(name), archive = folder.path / (std::string(name) + ".tar.zst");
    const Ran made = run({"capture", archive, "--from", machine});
    REQUIRE_MESSAGE(made.code == kOk, made.err);
    CHECK(made.out.empty());
    CHECK(contains(made.err, "identifying words replaced"));
    for (const char* command : {"doctor", "detect", "plan"}) {
      CAPTURE(command);
      const Ran before = run({command, "--from", machine}), after = run({command, "--from", archive});
      CHECK(after.code == before.code);
      CHECK(after.out == before.out);
      CHECK(before.out.size() > 20);
      CHECK(after.err == before.err);
    }
  }
}

TEST_CASE("without redaction even the JSON is the same, in every form of archive") {
  const Folder folder("forms");
  const std::string machine = snapshot("ubuntu-22.04-h100x8-fallen-off-bus");
  for (const char* form : {".tar", ".tar.gz", ".tar.zst"}) {
    const std::string archive = folder.path / (std::string("machine") + form);
    const Ran made = run({"capture", archive, "--from", machine, "--no-redact"});
    REQUIRE_MESSAGE(made.code == kOk, made.err);
    CHECK(contains(made.err, "nothing redacted"));
    for (const char* command : {"doctor", "detect", "plan"}) {
      const Ran before = run({command, "--json", "--from", machine});
      CHECK_MESSAGE(run({command, "--json", "--from", archive}).out == before.out, command);
    }
  }
}

TEST_CASE("a capture of a capture is the same file") {
  const Folder folder("twice");
  const std::string one = folder.path / "one.tar", two = folder.path / "two.tar";
  REQUIRE(run({"capture", one, "--from", snapshot("debian-12-no-gpu")}).code == kOk);
  REQUIRE(run({"capture", two, "--from", one}).code == kOk);
  CHECK(bytes_of(one) == bytes_of(two));
  struct stat info {};
  REQUIRE(::stat(one.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("nothing that identifies the machine is in its capture, and the fault still is") {
  const Folder machine("secret"), folder("redacted");
  const std::string archive = folder.path / "m.tar";
  const Ran made = run({"capture", archive, "--from", secret_machine(machine)});
  REQUIRE_MESSAGE(made.code == kOk, made.err);
  const auto image = host::load_capture(archive);
  REQUIRE(image.has_value());
  const std::string all = all_texts(*image);
  for (const char* secret :
       {"gpubox", "5CG1234XYZ", "52:54:00:ab:cd:ef", "10.9.8.7", "4b3e9c1a-1f2d", "1650023456789"}) {
    CHECK_MESSAGE(!contains(all, secret), secret);
    CHECK_MESSAGE(!contains(bytes_of(archive), secret), secret);
  }
  CHECK(contains(all, "SERIAL0001"));
  CHECK(contains(all, "Xid (PCI:0000:01:00): 48"));
  CHECK(contains(run({"doctor", "--from", archive}).out, "Xid 48"));
}

TEST_CASE("with --no-redact everything stays") {
  const Folder machine("kept"), folder("kept-out");
  const std::string archive = folder.path / "m.tar";
  REQUIRE(run({"capture", archive, "--no-redact", "--from", secret_machine(machine)}).code == kOk);
  const std::string all = all_texts(host::load_capture(archive).value());
  for (const char* secret : {"gpubox", "5CG1234XYZ", "52:54:00:ab:cd:ef", "10.9.8.7", "1650023456789"})
    CHECK_MESSAGE(contains(all, secret), secret);
}

TEST_CASE("a capture that cannot be written is an error by name") {
  const Ran ran = run({"capture", "/no/such/folder/m.tar", "--from", snapshot("debian-12-no-gpu")});
  CHECK(ran.code == kFailed);
  CHECK(contains(ran.err, "/no/such/folder"));
  CHECK(run({"capture", "a.tar", "b.tar"}).code == kUsage);
}

TEST_CASE("a truncated archive is refused by name, never half believed") {
  const Folder folder("cut");
  const std::string whole = folder.path / "whole.tar.gz";
  REQUIRE(run({"capture", whole, "--from", snapshot("debian-12-no-gpu")}).code == kOk);
  const std::string bytes = bytes_of(whole);
  for (const std::size_t part : {std::size_t{1}, std::size_t{10}, std::size_t{100}}) {
    const std::string cut = folder.put("cut.tar.gz", bytes.substr(0, bytes.size() * part / 128));
    const Ran ran = run({"doctor", "--from", cut});
    CHECK(ran.code == kFailed);
    CHECK(contains(ran.err, "cut.tar.gz"));
    CHECK(ran.out.empty());
  }
}

TEST_CASE("a fleet is one JSON line for each capture, and one broken machine decides the exit code") {
  const std::string good = snapshot("rhel-9-a100x8-healthy"), bad = snapshot("ubuntu-24.04-rtx4090-mismatch");
  const Ran ran = run({"doctor", "--from", good, bad});
  CHECK(ran.code == kFindings);
  const auto lines = split_lines(ran.out);
  REQUIRE(lines.size() == 2);
  const auto first = parse_json(lines[0]), second = parse_json(lines[1]);
  REQUIRE((first.has_value() && second.has_value()));
  CHECK(first->text("machine") == good);
  CHECK(*(*first)["healthy"].boolean());
  CHECK(!*(*second)["healthy"].boolean());
  CHECK(run({"doctor", "--from", good, good}).code == kOk);
}
