// Goal: redaction finds secrets in every neighbourhood, keeps shapes and order, and is the same every time.
#include <doctest.h>

#include "base/text.hpp"
#include "cli/redact.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {

std::string once(std::string_view text, bool addresses = true) {
  return Redactor().redact(text, addresses);
}

}  // namespace

TEST_CASE("secrets are found at the start, the end and between any marks") {
  const std::string uuid = "4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b",
                    safe = "00000000-0000-0000-0000-000000000001";
  for (const char* around : {"", " ", "\"", "'", "(", "=", "/", ",", "\n", "\t", ";", "<"}) {
    CHECK_MESSAGE(once(around + uuid + around) == around + safe + around, around);
    CHECK_MESSAGE(once(std::string(around) + "52:54:00:ab:cd:ef" + around) ==
                      std::string(around) + "02:00:00:00:00:01" + around,
                  around);
  }
  CHECK(once("MIG-" + uuid) == "MIG-" + safe);
  CHECK(once("ip=10.0.0.9:10.0.0.1") == "ip=192.0.2.1:192.0.2.2");
}

TEST_CASE("capitals and small letters are one secret") {
  Redactor redactor;
  const std::string one = redactor.redact("52:54:00:AB:CD:EF", true);
  CHECK(redactor.redact("52:54:00:ab:cd:ef", true) == one);
  CHECK(redactor.redact("52:54:00:ab:cd:ee", true) != one);
}

TEST_CASE("what is redacted once stays as it is: a second pass finds only stand-ins") {
  const std::string text =
      "GPU-4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b 52:54:00:ab:cd:ef 10.1.2.3 fe80::1 Serial Number: 12AB\n";
  const std::string first = once(text);
  CHECK(first != text);
  CHECK(once(first) == first);
}

TEST_CASE("every mark of a serial number is known") {
  for (const char* mark : {"SerialNumber: ", "Serial Number: ", "serial number: ", "\"serial\": \"",
                           "\"serial\":\"", "serial="}) {
    CHECK_MESSAGE(
        once(std::string("x ") + mark + "16500234ABC rest") == std::string("x ") + mark + "SERIAL0001 rest",
        mark);
    CHECK_MESSAGE(once(mark) == mark, mark);
  }
}

TEST_CASE("PCI addresses, times, versions and hashes are no secrets") {
  for (const char* kept : {"0000:01:00.0", "10000:e1:00.0", "2026-11-22T10:00:00", "10:00:00",
                           "580.95.05-0ubuntu0.24.04.1", "sha256:0123456789abcdef", "10de:2684:10de:16f3",
                           "00:11:22:33:44", "256.1.1.1", "1.2.3", "::", "a::b"})
    CHECK_MESSAGE(once(kept) == kept, kept);
}

TEST_CASE("hostile bytes pass through unchanged, and long texts take little time") {
  const std::string bytes("\0\xff\xfe\x1b[31m:::---", 14);
  CHECK(once(bytes) == bytes);
  CHECK(once("") == "");
  const std::string colons(300'000, ':'), hex(300'000, 'a');
  CHECK(once(colons).size() > 0);
  CHECK(once(hex) == hex);
}

TEST_CASE("the host name is taken from the journal when no file names it") {
  host::MachineImage image;
  image.commands.insert_or_assign(
      {"journalctl", "-k"},
      ProcessOutput{0, "[    1.0] gpubox kernel: a\n[ 2.0] gpubox kernel: gpubox-2 up\n", ""});
  image.put_file("/etc/hosts", "127.0.0.1 gpubox\n");
  image.environment["HOSTNAME"] = "gpubox";
  redact(image);
  CHECK(image.commands.begin()->second->out.starts_with("[    1.0] host kernel: a\n"));
  CHECK(contains(image.find("/etc/hosts")->content, " host\n"));
}

TEST_CASE("paths and link targets with a secret get the stand-in of the same secret in texts") {
  host::MachineImage image;
  const std::string uuid = "4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b";
  image.put_file("/proc/cmdline", "root=UUID=" + uuid + "\n");
  image.put_file("/dev/disk/" + uuid, "");
  image.put_link("/etc/root", "/dev/disk/" + uuid);
  redact(image);
  const std::string safe = "00000000-0000-0000-0000-000000000001";
  CHECK(image.find("/proc/cmdline")->content == "root=UUID=" + safe + "\n");
  REQUIRE(image.find("/dev/disk/" + safe));
  CHECK(!image.find("/dev/disk/" + uuid));
  CHECK(image.find("/etc/root")->target == "/dev/disk/" + safe);
}

TEST_CASE("common host names are words of logs and stay") {
  for (const char* name : {"localhost", "linux"}) {
    host::MachineImage image;
    image.put_file("/etc/hostname", std::string(name) + "\n");
    image.put_file("/proc/version", "Linux version linux localhost\n");
    redact(image);
    CHECK(image.find("/proc/version")->content == "Linux version linux localhost\n");
  }
}
