// Goal: Secure Boot is on, off or not known, never guessed; keys are named; odd variables are an error.
#include "facts/secure_boot.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

const std::string kSecureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const std::string kSetupMode = "/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const std::string kMok = "/sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23";

std::string variable(char value) {
  return "\x06\0\0\0"s + value;
}

}  // namespace

TEST_CASE("flags of efivars") {
  CHECK(parse_efi_flag(variable(1)) == true);
  CHECK(parse_efi_flag(variable(0)) == false);
  CHECK(!parse_efi_flag(variable(7)));
  CHECK(!parse_efi_flag(""));
  CHECK(!parse_efi_flag(std::string(1000, '\1')));
}

TEST_CASE("subjects in all forms of OpenSSL") {
  const auto names = parse_key_subjects(
      "[key 1]\nSHA1 Fingerprint: 76:a0\n        Issuer: CN=Issuer\n"
      "        Subject: C=GB, ST=Isle of Man, O=Canonical Ltd., CN=Canonical Ltd. Master Certificate "
      "Authority\n"
      "        Subject Public Key Info:\n            X509v3 Subject Key Identifier: \n"
      "        Subject: CN = DKMS module signing key\n        Subject: O=None\n"
      "        Subject: CN=\"A, B\", O=x\n        Subject: /CN=old/emailAddress=a@b\n        Subject: "
      "CN=\"open\n");
  REQUIRE(names.size() == 6);
  CHECK(names[0] == "Canonical Ltd. Master Certificate Authority");
  CHECK(names[1] == "DKMS module signing key");
  CHECK(names[2] == "O=None");
  CHECK(names[3] == "A, B");
  CHECK(names[4] == "old");
  CHECK(names[5] == "open");
  CHECK(parse_key_subjects("\0Subject:\xff\n"sv).empty());
}

TEST_CASE("enabled, with keys") {
  host::FakeHost host;
  host.file(kSecureBoot, variable(1)).file(kSetupMode, variable(0)).file("/var/lib/dkms/mok.pub", "x");
  host.command({"mokutil", "--list-enrolled"}, "Subject: CN=Debian Secure Boot CA\n");
  host.command({"mokutil", "--list-new"}, "MokNew is empty\n", 1);
  const auto boot = read_secure_boot(host);
  REQUIRE(boot);
  CHECK(boot->efi);
  CHECK(boot->enabled == true);
  CHECK(boot->setup_mode == false);
  CHECK(boot->mok_validation == true);
  CHECK(boot->enrolled == std::vector<std::string>{"Debian Secure Boot CA"});
  CHECK(boot->pending.empty());
  CHECK(boot->key_files == std::vector<std::string>{"/var/lib/dkms/mok.pub"});
  host.file(kMok, variable(1));
  CHECK(read_secure_boot(host)->mok_validation == false);
}

TEST_CASE("disabled, absent, unknown") {
  host::FakeHost host;
  CHECK(!read_secure_boot(host)->enabled);
  host.directory("/sys/firmware");  // masked in a container
  CHECK(!read_secure_boot(host)->enabled);
  host.directory("/sys/firmware/acpi");
  CHECK(read_secure_boot(host)->enabled == false);
  host.directory("/sys/firmware/efi/efivars");  // variables not mounted
  CHECK(read_secure_boot(host)->efi);
  CHECK(!read_secure_boot(host)->enabled);
  host.file("/sys/firmware/efi/efivars/BootOrder", "");
  CHECK(read_secure_boot(host)->enabled == false);
  host.file(kSecureBoot, variable(0)).command({"mokutil", "--list-enrolled"}, "Subject: CN=never asked\n");
  CHECK(read_secure_boot(host)->enabled == false);
  CHECK(read_secure_boot(host)->enrolled.empty());
}

TEST_CASE("denied is not known, garbage is an error that names the variable") {
  host::FakeHost host;
  host.error(kSecureBoot, {ErrorCode::kDenied, "no", "", {}});
  CHECK(!read_secure_boot(host)->enabled);
  host.file(kSecureBoot, "x");
  CHECK(read_secure_boot(host).error().code == ErrorCode::kMalformed);
  CHECK(read_secure_boot(host).error().text().find("SecureBoot-8be4df61") != std::string::npos);
}
