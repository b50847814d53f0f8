// Goal: what identifies a machine is gone, versions and PCI addresses stay, equal words stay equal.
#include "cli/redact.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::cli;

TEST_CASE("uuids, macs, addresses and serials are replaced, the same always alike") {
  Redactor redactor;
  const std::string uuid = "GPU-4b3e9c1a-1f2d-4e5f-8a9b-0c1d2e3f4a5b";
  const std::string one = redactor.redact(uuid + " a", true);
  CHECK(one == "GPU-00000000-0000-0000-0000-000000000001 a");
  CHECK(redactor.redact(uuid, true) == "GPU-00000000-0000-0000-0000-000000000001");
  CHECK(redactor.redact("00000000-1111-2222-3333-444444444444", true).ends_with("000000000002"));
  CHECK(redactor.redact("eth0 aa:bb:cc:dd:ee:ff.", true) == "eth0 02:00:00:00:00:01.");
  CHECK(redactor.redact("from 10.1.2.3 to 10.1.2.3", true) == "from 192.0.2.1 to 192.0.2.1");
  CHECK(redactor.redact("at fe80::1:2%eth0", true) == "at 2001:db8::1%eth0");
  CHECK(redactor.redact("SerialNumber: 13242A\n", true) == "SerialNumber: SERIAL0001\n");
}

TEST_CASE("what only looks alike stays") {
  Redactor redactor;
  for (const char* kept :
       {"0000:01:00.0", "NVRM: Xid (PCI:0000:3b:00): 79", "580.95.05", "6.8.0-45-generic", "12:34:56",
        "nvidia-cudnn-cu12", "1.2.3.4.5", "deadbeef-12", "[    1.234567] pci 0000:00:1f.3: x"})
    CHECK_MESSAGE(redactor.redact(kept, true) == kept, kept);
  CHECK(redactor.redact("cudnn 9.1.0.70", false) == "cudnn 9.1.0.70");
}

TEST_CASE("the host name is replaced as a whole word") {
  Redactor redactor;
  redactor.add_word("node7", "host");
  CHECK(redactor.redact("node7 kernel: node77 on node7", true) == "host kernel: node77 on host");
}

TEST_CASE("a whole image is redacted, paths too") {
  host::MachineImage image;
  image.put_file("/etc/hostname", "gpubox\n");
  image.put_file("/proc/cmdline", "root=UUID=11111111-2222-3333-4444-555555555555 ip=10.0.0.9\n");
  image.put_file("/var/lib/dpkg/status", "Package: libcudnn9\nVersion: 9.1.0.70-1\n");
  image.commands.insert_or_assign({"journalctl", "-k"}, ProcessOutput{0, "[1] gpubox kernel: hi\n", ""});
  image.attachments["nvml.json"] = "{\"serial\": \"1324419\"}";
  redact(image);
  CHECK(image.find("/etc/hostname")->content == "host\n");
  CHECK(image.find("/proc/cmdline")->content ==
        "root=UUID=00000000-0000-0000-0000-000000000001 ip=192.0.2.1\n");
  CHECK(contains(image.find("/var/lib/dpkg/status")->content, "9.1.0.70-1"));
  CHECK(image.commands.begin()->second->out == "[1] host kernel: hi\n");
  CHECK(image.attachments["nvml.json"] == "{\"serial\": \"SERIAL0001\"}");
}
